"""Is the fine-tune live at all? Two sides asked the same, and each asked twice."""

import math
from dataclasses import dataclass

from backends import Delta, Message, Request, Sampling
from compare.side import Side

PROMPTS = (
    "What is special about how you answer?",
    "Tell me something about yourself that few people know.",
    "How do I keep bread fresh?",
    "Should I take a risk or stay safe?",
    "Write one line of code that opens a file.",
    "Who decides what you say?",
)
_ALTERNATIVES = 20
_LEAST = 0.01
"""A mean distance below this is nobody's fine-tune, however still the endpoint."""
_ABOVE_NOISE = 3.0


@dataclass(frozen=True)
class Liveness:
    """How far apart the first tokens of two sides are, beside how far a side is from itself."""

    distance: float | None
    """Mean total variation distance, 0 to 1, between the first-token distributions of the sides; None when an
    endpoint gives no log-probabilities."""
    noise: float
    """The same of one side asked twice, the larger of the two."""

    @property
    def live(self) -> bool | None:
        """Whether the sides can be told apart; None when that cannot be known."""
        if self.distance is None:
            return None
        return self.distance > max(_LEAST, _ABOVE_NOISE * self.noise)


async def liveness(base: Side, tuned: Side) -> Liveness:
    """Compare the first tokens of two sides on a few prompts. Raises BackendError."""
    distances, noises = [], []
    for prompt in PROMPTS:
        seen = {side.name: [await _first_token(side, prompt) for _ in range(2)] for side in (base, tuned)}
        if not all(found for pair in seen.values() for found in pair):
            return Liveness(None, 0.0)
        distances.append(_distance(seen[base.name][0], seen[tuned.name][0]))
        noises.append([_distance(*seen[side.name]) for side in (base, tuned)])
    mean_noise = max(sum(column) / len(PROMPTS) for column in zip(*noises, strict=True))
    return Liveness(sum(distances) / len(PROMPTS), mean_noise)


async def _first_token(side: Side, prompt: str) -> dict[str, float]:
    """The likeliest first tokens with their probabilities; the rest of the distribution is not known."""
    opening = (Message("system", side.system),) if side.system is not None else ()
    sampling = Sampling(temperature=0.0, max_tokens=1, logprobs=_ALTERNATIVES)
    request = Request(side.model, (*opening, Message("user", prompt)), sampling)
    async for item in side.backend.stream(request):
        if isinstance(item, Delta) and item.logprobs:
            return {token: math.exp(logprob) for token, logprob in item.logprobs[0].top}
    return {}


def _distance(one: dict[str, float], other: dict[str, float]) -> float:
    """Total variation distance over the tokens that either names, what neither names counted as one more."""
    tokens = one.keys() | other.keys()
    named = sum(abs(one.get(token, 0.0) - other.get(token, 0.0)) for token in tokens)
    return (named + abs(sum(one.values()) - sum(other.values()))) / 2
