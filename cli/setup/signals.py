"""What ends diptych from outside: ctrl-C, a request to end, a terminal that is gone."""

import asyncio
import os
import signal
import stat
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

from diptych.cli.exit_codes import INTERRUPTED

LONGEST_SECONDS = 30.0
"""An orderly end that takes longer does not come: what was counted is on disk, and nothing may be left running."""


def on_interrupt(end: Callable[[], None]) -> None:
    """Call `end` when diptych is asked to end; the second time, or where that takes too long, it ends where
    it stands. For a running loop."""
    asked = False

    def interrupted(number: int) -> None:
        nonlocal asked
        if asked and number == signal.SIGHUP:
            # A terminal goes but once, however often that is told.
            return
        if asked:
            os._exit(INTERRUPTED)
        asked = True
        _let_go_of_terminals_that_are_gone()
        late = threading.Timer(LONGEST_SECONDS, os._exit, (INTERRUPTED,))
        late.daemon = True
        late.start()
        end()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, interrupted, number)


def open_missing_streams() -> None:
    """Where diptych was started without standard input or outputs, nothing is read and written there."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115


def _let_go_of_terminals_that_are_gone() -> None:
    """Every write to one would be a fault, or wait for ever."""
    for descriptor in (0, 1, 2):
        with suppress(OSError):
            if stat.S_ISCHR(os.fstat(descriptor).st_mode) and not os.isatty(descriptor):
                nothing = os.open(os.devnull, os.O_RDWR)
                os.dup2(nothing, descriptor)
                os.close(nothing)
