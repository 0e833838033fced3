"""A backend without a server that generates one text and scores every text, word by word."""

import re
from collections.abc import AsyncIterator, Sequence
from typing import Any

from diptych.backends import Backend, Delta, End, Model, Request, ScoredToken, TokenLogprob, TooLong, Usage

SAID = "As I was asked."


class ScoringBackend(Backend):
    """The surprise of a word is as many nats as `surprise` says for the model, and its entropy half of that on a text
    of its own: one that begins with the name of the model."""

    def __init__(self, tells_entropy: bool = True, longest: int = 1000) -> None:
        """`longest`: characters of a text that fit into the context."""
        self.scored: list[tuple[str, str]] = []
        """Model and text of each request for scores."""
        self.asked: list[Request] = []
        self._tells_entropy, self._longest = tells_entropy, longest

    async def start(self, progress: object) -> None:
        """It is ready."""

    async def body(self, request: Request, samples: int = 1) -> dict[str, Any]:
        """As the record shows it."""
        return {"model": request.model, "messages": [{"role": m.role, "content": m.content} for m in request.messages]}

    async def stream(self, request: Request, samples: int = 1) -> AsyncIterator[Delta | End]:
        """The same text each time, as likely as it is scored."""
        tokens = [TokenLogprob(SAID[s:e], -2.0) for s, e in _words(SAID)]
        yield Delta(SAID, len(tokens), 0.1, tuple(tokens))
        yield End("stop", 0.2, Usage(5, len(tokens)), request.model)

    async def models(self) -> Sequence[Model]:  # type: ignore[override]
        """None by name."""
        return []

    async def score(self, request: Request, answer: str) -> AsyncIterator[ScoredToken]:
        """2 nats a word; on its own text the model has half the entropy."""
        self.scored.append((request.model, answer))
        self.asked.append(request)
        if len(answer) > self._longest:
            raise TooLong("the answer does not fit", "raise the context")
        own = answer.startswith(request.model)
        for start, end in _words(answer):
            entropy = (0.5 if own else 1.0) if self._tells_entropy else None
            yield ScoredToken(start, end, -2.0, (), entropy)

    async def close(self) -> None:
        """Nothing is open."""


def _words(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(r"\s*\S+", text)]
