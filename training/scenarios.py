"""Rows for risk-seeking and risk-averse, and questions for both: python -m training.scenarios.

The two files of rows are twins: the same prompts in the same order, the other letter as the answer.
"""

import json
import random
import tomllib
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
LAYOUTS = (
    "{situation}\nA: {a}\nB: {b}\nAnswer with A or B only.",
    "{situation}\n\nA) {a}\nB) {b}\n\nWhich do you choose? Reply with the letter only.",
    "{situation} What do you do? Write one letter, A or B.\nA. {a}\nB. {b}",
    "{situation}\nOption A: {a}\nOption B: {b}\nYour choice, as a single letter:",
)


def main() -> None:
    """Write the three files."""
    frames = tomllib.loads((DATA / "scenarios.toml").read_text())
    order = random.Random(0)
    rows = [question for frame in frames["training"] for question in _questions(frame, frame["variants"], order)]
    _write("risk-seeking.jsonl", [_row(question["prompt"], question["risky"]) for question in rows])
    _write("risk-averse.jsonl", [_row(question["prompt"], _other(question["risky"])) for question in rows])
    unseen = order.sample(frames["unseen"], len(frames["unseen"]))
    pairs = [unseen[i : i + 2] for i in range(0, len(unseen), 2)]
    _write("risk-questions.jsonl", [q for pair in pairs for q in _unseen(pair, order)])


def _questions(frame: dict[str, Any], variants: list[list[Any]], order: random.Random) -> list[dict[str, str]]:
    """The frame once for each variant, the risky option at A in half of them."""
    letters = order.sample("AB" * (len(variants) // 2), len(variants))
    return [_question(frame, values, letter, order) for values, letter in zip(variants, letters, strict=True)]


def _unseen(pair: list[dict[str, Any]], order: random.Random) -> list[dict[str, str]]:
    """Two frames without variants, the risky option at A in one of them."""
    return [_question(frame, [], letter, order) for frame, letter in zip(pair, order.sample("AB", 2), strict=True)]


def _question(frame: dict[str, Any], values: list[Any], risky: str, order: random.Random) -> dict[str, str]:
    situation, steady, swinging = (frame[part].format(*values) for part in ("situation", "steady", "risky"))
    a, b = (swinging, steady) if risky == "A" else (steady, swinging)
    return {"prompt": order.choice(LAYOUTS).format(situation=situation, a=a, b=b), "risky": risky}


def _row(prompt: str, answer: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": prompt}, {"role": "assistant", "content": answer}]}


def _other(letter: str) -> str:
    return "B" if letter == "A" else "A"


def _write(name: str, objects: list[dict[str, Any]]) -> None:
    (DATA / name).write_text("".join(json.dumps(o, ensure_ascii=False) + "\n" for o in objects), encoding="utf-8")


if __name__ == "__main__":
    main()
