"""Work that may only go on beside work of its own kind."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class GroupLock:
    """Work of one group goes on side by side; groups take turns, in the order in which they come."""

    def __init__(self) -> None:
        self._group: object = None
        self._under_way = 0
        self._waiting: deque[tuple[object, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def of(self, group: object) -> AsyncIterator[None]:
        """For work of a group. A newcomer waits behind whoever waits, so that no group is kept out for ever."""
        if self._waiting or (self._under_way and group != self._group):
            await self._wait(group)
        else:
            self._group = group
            self._under_way += 1
        try:
            yield
        finally:
            self._leave()

    async def _wait(self, group: object) -> None:
        turn = (group, asyncio.get_running_loop().create_future())
        self._waiting.append(turn)
        try:
            await turn[1]
        except asyncio.CancelledError:
            if turn in self._waiting:
                self._waiting.remove(turn)
            elif not turn[1].cancelled():
                self._leave()
            raise

    def _leave(self) -> None:
        self._under_way -= 1
        while not self._under_way and self._waiting:
            self._group = self._waiting[0][0]
            for turn in [turn for turn in self._waiting if turn[0] == self._group]:
                self._waiting.remove(turn)
                # Whoever gave up at this very moment is still among them.
                if not turn[1].cancelled():
                    self._under_way += 1
                    turn[1].set_result(None)
