"""Finds the answers of a session that need not be asked for again."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from diptych.compare.answers import PlannedAnswer, Question, Side
from diptych.sessions import Answer, SavedAnswer

_NOT_COMPARED = {"n", "seed", "stream", "stream_options"}
"""Fields of a request that do not change the answer, and the seed, which is compared separately."""


class Earlier(NamedTuple):
    """What a session has of one planned answer."""

    kept: SavedAnswer | None
    """The answer itself: finished, and asked for in the same way."""
    tries: tuple[SavedAnswer, ...] = ()
    """If there is none: tries that failed, were stopped or interrupted."""
    changed: bool = False
    """If there is none: whether a finished one was asked for in another way."""


class EarlierAnswers:
    """The answers of a session. Each is taken once."""

    def __init__(self, saved: Iterable[SavedAnswer]) -> None:
        self._left: dict[tuple[str, int, Question], list[SavedAnswer]] = defaultdict(list)
        self._samples: set[int] = set()
        for one in saved:
            answer = one.answer
            self._samples.add(answer.sample)
            self._left[answer.side, answer.sample, Question.of(answer)].append(one)

    def has_sample(self, number: int) -> bool:
        """Whether the session has any answer of this sample number."""
        return number in self._samples

    def has(self, side: Side, planned: PlannedAnswer) -> bool:
        """Whether the session has anything of a planned answer."""
        return bool(self._left.get((side.name, planned.sample, planned.question)))

    def take(self, side: Side, planned: PlannedAnswer, body: Mapping[str, Any] | None, seed: int | None) -> Earlier:
        """What the session has of a planned answer; it is not found again.

        `body` is the request that would be sent now. It is None if the endpoint, which does not respond, would be
        needed to know it: then only endpoint and model are compared. `seed` is the seed of the answer; None if any
        will do.
        """
        here = self._left[side.name, planned.sample, planned.question]
        kept = next((s for s in here if s.answer.finished and _same(s.answer, side, body, seed)), None)
        if kept is not None:
            here.remove(kept)
            return Earlier(kept)
        tries = tuple(s for s in here if not s.answer.finished)
        here[:] = [s for s in here if s.answer.finished]
        return Earlier(None, tries, changed=bool(here))


def _same(answer: Answer, side: Side, body: Mapping[str, Any] | None, seed: int | None) -> bool:
    """Whether an answer was asked for in the way that it would be now."""
    if answer.endpoint not in (None, side.address):
        return False
    if body is None:
        return bool(answer.request.get("model") == side.model)
    return _compared(answer.request) == _compared(body) and _drawn_with(answer.request, body, seed)


def _compared(body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a request that decide about the answer. Some models use another name for the token limit."""
    kept = {key: value for key, value in body.items() if key not in _NOT_COMPARED}
    if "max_completion_tokens" in kept:
        kept["max_tokens"] = kept.pop("max_completion_tokens")
    return kept


def _drawn_with(request: Mapping[str, Any], body: Mapping[str, Any], seed: int | None) -> bool:
    """Whether a seed is among those of a request. Several answers to one request have consecutive seeds, beginning with
    that of the request: vLLM and llama.cpp do so, others do not say."""
    if seed is None or "seed" not in body:
        return True
    first = request.get("seed")
    return isinstance(first, int) and first <= seed < first + request.get("n", 1)
