"""Painting after changes: at most once a frame, and never while nothing changes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from diptych.compare import Changes
from diptych.tui.repainting import repaint
from tests.tui.app import console, ended
from tests.virtual_time import run


@asynccontextmanager
async def painted(changes: Changes, moving: Callable[[], bool] = lambda: False) -> AsyncIterator[list[float]]:
    """The times of the paints, a second apart at least."""
    paints: list[float] = []
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(repaint(changes.subscribe(), lambda: paints.append(loop.time()), 1.0, moving))
    try:
        yield paints
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def test_nothing_is_painted_while_nothing_changes() -> None:
    async def check() -> None:
        async with painted(Changes()) as paints:
            await asyncio.sleep(1000)
            assert paints == []

    run(check)


def test_many_changes_are_painted_once_a_frame_and_the_last_one_is_painted() -> None:
    async def check() -> None:
        changes = Changes()
        async with painted(changes) as paints:
            await asyncio.sleep(10)
            for _ in range(25):
                changes.announce()
                await asyncio.sleep(0.1)
            await asyncio.sleep(100)
        assert [round(at, 2) for at in paints] == [10.0, 11.0, 12.0, 13.0]

    run(check)


def test_what_moves_by_itself_is_painted_without_a_change() -> None:
    async def check() -> None:
        changes, under_way = Changes(), True
        async with painted(changes, lambda: under_way) as paints:
            await asyncio.sleep(2.5)
            under_way = False
            await asyncio.sleep(100)
        assert [round(at) for at in paints] == [0, 1, 2]

    run(check)


async def test_screens_that_are_left_are_no_longer_woken(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        await pilot.press("escape")
        for key in ("f3", "f4", "f5"):
            await pilot.press(key)
            await pilot.pause()
            main = pilot.app.screen_stack[0]
            assert pilot.app.screen is not main
            await pilot.press("escape")
            await pilot.pause()
        assert {worker.node for worker in pilot.app.workers} <= {main, pilot.app}
