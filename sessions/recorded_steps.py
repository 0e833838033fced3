"""Splits a stored session into the steps in which it was asked, and each answer into its deltas, for a replay."""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from diptych.backends import Delta
from diptych.sessions.records import Answer, SavedAnswer

STEADY = 25.0
"""Words a second for an answer without recorded times."""
_WORD = re.compile(r"\s*\S+|\s+")


class Step(NamedTuple):
    """What was asked at once: one prompt, in one sample, of all its sides."""

    exchange: int
    sample: int
    answers: tuple[SavedAnswer, ...]

    @property
    def timed(self) -> bool:
        """Whether the times of all its answers were recorded."""
        return all(saved.answer.timed for saved in self.answers)


def steps_of(saved: Iterable[SavedAnswer]) -> list[Step]:
    """Return the steps of a session, in the order in which their first answers were asked."""
    steps: dict[tuple[int, int], list[SavedAnswer]] = defaultdict(list)
    for one in sorted(saved):
        steps[one.answer.exchange, one.answer.sample].append(one)
    return [Step(*key, tuple(answers)) for key, answers in steps.items()]


def deltas_of(answer: Answer) -> list[Delta]:
    """Return the deltas of an answer. The times of reasoning were not recorded: all of it comes with the first
    delta, and all log-probabilities with the first delta that has text. An answer without times comes word by word,
    `STEADY` words a second, and its deltas hold no tokens."""
    logprobs, reasoning = answer.logprobs, answer.reasoning
    pieces: list[Delta] = []
    offset = 0
    for at, chars, tokens in _cuts(answer):
        text = answer.text[offset : offset + chars]
        pieces.append(Delta(text, tokens, at, logprobs if text else (), reasoning))
        offset, logprobs, reasoning = offset + chars, () if text else logprobs, ""
    return pieces


def _cuts(answer: Answer) -> list[tuple[float, int, int]]:
    """Return time, characters and tokens of each delta. Together they cover the whole text."""
    if not answer.timed:
        words = _WORD.findall(answer.text) or [""]
        return [(number / STEADY, len(word), 0) for number, word in enumerate(words)]
    cuts = [(tick.at, tick.chars, tick.tokens) for tick in answer.timeline]
    rest = len(answer.text) - sum(chars for _, chars, _ in cuts)
    return [*cuts, (cuts[-1][0], rest, 0)] if rest > 0 else cuts
