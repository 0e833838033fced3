"""The one way in which tests wait: until something is so, and never for a while."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LONGEST_SECONDS = 60.0
"""How long a condition may take on a machine that is busy with other things."""
_FIRST_STEP_SECONDS = 0.002
_LONGEST_STEP_SECONDS = 0.05


async def wait_until(condition: Callable[[], T], what: str = "", seconds: float = LONGEST_SECONDS) -> T:
    """Wait until `condition()` is true, and return what it gave, while the tasks of this event loop go on.

    Raises TimeoutError after `seconds` of the loop's time; `what` says in it which condition did not come true.
    """
    loop = asyncio.get_running_loop()
    deadline, step = loop.time() + seconds, _FIRST_STEP_SECONDS
    while not (seen := condition()):
        if loop.time() > deadline:
            raise TimeoutError(f"not so after {seconds:g} s: {what or condition}")
        await asyncio.sleep(step)
        step = min(step * 1.5, _LONGEST_STEP_SECONDS)
    return seen


def wait_until_sync(condition: Callable[[], T], what: str = "", seconds: float = LONGEST_SECONDS) -> T:
    """As wait_until, for tests without an event loop."""
    deadline, step = time.monotonic() + seconds, _FIRST_STEP_SECONDS
    while not (seen := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not so after {seconds:g} s: {what or condition}")
        time.sleep(step)
        step = min(step * 1.5, _LONGEST_STEP_SECONDS)
    return seen
