"""What to do about an error, where a traceback shows it."""

from collections.abc import Iterator
from contextlib import contextmanager

from diptych.compare import CannotAskError
from diptych.errors import DiptychError, advice


@contextmanager
def hints_shown() -> Iterator[None]:
    """Add the hint of an error as a note: a traceback shows notes under the message."""
    try:
        yield
    except CannotAskError as error:
        for sides, reason in error.obstacles:
            error.add_note(f"{' and '.join(sides)}: {reason.text()}")
        raise
    except DiptychError as error:
        if error.hint:
            error.add_note(advice(error.hint))
        raise
