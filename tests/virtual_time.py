"""A loop whose time passes only when everything waits, and then at once."""

import asyncio
import functools
import selectors
import time
from collections.abc import Awaitable, Callable
from typing import ParamSpec
from unittest import mock

P = ParamSpec("P")


class _Selector(selectors.SelectSelector):
    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        # Without a timeout only what goes on in another thread is waited for.
        ready = super().select(30 if timeout is None else 0)
        assert ready or timeout is not None, "everything waits, and for ever"
        if not ready and timeout:
            self.now += timeout
        return ready


def run(work: Callable[[], Awaitable[None]]) -> None:
    """Run to the end, however long it takes in its own time. `time.monotonic` tells that time as well."""
    selector = _Selector()

    def now() -> float:
        return selector.now

    def new_loop() -> asyncio.AbstractEventLoop:
        loop = asyncio.SelectorEventLoop(selector)
        loop.time = now  # type: ignore[method-assign]
        return loop

    async def main() -> None:
        await work()

    with asyncio.Runner(loop_factory=new_loop) as runner, mock.patch.object(time, "monotonic", now):
        runner.run(main())


def in_virtual_time(test: Callable[P, Awaitable[None]]) -> Callable[P, None]:
    """A test that runs so. It must not wait for other processes, nor for a server in a thread."""

    @functools.wraps(test)
    def running(*args: P.args, **named: P.kwargs) -> None:
        run(lambda: test(*args, **named))

    return running
