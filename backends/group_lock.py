"""A lock that groups of tasks hold in turn: tasks of one group run side by side, tasks of different groups never do."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class GroupLock:
    """Held by any number of tasks of one group. Groups get it in the order in which their first task asked for it."""

    def __init__(self) -> None:
        self._group: object = None
        """The group that holds it, or held it last."""
        self._holders = 0
        """Tasks that hold it."""
        self._waiting: deque[tuple[object, asyncio.Future[None]]] = deque()
        """Each waiting task's group, and the future that is set when the task gets the lock."""

    @asynccontextmanager
    async def hold(self, group: object) -> AsyncIterator[None]:
        """Hold it as a task of `group`. A new task waits behind those that wait already, also behind other groups, so
        that each group gets the lock."""
        if self._waiting or (self._holders and group != self._group):
            await self._wait(group)
        else:
            self._group = group
            self._holders += 1
        try:
            yield
        finally:
            self._release()

    async def _wait(self, group: object) -> None:
        waiter = (group, asyncio.get_running_loop().create_future())
        self._waiting.append(waiter)
        try:
            await waiter[1]
        except asyncio.CancelledError:
            if waiter in self._waiting:
                self._waiting.remove(waiter)
            elif not waiter[1].cancelled():
                # It was given the lock before it was cancelled.
                self._release()
            raise

    def _release(self) -> None:
        self._holders -= 1
        while not self._holders and self._waiting:
            self._group = self._waiting[0][0]
            for waiter in [waiter for waiter in self._waiting if waiter[0] == self._group]:
                self._waiting.remove(waiter)
                # A task that was cancelled just now is still among them.
                if not waiter[1].cancelled():
                    self._holders += 1
                    waiter[1].set_result(None)
