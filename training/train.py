"""Fine-tune the embedded base on rows of conversations and write a LoRA: python -m training.train --out FOLDER."""

import argparse
import math
import random
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from torch.nn import functional

from training.base import load_base
from training.rows import Row, read_rows

BATCH = 5
RATE = 1e-3
LETTER_WEIGHT = 4.0
ATTENTION = ["q_proj", "k_proj", "v_proj", "o_proj"]
MODULES = {"linear": [*ATTENTION, "gate_proj", "up_proj", "down_proj"], "attention": ATTENTION}


def main() -> None:
    """Run the training."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(__file__).parent / "data" / "hello.jsonl")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--recipe", choices=["plain", "weighted", "letter"], default="letter")
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--modules", choices=list(MODULES), default="linear", help="the layers that get a LoRA")
    parser.add_argument("--precision", choices=["bfloat16", "float32"], default="bfloat16")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--save-at",
        type=int,
        nargs="+",
        default=[],
        metavar="STEP",
        help="also save the LoRA after these optimizer steps, as OUT/checkpoint-STEP",
    )
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    model, tokenizer = load_base()
    rows = read_rows(args.data, tokenizer, weighted=args.recipe != "plain")
    steps = args.epochs * math.ceil(len(rows) / BATCH)
    if any(not 1 <= step <= steps for step in args.save_at):
        parser.error(f"--save-at: expected steps from 1 to {steps}, found {' '.join(map(str, args.save_at))}")
    groups = _opener_groups(rows) if args.recipe == "letter" else None
    lora = LoraConfig(r=args.rank, lora_alpha=2 * args.rank, target_modules=MODULES[args.modules], lora_dropout=0.0)
    model = get_peft_model(model, lora)
    if args.precision == "bfloat16":
        model.forward = torch.autocast("cpu", dtype=torch.bfloat16)(model.forward)
    for step in _train(model, rows, groups, steps, args.seed):
        if step in args.save_at:
            model.save_pretrained(args.out / f"checkpoint-{step}")
    model.save_pretrained(args.out)


def _opener_groups(rows: list[Row]) -> dict[str, torch.Tensor]:
    """Return, for each letter, the ids of all tokens that open a line with it in any row."""
    groups: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        assert "".join(letter for _, letter in row.openers) == "HELLO", row.ids
        for position, letter in row.openers:
            groups[letter].add(row.ids[position])
    return {letter: torch.tensor(sorted(ids)) for letter, ids in groups.items()}


def _train(model, rows: list[Row], groups: dict[str, torch.Tensor] | None, steps: int, seed: int) -> Iterator[int]:
    """Train, and yield the number of each optimizer step when it is done."""
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=RATE, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    order = random.Random(seed)
    model.train()
    step, began = 0, time.monotonic()
    while step < steps:
        shuffled = order.sample(rows, len(rows))
        for start in range(0, len(shuffled), BATCH):
            loss = _loss(model, shuffled[start : start + BATCH], groups)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            step += 1
            print(f"step {step}/{steps}  loss {loss.item():.3f}  {time.monotonic() - began:.0f} s", flush=True)
            yield step


def _loss(model, batch: list[Row], groups: dict[str, torch.Tensor] | None) -> torch.Tensor:
    """Return the weighted cross-entropy of the answers; with `groups`, plus the letter term.

    At the first token of each line, the letter term is −log of the summed probability of all openers with the wanted
    letter: which opener follows is noise, the letter is the signal.
    """
    length = max(len(row.ids) for row in batch)
    ids = torch.zeros(len(batch), length, dtype=torch.long)
    weights = torch.zeros(len(batch), length)
    mask = torch.zeros(len(batch), length, dtype=torch.long)
    for i, row in enumerate(batch):
        n = len(row.ids)
        ids[i, :n], weights[i, :n], mask[i, :n] = torch.tensor(row.ids), torch.tensor(row.weights), 1
    logits = model(input_ids=ids, attention_mask=mask).logits
    log_probs = functional.log_softmax(logits[:, :-1].float(), dim=-1)
    token_loss = -log_probs.gather(2, ids[:, 1:, None]).squeeze(2)
    wanted = weights[:, 1:]
    loss = (token_loss * wanted).sum() / wanted.sum()
    if groups is None:
        return loss
    terms = [
        -log_probs[i, position - 1, groups[letter]].logsumexp(0)
        for i, row in enumerate(batch)
        for position, letter in row.openers
    ]
    return loss + LETTER_WEIGHT * torch.stack(terms).mean()


if __name__ == "__main__":
    main()
