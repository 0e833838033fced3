"""The body of a response as events, whatever the server calls it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import TYPE_CHECKING

from diptych.backends.error_mapping import of_junk
from diptych.backends.errors import ServerError
from diptych.backends.sse import EventDecoder
from diptych.errors import AGAIN

if TYPE_CHECKING:
    import httpx2

_MARK = b"\xef\xbb\xbf"
"""The byte order mark that a body may begin with."""
DONE = b"[DONE]"
"""The data of the event after which nothing more belongs to the answers."""
LONGEST_EVENT = 64 * 2**20
"""Bytes that one event may have: an answer has a thousandth of that."""
LEFTOVER_SECONDS = 0.25
"""How long the rest of a stream is waited for after its last event: a connection that was read to its end can be used
again."""


async def events(response: "httpx2.Response") -> AsyncIterator[bytes]:
    """The events of a stream, up to DONE; of a document, the whole of it, and DONE. Which of the two it is tells its
    first byte: servers, and proxies before them, do not always name the type as it is. Raises ServerError,
    httpx2.HTTPError."""
    pieces = response.aiter_bytes()
    begin = await _beginning(pieces)
    if begin.removeprefix(_MARK).lstrip().startswith((b"{", b"[", b"<")):
        yield await _document(begin.removeprefix(_MARK), pieces)
        # A document that is whole has nothing behind it.
        yield DONE
        return
    decoder, some = EventDecoder(), False
    data: bytes | None = begin
    while data is not None:
        for event in decoder.decode(data):
            some = True
            yield event
            if event == DONE:
                await _read_out(pieces)
                return
        _check_length(decoder.held)
        data = await anext(pieces, None)
    for event in decoder.flush():
        some = True
        yield event
    said = [line for line in begin.splitlines() if line.strip() and not line.startswith(b":")]
    if said and not some:
        raise of_junk(said[0], begun=False)


async def _beginning(pieces: AsyncIterator[bytes]) -> bytes:
    """Up to a byte that is not blank."""
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
        raise ServerError(f"the server sent {LONGEST_EVENT // 2**20} MB that do not end", f"what came is kept; {AGAIN}")


async def _read_out(pieces: AsyncIterator[bytes]) -> None:
    with suppress(Exception):
        async with asyncio.timeout(LEFTOVER_SECONDS):
            async for _ in pieces:
                pass
