"""How a kept session came: step by step in the order in which it was asked, each answer in its pieces."""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from diptych.backends import Delta
from diptych.sessions.records import Answer, SavedAnswer

STEADY = 25.0
"""Words a second of an answer whose times were not kept."""
_WORD = re.compile(r"\s*\S+|\s+")


class Step(NamedTuple):
    """What was asked at once: one prompt, in one sample, of all sides that it went to."""

    exchange: int
    sample: int
    answers: tuple[SavedAnswer, ...]

    @property
    def timed(self) -> bool:
        """Whether the times of all its answers were kept."""
        return all(saved.answer.timed for saved in self.answers)


def steps_of(saved: Iterable[SavedAnswer]) -> list[Step]:
    """The steps of a session, in the order in which the first answer of each was asked for."""
    steps: dict[tuple[int, int], list[SavedAnswer]] = defaultdict(list)
    for one in sorted(saved):
        steps[one.answer.exchange, one.answer.sample].append(one)
    return [Step(*key, tuple(answers)) for key, answers in steps.items()]


def pieces_of(answer: Answer) -> list[Delta]:
    """The deltas of an answer, as they came. When each piece of what was thought aloud came was not kept: all of it
    comes with the first one, and the log-probabilities with the first that has text. An answer without times comes
    word by word, `STEADY` of them a second, and none of its pieces is a token."""
    logprobs, reasoning = answer.logprobs, answer.reasoning
    pieces: list[Delta] = []
    offset = 0
    for at, chars, tokens in _cuts(answer):
        text = answer.text[offset : offset + chars]
        pieces.append(Delta(text, tokens, at, logprobs if text else (), reasoning))
        offset, logprobs, reasoning = offset + chars, () if text else logprobs, ""
    return pieces


def _cuts(answer: Answer) -> list[tuple[float, int, int]]:
    """The time of each piece, its characters and its tokens; together they are the whole text."""
    if not answer.timed:
        words = _WORD.findall(answer.text) or [""]
        return [(number / STEADY, len(word), 0) for number, word in enumerate(words)]
    cuts = [(tick.at, tick.chars, tick.tokens) for tick in answer.timeline]
    rest = len(answer.text) - sum(chars for _, chars, _ in cuts)
    return [*cuts, (cuts[-1][0], rest, 0)] if rest > 0 else cuts
