"""Server-sent events, taken apart as the bytes come in."""

import re

_LINE_END = re.compile(rb"\r\n|\n|\r")


class EventDecoder:
    """Bytes in any cutting go in, the data of each complete event comes out.

    Follows the event stream format of the HTML standard, chapter 9.2.6: lines end in CRLF, LF or CR,
    comments and fields other than `data` are passed over, several data lines of one event are joined.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []

    def decode(self, chunk: bytes) -> list[bytes]:
        """The data of the events that are complete with this chunk."""
        buffer = self._rest + chunk
        # A CR at the very end may be half of a CRLF: keep it until the next byte is known.
        held = buffer.endswith(b"\r")
        whole = buffer[:-1] if held else buffer
        # Nearly all servers end lines in LF alone, and to split at one byte is quick.
        lines = _LINE_END.split(whole) if b"\r" in whole else whole.split(b"\n")
        self._rest = lines.pop() + (b"\r" if held else b"")
        return [event for line in lines if (event := self._line(line)) is not None]

    def flush(self) -> list[bytes]:
        """What a stream that ended without its last blank line still holds."""
        lines = [self._rest.rstrip(b"\r"), b""] if self._rest else [b""]
        self._rest = b""
        return [event for line in lines if (event := self._line(line)) is not None]

    def _line(self, line: bytes) -> bytes | None:
        if line.startswith(b"data:"):
            self._data.append(line[6:] if line[5:6] == b" " else line[5:])
            return None
        if line or not self._data:
            return None
        event = b"\n".join(self._data)
        self._data.clear()
        return event
