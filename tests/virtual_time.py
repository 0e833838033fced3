"""A loop whose time passes only when everything waits, and then at once."""

import asyncio
import selectors
from collections.abc import Awaitable, Callable


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
    """Run to the end, however long it takes in its own time."""

    def new_loop() -> asyncio.AbstractEventLoop:
        selector = _Selector()
        loop = asyncio.SelectorEventLoop(selector)
        loop.time = lambda: selector.now  # type: ignore[method-assign]
        return loop

    async def main() -> None:
        await work()

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(main())
