"""Records what the console writes to the terminal, as an asciicast: `asciinema play` shows it again."""

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.driver import Driver

_TO_CLIPBOARD = "\x1b]52;"


class Cast:
    """A file in version 2 of the format: a head, and a line for each piece of output and each new size.

    Each line is written at once and whole, so that a recording that is cut off is one all the same.
    """

    def __init__(self, path: Path) -> None:
        """Begin in a new file that only the user may read. Raises OSError."""
        self._file: int | None = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        self._size = tuple(shutil.get_terminal_size())
        self._began = time.monotonic()
        self.failed: Callable[[str], None] = lambda reason: None
        """Called once with the reason when the recording ends before the console does."""
        width, height = self._size
        self._write(
            {
                "version": 2,
                "width": width,
                "height": height,
                "timestamp": int(time.time()),
                "title": "diptych",
                "env": {"TERM": os.environ.get("TERM", "")},
            }
        )

    def output(self, data: str) -> None:
        """Record what was written, except what is copied to the clipboard: a player would copy it for the viewer."""
        if not data.startswith(_TO_CLIPBOARD):
            self._event("o", data)

    def resize(self, width: int, height: int) -> None:
        """The terminal has a new size, in cells."""
        if (width, height) != self._size:
            self._size = (width, height)
            self._event("r", f"{width}x{height}")

    def close(self) -> None:
        """End the recording."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _event(self, kind: str, data: str) -> None:
        self._write([round(time.monotonic() - self._began, 6), kind, data])

    def _write(self, line: Any) -> None:
        if self._file is None:
            return
        data = json.dumps(line, ensure_ascii=False).encode() + b"\n"
        try:
            written = os.write(self._file, data)
            if written < len(data):
                os.write(self._file, data[written:])
        except OSError as error:
            self.close()
            self.failed(error.strerror or "it cannot be written")


def recorded(driver: type[Driver], cast: Cast) -> type[Driver]:
    """A driver of the same kind that records everything it writes."""

    class Recorded(driver):  # type: ignore[misc, valid-type]
        def write(self, data: str) -> None:
            cast.output(data)
            super().write(data)

    return Recorded
