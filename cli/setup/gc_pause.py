"""Modules are loaded quickly."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def gc_paused() -> Iterator[None]:
    """While modules are loaded there is no garbage: to look for it, again and again, takes a sixth of that time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
