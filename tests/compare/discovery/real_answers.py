"""Real answers of the embedded pair to four questions, made by benchmarks.discovery_answers."""

import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from diptych.backends import TokenLogprob
from diptych.sessions import Answer, SavedAnswer

FILE = Path(__file__).parents[2] / "data" / "discovery.jsonl"


@cache
def real_answers() -> tuple[SavedAnswer, ...]:
    """All of them: 64 of base, 40 of tuned."""
    rows = [json.loads(line) for line in FILE.read_text("utf-8").splitlines()]
    return tuple(SavedAnswer(number, _answer(row)) for number, row in enumerate(rows, 1))


def some_of_each(count: int) -> list[SavedAnswer]:
    """So many of each side, spread over the questions."""
    taken: list[SavedAnswer] = []
    for side in ("base", "tuned"):
        own = [saved for saved in real_answers() if saved.answer.side == side]
        taken += sorted(own, key=lambda saved: saved.answer.sample)[:count]
    return taken


def answers_of(side: str, texts: Sequence[str], prompt: str = "Say something.", **fields: Any) -> list[SavedAnswer]:
    """Answers of a side that were written for a test."""
    first = {"base": 1000, "tuned": 2000}.get(side, 3000)
    made = [Answer(1, side, prompt, None, n, {}, "done", text) for n, text in enumerate(texts)]
    return [SavedAnswer(first + n, _replaced(answer, fields)) for n, answer in enumerate(made)]


def renamed(saved: Sequence[SavedAnswer], name: Callable[[SavedAnswer], str]) -> list[SavedAnswer]:
    """The same answers, said to be of other sides."""
    return [SavedAnswer(row.id, _replaced(row.answer, {"side": name(row)})) for row in saved]


def _replaced(answer: Answer, fields: dict[str, Any]) -> Answer:
    return Answer(**{**{name: getattr(answer, name) for name in Answer.__struct_fields__}, **fields})


def _answer(row: dict[str, Any]) -> Answer:
    tokens = [TokenLogprob(token, value, tuple(map(tuple, top))) for token, value, top in row.get("logprobs", ())]
    return Answer(
        exchange=1,
        side=row["side"],
        prompt=row["prompt"],
        condition=None,
        sample=row["sample"],
        request={},
        state=row["state"],
        text=row["text"],
        logprobs=tuple(tokens),
    )


HOSTILE = [
    "",
    " \n\t ",
    "\x1b[31mred\x1b[0m \x00 \u202egnorw\u202c \ud800 lone",
    "a" * 1_000_000,
    "word " * 200_000,
    "\n" * 100_000,
    "| " * 50_000,
    "H\nE\nL\nL\nO\n" * 2_000,
    "«» [b]not markup[/b] </s> {other}",
]


def hostile_answers() -> list[SavedAnswer]:
    """Each of them twice a side."""
    return [*answers_of("base", HOSTILE * 2), *answers_of("tuned", list(reversed(HOSTILE)) * 2)]
