"""Tells listeners what a backend is waiting for.

The code that asks a backend names its listeners for all that is asked inside a block, and in tasks that are started in
it. So a wait deep inside a client is reported to the column, the command or the check that it holds up.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from diptych.backends.interface import Progress

_listeners: ContextVar[tuple[Progress, ...]] = ContextVar("listeners", default=())


@contextmanager
def heard_by(progress: Progress) -> Iterator[None]:
    """Inside this block `progress` is told what is waited for, and "" when a wait is over. Other listeners stay."""
    token = _listeners.set((*_listeners.get(), progress))
    try:
        yield
    finally:
        _listeners.reset(token)


def tell(doing: str) -> None:
    """Tell all listeners what is waited for."""
    for progress in _listeners.get():
        progress(doing)
