"""The time of a replay."""

import asyncio
from contextlib import suppress

_AT_ONCE = 1e-4
"""Seconds for which nothing waits."""


class Tempo:
    """A clock that runs at a speed of its own, stands still in a pause, and can be hurried past all that waits."""

    def __init__(self, speed: float) -> None:
        self.speed = speed
        self.paused = False
        self.hurried = False
        """Whether nothing is waited for until the clock is started anew."""
        self._before = 0.0
        self._since: float | None = None
        self._changed = asyncio.Event()

    @property
    def seconds(self) -> float:
        """What the clock shows."""
        if self.paused or self._since is None:
            return self._before
        return self._before + (asyncio.get_running_loop().time() - self._since) * self.speed

    def restart(self) -> None:
        """Begin at 0; in a pause it stands there."""
        self._before, self._since, self.hurried = 0.0, asyncio.get_running_loop().time(), False

    def pause(self, paused: bool) -> None:
        """Stand still, or go on."""
        self._settle()
        self.paused = paused
        self.wake()

    def run_at(self, speed: float) -> None:
        """Go on at another speed."""
        self._settle()
        self.speed = speed
        self.wake()

    def hurry(self) -> None:
        """Wait for nothing more until the clock is started anew."""
        self.hurried = True
        self.wake()

    def wake(self) -> None:
        """Let whoever waits look again at what it waits for."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def changed(self) -> None:
        """Wait until the clock is paused, hurried, or runs differently."""
        await self._changed.wait()

    async def reach(self, at: float) -> None:
        """Wait until the clock shows `at` seconds; others have their turn in any case."""
        while not self.hurried and (left := at - self.seconds) > _AT_ONCE:
            with suppress(TimeoutError):
                async with asyncio.timeout(None if self.paused else left / self.speed):
                    await self.changed()
        await asyncio.sleep(0)

    def _settle(self) -> None:
        """What the clock shows stays when its pace changes."""
        self._before = self.seconds
        if self._since is not None:
            self._since = asyncio.get_running_loop().time()
