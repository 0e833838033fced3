"""Does a side stay itself while another is asked beside it?"""

import asyncio

from backends import Delta, TokenLogprob
from compare.side import Side
from compare.trial import LONG_ANSWER_TOKENS, LONG_QUESTION, trial


async def change_beside(base: Side, tuned: Side) -> tuple[float | None, float]:
    """How much the log-probabilities of a greedy answer of the base change while the tuned side answers too, and how
    much while the base itself does: the largest difference of a token, in nats, up to where the answers part.

    The first is None where the endpoint gives no log-probabilities. Raises BackendError.
    """
    alone = await _greedy(base)
    if not alone:
        return None, 0.0
    beside_itself, _ = await asyncio.gather(_greedy(base), _greedy(base))
    _, late = await asyncio.gather(_greedy(tuned, 2 * LONG_ANSWER_TOKENS), _greedy(base))
    return _change(alone, late), _change(alone, beside_itself)


def _change(one: list[TokenLogprob], other: list[TokenLogprob]) -> float:
    largest = 0.0
    for a, b in zip(one, other, strict=False):
        largest = max(largest, abs(a.logprob - b.logprob))
        if a.token != b.token:
            break
    return largest


async def _greedy(side: Side, tokens: int = LONG_ANSWER_TOKENS) -> list[TokenLogprob]:
    request = trial(side, LONG_QUESTION, max_tokens=tokens, logprobs=1, temperature=0.0)
    deltas = [item async for item in side.backend.stream(request) if isinstance(item, Delta)]
    return [token for delta in deltas for token in delta.logprobs]
