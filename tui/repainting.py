"""Screens are painted when something has changed, and at most once a frame."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diptych.compare import Subscription


FRAME_SECONDS = 1 / 20
"""Paints are at least this far apart."""


async def repaint(
    changes: Subscription,
    show: Callable[[], None],
    seconds: float = FRAME_SECONDS,
    moving: Callable[[], bool] = lambda: False,
) -> None:
    """Call `show` after every change, until cancelled. All changes within `seconds` are one call.

    While `moving()` is True, `show` is also called every `seconds` without a change: something that it shows, such as
    the time that is left, changes by itself.
    """
    with changes:
        while True:
            if not moving():
                await changes.wait()
            show()
            await asyncio.sleep(seconds)
