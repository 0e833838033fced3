"""The terminal as something that may go away."""

import os
import signal
from typing import Any, TextIO

from textual.driver import Driver

from diptych.tui.pasting import PasteParser
from diptych.tui.textual_internals import use_parser, wrap_terminal


class _MayBeGone:
    """A terminal to write to; once it is gone, what is written is lost, and nobody fails or waits."""

    def __init__(self, terminal: TextIO) -> None:
        self._terminal = terminal
        self._gone = False

    def write(self, text: str) -> None:
        """Write, if anyone is there."""
        try:
            self._terminal.write(text)
        except OSError:
            self._hang_up()

    def flush(self) -> None:
        """The same for what waits."""
        try:
            self._terminal.flush()
        except OSError:
            self._hang_up()

    def _hang_up(self) -> None:
        """Say what the terminal itself has not said to those that it does not control."""
        if not self._gone:
            self._gone = True
            os.kill(os.getpid(), signal.SIGHUP)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._terminal, name)


def outliving(driver: type[Driver]) -> type[Driver]:
    """The driver, whose painting thread does not die with the terminal: the console would wait for it for ever. What is
    pasted there it takes whole."""
    use_parser(driver, PasteParser)

    class Outliving(driver):  # type: ignore[misc, valid-type]
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            wrap_terminal(self, _MayBeGone)

    return Outliving
