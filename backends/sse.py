"""Server-sent events, taken apart as the bytes come in."""

import json
import re

_LINE_END = re.compile(rb"\r\n|\n|\r")
_MARK = b"\xef\xbb\xbf"
"""The byte order mark that a stream may begin with."""


class EventDecoder:
    """Bytes in any cutting go in, the data of each complete event comes out.

    Follows the event stream format of the HTML standard, chapter 9.2.6: lines end in CRLF, LF or CR,
    comments, empty events and fields other than `data` are passed over, several data lines of one event are joined.
    Errors come in other ways too: the data of an event called "error", a field `error`, or an error object on a line of
    its own. Each comes out as an object with the one field `error`.
    """

    def __init__(self) -> None:
        self.held = 0
        """Bytes of what is not complete."""
        self._rest: list[bytes] = []
        """The pieces of a line: joined once, however long it becomes."""
        self._cr = b""
        """A CR at the end of a piece, which may be half of a CRLF: kept until the next byte is known."""
        self._data: list[bytes] = []
        self._is_error = False
        """Whether the event is called an error."""

    def decode(self, chunk: bytes) -> list[bytes]:
        """The data of the events that are complete with this chunk."""
        data = self._cr + chunk
        self._cr = b"\r" if data.endswith(b"\r") else b""
        whole = data[:-1] if self._cr else data
        # Nearly all servers end lines in LF alone, and to split at one byte is quick.
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
        """What a stream that ended without its last blank line still holds."""
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
    """The object of which these data are the error."""
    try:
        error = json.loads(data)
    except (ValueError, RecursionError):
        error = data.decode(errors="replace")
    if isinstance(error, dict) and "error" in error:
        return data
    return json.dumps({"error": error}).encode()
