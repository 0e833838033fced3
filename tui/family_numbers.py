"""The numbers of a family as the store has them, read again whenever an answer has come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from diptych.sessions import StoreError

if TYPE_CHECKING:
    from diptych.compare import Comparison, StoredFamily

_READ_SECONDS = 1.0
"""Readings are at least this far apart: each reads all answers of the session."""


class FamilyNumbers:
    """Follows a session of a family for a screen."""

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self.stored: StoredFamily | None = None
        """None while nothing is stored, or before the first reading."""
        self.failure: StoreError | None = None
        """Why the last reading failed."""
        self._read_at: tuple[int | None, int] | None = None

    async def follow(self, shown: Callable[[], None]) -> None:
        """Read the numbers now and after every answer, and call `shown` each time, until cancelled."""
        with self._comparison.view.changes.subscribe() as changes:
            while True:
                if await self.read():
                    shown()
                    await asyncio.sleep(_READ_SECONDS)
                await changes.wait()

    async def read(self) -> bool:
        """Read the numbers if an answer has come since the last reading; returns whether that was so."""
        view = self._comparison.view
        answers = sum(len(own) for exchange in view.exchanges for own in exchange.samples.values())
        state = view.session, answers
        if state == self._read_at:
            return False
        self._read_at = state
        try:
            self.stored, self.failure = await self._comparison.stored_family(), None
        except StoreError as error:
            self.failure = error
        return True
