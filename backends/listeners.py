"""Who is told what a backend waits for while it is asked.

Whoever asks says who listens, for all that is asked inside the block and in tasks that are begun in it. So a wait that
begins deep in a client reaches the column, the command or the check that it holds up.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from diptych.backends.interface import Progress

_listeners: ContextVar[tuple[Progress, ...]] = ContextVar("listeners", default=())


@contextmanager
def heard_by(progress: Progress) -> Iterator[None]:
    """Let `progress` be told, besides those who listen already, what is waited for; "" when a wait is over."""
    token = _listeners.set((*_listeners.get(), progress))
    try:
        yield
    finally:
        _listeners.reset(token)


def tell(doing: str) -> None:
    """Tell those who listen."""
    for progress in _listeners.get():
        progress(doing)
