"""Checks whether a side's answers change while another side is asked at the same time."""

import asyncio

from diptych.backends import Delta, TokenLogprob
from diptych.compare.answers import Side
from diptych.compare.checks.test_request import LONG_ANSWER_TOKENS, LONG_QUESTION, trial


async def change_beside(base: Side, tuned: Side) -> tuple[float | None, float]:
    """How much the log-probabilities of a greedy answer of the base change while the tuned side answers at the same
    time, and how much while the base itself does. Each is the largest difference of a token, in nats, up to the first
    token that differs.

    The first number is None if the endpoint gives no log-probabilities. Raises BackendError.
    """
    alone = _logprobs(await _greedy(base, logprobs=1))
    if not alone:
        return None, 0.0
    beside_itself, _ = await asyncio.gather(_greedy(base, logprobs=1), _greedy(base, logprobs=1))
    _, late = await asyncio.gather(_greedy(tuned, 2 * LONG_ANSWER_TOKENS, 1), _greedy(base, logprobs=1))
    return _change(alone, _logprobs(late)), _change(alone, _logprobs(beside_itself))


async def text_changes_beside(base: Side, tuned: Side) -> bool | None:
    """Whether the greedy text of the base changes while the tuned side answers at the same time; None if it also
    changes while the base itself does. Raises BackendError."""
    alone = _text(await _greedy(base))
    beside_itself = await asyncio.gather(_greedy(base), _greedy(base))
    if any(_text(deltas) != alone for deltas in beside_itself):
        return None
    _, late = await asyncio.gather(_greedy(tuned, 2 * LONG_ANSWER_TOKENS), _greedy(base))
    return _text(late) != alone


def _change(one: list[TokenLogprob], other: list[TokenLogprob]) -> float:
    largest = 0.0
    for a, b in zip(one, other, strict=False):
        largest = max(largest, abs(a.logprob - b.logprob))
        if a.token != b.token:
            break
    return largest


async def _greedy(side: Side, tokens: int = LONG_ANSWER_TOKENS, logprobs: int | None = None) -> list[Delta]:
    request = trial(side, LONG_QUESTION, max_tokens=tokens, logprobs=logprobs, temperature=0.0)
    return [item async for item in side.backend.stream(request) if isinstance(item, Delta)]


def _logprobs(deltas: list[Delta]) -> list[TokenLogprob]:
    return [token for delta in deltas for token in delta.logprobs]


def _text(deltas: list[Delta]) -> str:
    return "".join(delta.reasoning + delta.text for delta in deltas)
