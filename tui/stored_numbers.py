"""Numbers that are computed from the store, and again whenever an answer has come."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from diptych.errors import DiptychError

if TYPE_CHECKING:
    from diptych.compare import SessionView

_REST_SECONDS = 1.0
"""Readings are at least this far apart."""
_REST = 4
"""And so many times as far as one takes: each reads all answers of the session."""

Numbers = TypeVar("Numbers")


class StoredNumbers(Generic[Numbers]):
    """Follows a session. Several screens may look at the same numbers."""

    def __init__(self, view: SessionView, compute: Callable[[], Awaitable[Numbers | None]]) -> None:
        """`compute` reads the store, and may raise DiptychError."""
        self._view, self._compute = view, compute
        self.stored: Numbers | None = None
        """None while nothing is stored, or before the first reading."""
        self.failure: DiptychError | None = None
        """Why the last reading failed."""
        self._reading = asyncio.Lock()
        self._read_at: tuple[int | None, int] | None = None

    @property
    def _now(self) -> tuple[int | None, int]:
        """The session, and how many of its answers are known."""
        view = self._view
        return view.session, sum(len(own) for exchange in view.exchanges for own in exchange.samples.values())

    @property
    def fresh(self) -> bool:
        """Whether no answer has come since the last reading."""
        return self._read_at == self._now

    def outdate(self) -> None:
        """Let the next reading read them anew, though no answer has come: other things may have changed."""
        self._read_at = None

    async def follow(self, shown: Callable[[], None]) -> None:
        """Read the numbers now and after every answer, and call `shown` each time that they are others, until
        cancelled."""
        seen = None
        with self._view.changes.subscribe() as changes:
            while True:
                began = time.monotonic()
                await self.read()
                took = time.monotonic() - began
                if self._read_at != seen:
                    seen = self._read_at
                    shown()
                    await asyncio.sleep(max(_REST_SECONDS, _REST * took))
                await changes.wait()

    async def read(self) -> None:
        """Read the numbers, if an answer has come since the last reading."""
        async with self._reading:
            if self.fresh:
                return
            now = self._now
            try:
                self.stored, self.failure = await self._compute(), None
            except DiptychError as error:
                self.failure = error
            self._read_at = now
