"""The driver that draws the console in a browser."""

import os
from contextlib import suppress
from typing import Any

from textual.drivers.web_driver import WebDriver

from diptych.tui.textual_internals import ask_to_exit, use_writer


class BrowserDriver(WebDriver):
    """Speaks to the server that the pages come from, and ends the console when that server is gone."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        use_writer(self, self._send)

    def _send(self, packet: bytes) -> None:
        # On the way out nobody may be reading any more; that is not an error.
        with suppress(BrokenPipeError):
            os.write(self.fileno, packet)

    def run_input_thread(self) -> None:
        """Read input until the server ends it or is gone."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            ask_to_exit(self)
