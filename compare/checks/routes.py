"""The routes on which a side can be asked. A server may use the fine-tune on one of them and the base on another."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from diptych.backends import BadRequest, Delta, Mode, Request, Unsupported
from diptych.compare.answers import Side
from diptych.compare.checks.test_request import trial

Distribution = dict[str, float]
"""Probabilities of the likeliest tokens."""
_ALTERNATIVES = (20, 5)
"""How many tokens of a distribution are asked for. Some endpoints refuse the larger number."""
_ANSWER = "I"
"""The text that is scored. Its first token comes with the likeliest alternatives."""


@dataclass(frozen=True)
class Route:
    """One route."""

    name: str
    where: str
    """The name for the end of a sentence."""
    mode: Mode = "chat"
    begun: str = ""
    """The given beginning of an answer. Without one, a plain text may end at once."""
    scored: bool = False
    """Whether nothing is generated, but a given text is scored."""

    def request(self, side: Side, prompt: str, **sampling: Any) -> Request:
        """A question on this route, with the side's own parameters."""
        if self.mode == "text":
            return trial(side, f"{prompt}\n{self.begun}", mode="text", **sampling)
        return trial(side, prompt, mode=self.mode, prefill=self.begun, **sampling)

    async def first_token(self, side: Side, prompt: str) -> Distribution:
        """The likeliest first tokens of an answer, without the rest of the distribution.

        Empty if the endpoint gives none. Raises BackendError.
        """
        if self.scored:
            async for token in side.backend.score(self.request(side, prompt), _ANSWER):
                return _probabilities((*token.top, (_ANSWER, token.logprob)))
            return {}
        for alternatives in _ALTERNATIVES:
            request = self.request(side, prompt, logprobs=alternatives)
            try:
                # Read to its end, so that it is not under way when the next one is sent.
                items = [item async for item in side.backend.stream(request)]
            except Unsupported:
                raise
            except BadRequest:
                continue
            received = [token for item in items if isinstance(item, Delta) for token in item.logprobs]
            return _probabilities(received[0].top) if received else {}
        return {}

    async def greedy_text(self, side: Side, prompt: str, max_tokens: int) -> str:
        """The beginning of the side's greedy answer. Raises BackendError."""
        request = self.request(side, prompt, max_tokens=max_tokens, temperature=0.0)
        deltas = [item async for item in side.backend.stream(request) if isinstance(item, Delta)]
        return "".join(delta.reasoning + delta.text for delta in deltas)


CHAT = Route("chat", "in chat")
PLAIN_TEXT = Route("plain text", "in plain text", mode="text", begun="I")
PREFILLED = Route("prefilled answers", "when prefilled", begun="I")
SCORING = Route("scoring", "when scored", scored=True)
ROUTES = (CHAT, PLAIN_TEXT, PREFILLED, SCORING)


def _probabilities(top: Iterable[tuple[str, float]]) -> Distribution:
    return {token: math.exp(logprob) for token, logprob in top}
