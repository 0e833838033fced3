"""The body of a response as events: of a stream, or of a whole document, whatever its content type says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import TYPE_CHECKING

from diptych.backends.backend_errors import ServerError
from diptych.backends.error_mapping import from_unreadable_event
from diptych.backends.sse import EventDecoder
from diptych.errors import AGAIN

if TYPE_CHECKING:
    import httpx2

_MARK = b"\xef\xbb\xbf"
"""The byte order mark that a body may begin with."""
DONE = b"[DONE]"
"""The data of the last event of a stream."""
LONGEST_EVENT = 64 * 2**20
"""The most bytes of one event. Answers have about a thousandth of that."""
LEFTOVER_SECONDS = 0.25
"""How long the end of a stream is waited for after its last event. A connection that was read to its end can be used
again."""


async def events(response: "httpx2.Response") -> AsyncIterator[bytes]:
    """Yield the events of a stream up to DONE, or a whole document and then DONE.

    The first byte tells which of the two it is: servers and proxies do not always name the content type correctly.
    Raises ServerError, httpx2.HTTPError.
    """
    pieces = response.aiter_bytes()
    begin = await _first_bytes(pieces)
    if begin.removeprefix(_MARK).lstrip().startswith((b"{", b"[", b"<")):
        yield await _document(begin.removeprefix(_MARK), pieces)
        yield DONE
        return
    decoder, any_event = EventDecoder(), False
    data: bytes | None = begin
    while data is not None:
        for event in decoder.decode(data):
            any_event = True
            yield event
            if event == DONE:
                await _read_to_end(pieces)
                return
        _check_length(decoder.held)
        data = await anext(pieces, None)
    for event in decoder.flush():
        any_event = True
        yield event
    lines = [line for line in begin.splitlines() if line.strip() and not line.startswith(b":")]
    if lines and not any_event:
        raise from_unreadable_event(lines[0], begun=False)


async def _first_bytes(pieces: AsyncIterator[bytes]) -> bytes:
    """Everything up to the first piece with a byte that is not blank."""
    begin = b""
    async for piece in pieces:
        begin += piece
        if begin.strip():
            break
    return begin


async def _document(begin: bytes, pieces: AsyncIterator[bytes]) -> bytes:
    parts, length = [begin], len(begin)
    async for piece in pieces:
        parts.append(piece)
        length += len(piece)
        _check_length(length)
    return b"".join(parts)


def _check_length(length: int) -> None:
    if length > LONGEST_EVENT:
        raise ServerError(
            f"the server sent {LONGEST_EVENT // 2**20} MB without an end", f"the text so far is kept; {AGAIN}"
        )


async def _read_to_end(pieces: AsyncIterator[bytes]) -> None:
    with suppress(Exception):
        async with asyncio.timeout(LEFTOVER_SECONDS):
            async for _ in pieces:
                pass
