"""Decodes server-sent events as their bytes arrive."""

import json
import re

_LINE_END = re.compile(rb"\r\n|\n|\r")
_MARK = b"\xef\xbb\xbf"
"""The byte order mark that a stream may begin with."""


class EventDecoder:
    """Takes pieces of a stream, cut anywhere, and gives the data of each complete event.

    Follows the event stream format of the HTML standard, chapter 9.2.6: lines end in CRLF, LF or CR,
    comments, empty events and fields other than `data` are ignored, several data lines of one event are joined. Some
    servers send errors in other ways: as the data of an event named "error", as a field `error`, or as an object on a
    line of its own. Each of them comes out as an object with the one field `error`.
    """

    def __init__(self) -> None:
        self.held = 0
        """Bytes of the event that is not complete."""
        self._rest: list[bytes] = []
        """The pieces of an unfinished line. They are joined once, when the line is complete."""
        self._cr = b""
        """A CR at the end of a piece. It may be half of a CRLF, so it is kept until the next byte is known."""
        self._data: list[bytes] = []
        self._is_error = False
        """Whether the event is named "error"."""

    def decode(self, chunk: bytes) -> list[bytes]:
        """The data of the events that this chunk completes."""
        data = self._cr + chunk
        self._cr = b"\r" if data.endswith(b"\r") else b""
        whole = data[:-1] if self._cr else data
        # Nearly all servers end lines in LF alone, and splitting at one byte is fast.
        lines = _LINE_END.split(whole) if b"\r" in whole else whole.split(b"\n")
        rest = lines.pop()
        if lines:
            lines[0] = b"".join((*self._rest, lines[0]))
            self._rest = []
        self._rest.append(rest)
        events = [event for line in lines if (event := self._line(line))]
        self.held = len(rest) if lines and not self._data else self.held + len(chunk)
        return events

    def flush(self) -> list[bytes]:
        """The events of a stream that ended without its last blank line."""
        lines = [b"".join(self._rest), b""]
        self._rest, self.held, self._cr = [], 0, b""
        return [event for line in lines if (event := self._line(line))]

    def _line(self, line: bytes) -> bytes | None:
        if line.startswith(b"data:"):
            self._data.append(line[6:] if line[5:6] == b" " else line[5:])
            return None
        if not line:
            if not self._data:
                self._is_error = False
                return None
            event = b"\n".join(self._data)
            self._data.clear()
            if self._is_error:
                self._is_error = False
                return _as_error(event)
            return event
        if line.startswith(_MARK):
            return self._line(line.removeprefix(_MARK))
        if line.startswith(b"event:"):
            self._is_error = line[6:].strip().lower() == b"error"
        if line.startswith(b"error:"):
            return _as_error(line[6:].strip())
        return line if line.startswith(b'{"error"') else None


def _as_error(data: bytes) -> bytes:
    """An object with the data as its field `error`."""
    try:
        error = json.loads(data)
    except (ValueError, RecursionError):
        error = data.decode(errors="replace")
    if isinstance(error, dict) and "error" in error:
        return data
    return json.dumps({"error": error}).encode()
