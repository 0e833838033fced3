"""Handles what ends diptych from outside: Ctrl-C, SIGTERM, a closed terminal."""

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
"""An orderly end that takes longer is stuck. Everything counted is on disk, and no child process may be left
running."""


def on_interrupt(end: Callable[[], None]) -> None:
    """Call `end` on the first interrupt. On the second one, or if the end takes too long, exit at once. Needs a
    running event loop."""
    interrupted_before = False

    def interrupted(number: int) -> None:
        nonlocal interrupted_before
        if interrupted_before and number == signal.SIGHUP:
            # A terminal can close only once, even if SIGHUP arrives several times.
            return
        if interrupted_before:
            os._exit(INTERRUPTED)
        interrupted_before = True
        _disconnect_closed_terminals()
        late = threading.Timer(LONGEST_SECONDS, os._exit, (INTERRUPTED,))
        late.daemon = True
        late.start()
        end()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, interrupted, number)


def open_missing_streams() -> None:
    """Connect missing standard input and output to the null device."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115


def _disconnect_closed_terminals() -> None:
    """Disconnect from a closed terminal: writing to it would fail or block forever."""
    for descriptor in (0, 1, 2):
        with suppress(OSError):
            if stat.S_ISCHR(os.fstat(descriptor).st_mode) and not os.isatty(descriptor):
                nothing = os.open(os.devnull, os.O_RDWR)
                os.dup2(nothing, descriptor)
                os.close(nothing)
