"""Asynchronous work for callers who wait, in a script or in a notebook whose event loop runs already."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    """Run the work to its end and return what it returns.

    Where an event loop runs in this thread, as in Jupyter, the work gets a thread and a loop of its own. An interrupt
    cancels the work, waits until it has cleaned up, and is raised again.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    thread = _WorkThread(work)
    thread.start()
    try:
        thread.ended.wait()
    except BaseException:
        thread.cancel()
        thread.ended.wait()
        raise
    return thread.outcome()


class _WorkThread(threading.Thread, Generic[T]):
    """Work in a thread with a loop of its own."""

    def __init__(self, work: Coroutine[Any, Any, T]) -> None:
        super().__init__(name="diptych")
        self.ended = threading.Event()
        """Waited for in place of `join`, which after an interrupt takes a running thread for ended (bpo-45274)."""
        self._work = work
        self._begun = threading.Event()
        self._result: list[T] = []
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._result.append(asyncio.run(self._main()))
        except BaseException as error:
            self._error = error
        finally:
            self.ended.set()

    def cancel(self) -> None:
        """Cancel the work, from another thread."""
        self._begun.wait()
        self._loop.call_soon_threadsafe(self._task.cancel)

    def outcome(self) -> T:
        """What the work returned; raises what it raised."""
        if self._error is not None:
            raise self._error
        return self._result[0]

    async def _main(self) -> T:
        self._loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._begun.set()
        return await self._work
