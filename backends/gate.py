"""Some work goes on beside other work, some only alone."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class Gate:
    """Work of the first kind waits while any of the second kind is under way or waits for its turn."""

    def __init__(self) -> None:
        self._beside = 0
        self._waiting = 0
        self._alone = False
        self._woken: set[asyncio.Future[None]] = set()

    @asynccontextmanager
    async def beside(self) -> AsyncIterator[None]:
        """For work that others may go on beside."""
        await self._until(lambda: not self._alone and not self._waiting)
        self._beside += 1
        try:
            yield
        finally:
            self._beside -= 1
            self._wake()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """For work that nothing may go on beside."""
        self._waiting += 1
        try:
            await self._until(lambda: not self._alone and not self._beside)
            self._alone = True
        finally:
            self._waiting -= 1
            self._wake()
        try:
            yield
        finally:
            self._alone = False
            self._wake()

    async def _until(self, free: Callable[[], bool]) -> None:
        while not free():
            woken = asyncio.get_running_loop().create_future()
            self._woken.add(woken)
            await woken

    def _wake(self) -> None:
        for woken in self._woken:
            if not woken.done():
                woken.set_result(None)
        self._woken.clear()
