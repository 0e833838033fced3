"""Screens are painted when something has changed, and at most once a frame."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diptych.compare import Subscription


FRAME_SECONDS = 1 / 20
"""Paints are at least this far apart."""
MOVING_SECONDS = 1 / 5
"""Times that are counted move this often: often enough to be seen, and slowly enough to be read."""


async def repaint(
    changes: Subscription,
    show: Callable[[], None],
    seconds: float = FRAME_SECONDS,
    moving: Callable[[], bool] = lambda: False,
) -> None:
    """Call `show` after every change, until cancelled. All changes within `seconds` are one call.

    While `moving()` is True, `show` is also called every MOVING_SECONDS without a change: something that it shows, such
    as the time that is left, changes by itself.
    """
    with changes:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(changes.wait(), max(0.0, MOVING_SECONDS - seconds) if moving() else None)
            show()
            await asyncio.sleep(seconds)
