"""How the console is drawn in a browser."""

import os
from contextlib import suppress
from typing import Any

from textual import messages
from textual.drivers.web_driver import WebDriver


class BrowserDriver(WebDriver):
    """Speaks to the server that the pages come from, and ends the console when that server is gone."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._write = self._send  # type: ignore[assignment]

    def _send(self, packet: bytes) -> None:
        # What nobody reads any more is no reason to fail on the way out.
        with suppress(BrokenPipeError):
            os.write(self.fileno, packet)

    def run_input_thread(self) -> None:
        """Read until the server says so, or is gone."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            self._app.post_message(messages.ExitApp())
