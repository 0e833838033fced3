"""Requests that try a side out."""

import msgspec

from diptych.backends import Mode, Request
from diptych.compare.answers import Question, Side

LONG_QUESTION = "Tell me in a few sentences what you would see on a walk through a market."
LONG_ANSWER_TOKENS = 24
"""What is asked, and how much of the answer is read, where one token would not show enough."""


def trial(
    side: Side,
    prompt: str,
    max_tokens: int = 1,
    logprobs: int | None = None,
    temperature: float | None = None,
    seed: int | None = None,
    mode: Mode = "chat",
    prefill: str = "",
) -> Request:
    """A short question to a side, with its own system prompt and parameters and nothing of a probe.

    Greedy, unless the side or the caller names a temperature.
    """
    own = side.sampling
    sampling = msgspec.structs.replace(
        own,
        temperature=next((t for t in (temperature, own.temperature) if t is not None), 0.0),
        seed=seed if seed is not None else own.seed,
        max_tokens=max_tokens,
        logprobs=logprobs,
        stop=None,
    )
    return side.request(Question(prompt, None, mode, prefill), side.system, sampling)
