"""A backend that cannot be asked."""

from collections.abc import AsyncIterator, Callable
from typing import Any

from diptych.backends import Backend, BackendError, Delta, End, Model, Request, ScoredToken


class Closed(Backend):
    """Stands in for a backend that could not be started, that refuses everything a side asks, or that a replay does not
    have. Every call raises its error."""

    def __init__(self, error: BackendError, continues_turns: bool = True) -> None:
        """`continues_turns`: as in the backend that it stands for."""
        self._error = error
        self.continues_turns = continues_turns

    async def start(self, progress: Callable[[str], None]) -> None:
        """Raises the error."""
        raise self._error

    async def body(self, request: Request, samples: int = 1) -> dict[str, Any]:
        """Raises the error."""
        raise self._error

    def stream(self, request: Request, samples: int = 1) -> AsyncIterator[Delta | End]:
        """Raises the error."""
        raise self._error

    def score(self, request: Request, answer: str) -> AsyncIterator[ScoredToken]:
        """Raises the error."""
        raise self._error

    async def models(self) -> list[Model]:
        """Raises the error."""
        raise self._error

    async def close(self) -> None:
        """Does nothing: the owner of the real backend closes it."""
