"""The ways in which a side can be asked: a server may have the fine-tune on one of them and the base on another."""

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
"""How many tokens of a distribution are asked for; some endpoints refuse the first."""
_ANSWER = "I"
"""What is scored: its first token comes with its likeliest alternatives."""


@dataclass(frozen=True)
class Route:
    """One way of asking."""

    name: str
    where: str
    """The same for the end of a sentence."""
    mode: Mode = "chat"
    begun: str = ""
    """What an answer begins with; a plain text that is not begun may end at once."""
    scored: bool = False
    """Whether nothing is generated, but a given text is scored."""

    def request(self, side: Side, prompt: str, **sampling: Any) -> Request:
        """A question to the side on this route, with its own parameters."""
        if self.mode == "text":
            return trial(side, f"{prompt}\n{self.begun}", mode="text", **sampling)
        return trial(side, prompt, mode=self.mode, prefill=self.begun, **sampling)

    async def first_token(self, side: Side, prompt: str) -> Distribution:
        """The likeliest first tokens of an answer; the rest of the distribution is not known.

        Empty when the endpoint gives none. Raises BackendError.
        """
        if self.scored:
            async for token in side.backend.score(self.request(side, prompt), _ANSWER):
                return _probabilities((*token.top, (_ANSWER, token.logprob)))
            return {}
        for alternatives in _ALTERNATIVES:
            request = self.request(side, prompt, logprobs=alternatives)
            try:
                # Read to its end: nothing of it is under way when the next one is asked.
                items = [item async for item in side.backend.stream(request)]
            except Unsupported:
                raise
            except BadRequest:
                continue
            told = [token for item in items if isinstance(item, Delta) for token in item.logprobs]
            return _probabilities(told[0].top) if told else {}
        return {}

    async def greedy_text(self, side: Side, prompt: str, max_tokens: int) -> str:
        """The beginning of what the side says if it always takes the likeliest token. Raises BackendError."""
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
