"""The clock of a replay: it can run faster or slower, pause, and skip what is left to wait."""

import asyncio
from contextlib import suppress

_NOTHING = 1e-4
"""Seconds that are too short to wait for."""


class ReplayClock:
    """Counts seconds from `restart`, at a speed of its own."""

    def __init__(self, speed: float) -> None:
        self.speed = speed
        """Seconds of the clock in a second."""
        self.paused = False
        self.skipping = False
        """Whether nothing is waited for until the next `restart`."""
        self._seconds_before = 0.0
        """What the clock showed when it was last paused, or its speed changed."""
        self._running_since: float | None = None
        self._changed = asyncio.Event()

    @property
    def seconds(self) -> float:
        """What the clock shows."""
        if self.paused or self._running_since is None:
            return self._seconds_before
        return self._seconds_before + (asyncio.get_running_loop().time() - self._running_since) * self.speed

    def restart(self) -> None:
        """Begin at 0. A clock that is paused stays there."""
        self._seconds_before, self._running_since = 0.0, asyncio.get_running_loop().time()
        self.skipping = False

    def pause(self, paused: bool) -> None:
        """Stop the clock, or let it run again."""
        self._keep_seconds()
        self.paused = paused
        self.wake()

    def run_at(self, speed: float) -> None:
        """Go on at another speed."""
        self._keep_seconds()
        self.speed = speed
        self.wake()

    def skip(self) -> None:
        """Wait for nothing more until the next `restart`."""
        self.skipping = True
        self.wake()

    def wake(self) -> None:
        """Let everybody who waits look again at what they wait for."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def changed(self) -> None:
        """Wait until the clock is paused or runs again, changes its speed, skips, or `wake` is called."""
        await self._changed.wait()

    async def wait_until(self, seconds: float) -> None:
        """Wait until the clock shows `seconds`. Other tasks run at least once in between."""
        while not self.skipping and (left := seconds - self.seconds) > _NOTHING:
            with suppress(TimeoutError):
                async with asyncio.timeout(None if self.paused else left / self.speed):
                    await self.changed()
        await asyncio.sleep(0)

    def _keep_seconds(self) -> None:
        """Go on from what the clock shows now."""
        self._seconds_before = self.seconds
        if self._running_since is not None:
            self._running_since = asyncio.get_running_loop().time()
