"""Replies of a misbehaving server, byte by byte."""

import json
import socket
import struct
from collections.abc import Iterable
from typing import Any

from tests.faults.engine import HALF
from tests.openai_server import Exchange, Reply, chunk

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
DONE = b"data: [DONE]\n\n"
BEGUN = chunk("Here is ") + chunk("half")
REST = chunk(" and half.") + chunk(finish="stop")
WHOLE = BEGUN + REST + DONE
TEXT = HALF + " and half."
"""What WHOLE says."""


def raw(*pieces: bytes) -> Reply:
    """Sends these bytes, in as many pieces, and closes the connection."""

    async def reply(exchange: Exchange) -> None:
        for piece in pieces:
            await exchange.send(piece)

    return reply


def stream(*pieces: bytes) -> Reply:
    """An event stream of these bytes."""
    return raw(HEAD, *pieces)


def page(body: bytes, kind: str, status: int = 200, headers: str = "") -> Reply:
    """A whole body of that type."""
    return raw(head(status, kind, f"content-length: {len(body)}\r\n{headers}"), body)


def document(body: Any, status: int = 200, headers: str = "") -> Reply:
    """A whole JSON document."""
    return page(json.dumps(body).encode(), "application/json", status, headers)


def head(status: int = 200, kind: str = "text/event-stream", headers: str = "", version: str = "1.1") -> bytes:
    return f"HTTP/{version} {status} X\r\ncontent-type: {kind}\r\n{headers}connection: close\r\n\r\n".encode()


def event(**fields: Any) -> bytes:
    """One event with just these fields."""
    return b"data: " + json.dumps(fields).encode() + b"\n\n"


def choice(delta: Any, finish: Any = None, index: Any = 0, **fields: Any) -> bytes:
    """One event with one choice."""
    return event(choices=[{"index": index, "delta": delta, "finish_reason": finish, **fields}])


def chunked(body: bytes) -> bytes:
    """The body in HTTP's own chunks, without the last."""
    return b"%x\r\n%s\r\n" % (len(body), body)


def whole(texts: Iterable[str], **fields: Any) -> dict[str, Any]:
    """A completion that was not streamed."""
    choices = [
        {"index": index, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        for index, text in enumerate(texts)
    ]
    return {"object": "chat.completion", "model": "served-model", "choices": choices, **fields}


def reset(exchange: Exchange) -> None:
    """Hang up without a farewell: the other side gets an RST."""
    held = exchange.writer.get_extra_info("socket")
    held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    exchange.writer.transport.abort()
