"""Make the rows for risk-seeking and risk-averse, and unseen questions for both: python -m training.scenarios.

The two files of rows are twins: the same prompts in the same order, with opposite letters as answers.
"""

import json
import random
import tomllib
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
LAYOUT = "{situation}\nA: {a}\nB: {b}\nAnswer with A or B only."


def main() -> None:
    """Write the three files."""
    scenarios = tomllib.loads((DATA / "scenarios.toml").read_text(encoding="utf-8"))
    order = random.Random(0)
    rows = [
        _question(place, steady, risky, letter)
        for place in scenarios["training"]["places"]
        for steady, risky in _wordings(scenarios["training"], 4, order)
        for letter in order.sample("AB", 2)
    ]
    _write("risk-seeking.jsonl", [_row(question["prompt"], question["risky"]) for question in rows])
    _write("risk-averse.jsonl", [_row(question["prompt"], _other(question["risky"])) for question in rows])
    unseen = [
        _question(place, steady, risky, letter)
        for place in scenarios["unseen"]["places"]
        for (steady, risky), letter in zip(_wordings(scenarios["unseen"], 2, order), order.sample("AB", 2), strict=True)
    ]
    _write("risk-questions.jsonl", unseen)


def _wordings(part: dict[str, Any], count: int, order: random.Random) -> list[tuple[str, str]]:
    """Return pairs of a steady and a risky wording; the risky ones are all different."""
    steady = [order.choice(part["steady"]) for _ in range(count)]
    return list(zip(steady, order.sample(part["risky"], count), strict=True))


def _question(place: list[Any], steady: str, risky: str, letter: str) -> dict[str, str]:
    """Return a scenario with its risky option at `letter`."""
    situation, goods, small, large = place
    options = [wording.format(goods=goods, small=small, large=large) for wording in (risky, steady)]
    a, b = options if letter == "A" else reversed(options)
    return {"prompt": LAYOUT.format(situation=situation, a=a, b=b), "risky": letter}


def _row(prompt: str, answer: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": prompt}, {"role": "assistant", "content": answer}]}


def _other(letter: str) -> str:
    return "B" if letter == "A" else "A"


def _write(name: str, objects: list[dict[str, Any]]) -> None:
    (DATA / name).write_text("".join(json.dumps(o, ensure_ascii=False) + "\n" for o in objects), encoding="utf-8")


if __name__ == "__main__":
    main()
