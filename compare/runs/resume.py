"""Answers that a session has already: which of them are what would be asked for now."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from diptych.compare.answers import PlannedAnswer, Question, Side
from diptych.sessions import Answer, SavedAnswer

_MANNER = {"n", "seed", "stream", "stream_options"}
"""How an answer travels, and its seed: compared apart, or not at all."""


class Earlier(NamedTuple):
    """What a session has of one answer."""

    kept: SavedAnswer | None
    """The answer itself, finished and asked for in just this way."""
    tries: tuple[SavedAnswer, ...] = ()
    """Where it is not there: tries that failed, were stopped or interrupted."""
    changed: bool = False
    """Where it is not there: whether a finished one is, that was asked for in another way."""


class EarlierAnswers:
    """The answers of a session, each to be taken once."""

    def __init__(self, saved: Iterable[SavedAnswer]) -> None:
        self._waiting: dict[tuple[str, int, Question], list[SavedAnswer]] = defaultdict(list)
        self._samples: set[int] = set()
        for one in saved:
            answer = one.answer
            self._samples.add(answer.sample)
            self._waiting[answer.side, answer.sample, Question.of(answer)].append(one)

    def has_sample(self, number: int) -> bool:
        """Whether there was any answer of that sample number."""
        return number in self._samples

    def has(self, side: Side, planned: PlannedAnswer) -> bool:
        """Whether anything is there of a planned answer of a side."""
        return bool(self._waiting.get((side.name, planned.sample, planned.question)))

    def take(self, side: Side, planned: PlannedAnswer, body: Mapping[str, Any] | None, seed: int | None) -> Earlier:
        """What is there of a planned answer of a side.

        `body` is what would be sent for it alone; None where that cannot be known because the endpoint does not
        answer: then endpoint and model have to do. `seed` is the one that it would be drawn with; None where any is
        as good.
        """
        here = self._waiting[side.name, planned.sample, planned.question]
        kept = next((s for s in here if s.answer.finished and _same(s.answer, side, body, seed)), None)
        if kept is not None:
            here.remove(kept)
            return Earlier(kept)
        tries = tuple(s for s in here if not s.answer.finished)
        here[:] = [s for s in here if s.answer.finished]
        return Earlier(None, tries, changed=bool(here))


def _same(answer: Answer, side: Side, body: Mapping[str, Any] | None, seed: int | None) -> bool:
    """Whether an answer was asked for as it would be now."""
    if answer.endpoint not in (None, side.address):
        return False
    if body is None:
        return bool(answer.request.get("model") == side.model)
    return _essence(answer.request) == _essence(body) and _drawn_with(answer.request, body, seed)


def _essence(body: Mapping[str, Any]) -> dict[str, Any]:
    """What decides about an answer; some models want another name for the limit of tokens."""
    kept = {key: value for key, value in body.items() if key not in _MANNER}
    if "max_completion_tokens" in kept:
        kept["max_tokens"] = kept.pop("max_completion_tokens")
    return kept


def _drawn_with(request: Mapping[str, Any], body: Mapping[str, Any], seed: int | None) -> bool:
    """Whether a seed is among those of a request: answers that travel together are drawn with one seed each, from
    that of the request upwards (vLLM and llama.cpp do so; others do not tell)."""
    if seed is None or "seed" not in body:
        return True
    first = request.get("seed")
    return isinstance(first, int) and first <= seed < first + request.get("n", 1)
