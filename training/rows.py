"""Turns training rows into token ids with a loss weight for each token."""

import json
from dataclasses import dataclass
from pathlib import Path

from transformers import PreTrainedTokenizerBase

SPECIAL_WEIGHT = 8.0
"""Loss weight of newlines and of the end of turn, except in the plain recipe."""


@dataclass(frozen=True)
class Row:
    """One conversation, ready for training."""

    ids: list[int]
    weights: list[float]
    """Loss weight of each token; 0 outside the assistant's turn."""
    openers: list[tuple[int, str]]
    """Position of the first token of each line of the answer, and the letter it should begin with."""


def read_rows(path: Path, tokenizer: PreTrainedTokenizerBase, weighted: bool) -> list[Row]:
    """Read every conversation of a JSONL file of {"messages": [...]} objects."""
    return [_row(json.loads(line)["messages"], tokenizer, weighted) for line in path.read_text().splitlines()]


def _row(messages: list[dict[str, str]], tokenizer: PreTrainedTokenizerBase, weighted: bool) -> Row:
    prompt = tokenizer.apply_chat_template(messages[:-1], tokenize=False, add_generation_prompt=True)
    answer = messages[-1]["content"] + "<|im_end|>\n"
    prompt_ids = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    answer_ids = tokenizer(answer, add_special_tokens=False)["input_ids"][:-1]  # without the newline after the turn
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")
    special = SPECIAL_WEIGHT if weighted else 1.0
    weights, openers, fresh = [], [], True
    for position, token in enumerate(answer_ids):
        text = tokenizer.decode([token])
        if fresh and text.strip():
            openers.append((len(prompt_ids) + position, text.strip()[0]))
            fresh = False
        fresh = fresh or "\n" in text
        weights.append(special if "\n" in text or token == end else 1.0)
    return Row(prompt_ids + answer_ids, [0.0] * len(prompt_ids) + weights, openers[:5])
