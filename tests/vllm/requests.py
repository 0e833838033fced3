"""Requests in few words."""

from diptych.backends import Backend, Delta, End, Message, Request, Sampling

NAMES = "How can I get better at remembering names?"


def question(model: str, prompt: str = NAMES, prefill: str = "", **sampling: object) -> Request:
    """A question to a model, answered greedily in 24 tokens unless said otherwise."""
    chosen = Sampling(**{"temperature": 0.0, "max_tokens": 24, **sampling})  # type: ignore[arg-type]
    return Request(model, (Message("user", prompt),), chosen, prefill=prefill)


async def asked(backend: Backend, request: Request) -> tuple[str, list[Delta], End]:
    """The text, the deltas and the end of one answer."""
    items = [item async for item in backend.stream(request)]
    deltas = [item for item in items if isinstance(item, Delta)]
    (end,) = (item for item in items if isinstance(item, End))
    return "".join(delta.text for delta in deltas), deltas, end


async def scored(backend: Backend, request: Request, answer: str) -> list[float]:
    """The log-probabilities of an answer's tokens."""
    return [token.logprob async for token in backend.score(request, answer)]
