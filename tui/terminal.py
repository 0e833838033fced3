"""Keeps the console working when its terminal goes away."""

import os
import signal
from typing import Any, TextIO

from textual.driver import Driver

from diptych.tui.pasting import PasteParser
from diptych.tui.textual_internals import use_parser, wrap_terminal


class _MayBeGone:
    """A terminal to write to. After it is gone, writing has no effect: it neither fails nor blocks."""

    def __init__(self, terminal: TextIO) -> None:
        self._terminal = terminal
        self._gone = False

    def write(self, text: str) -> None:
        """Write, unless the terminal is gone."""
        try:
            self._terminal.write(text)
        except OSError:
            self._hang_up()

    def flush(self) -> None:
        """Flush, unless the terminal is gone."""
        try:
            self._terminal.flush()
        except OSError:
            self._hang_up()

    def _hang_up(self) -> None:
        """Send ourselves the hang-up signal: a terminal sends it only to processes that it controls."""
        if not self._gone:
            self._gone = True
            os.kill(os.getpid(), signal.SIGHUP)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._terminal, name)


def outliving(driver: type[Driver]) -> type[Driver]:
    """A driver of the same kind that survives the end of its terminal. Otherwise its writing thread would die, and the
    console would wait for it for ever. It also reads each paste as one piece."""
    use_parser(driver, PasteParser)

    class Outliving(driver):  # type: ignore[misc, valid-type]
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            wrap_terminal(self, _MayBeGone)

    return Outliving
