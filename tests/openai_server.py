"""A small HTTP server on loopback that speaks the OpenAI chat completions protocol, or misbehaves as told."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Reply = Callable[["Exchange"], Awaitable[None]]


@dataclass
class Exchange:
    """One request, and the connection to answer on."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    writer: asyncio.StreamWriter
    gone: asyncio.Event

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def head(self, status: int = 200, kind: str = "text/event-stream", extra: str = "") -> None:
        await self.send(f"HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\n{extra}connection: close\r\n\r\n".encode())

    async def error(self, status: int, body: Any) -> None:
        await self.head(status, "application/json")
        await self.send(json.dumps(body).encode())


@dataclass
class Server:
    """Where it listens and what it was asked."""

    base_url: str
    asked: list[Exchange] = field(default_factory=list)


def chunk(text: str | None = None, finish: str | None = None, **extra: Any) -> bytes:
    """One event of a stream."""
    choice: dict[str, Any] = {
        "index": 0,
        "delta": {"content": text} if text is not None else {},
        "finish_reason": finish,
    }
    document = {"model": "served-model", "system_fingerprint": "fp_1", "choices": [choice], **extra}
    return b"data: " + json.dumps(document).encode() + b"\n\n"


USAGE = {"prompt_tokens": 7, "completion_tokens": 3}


def answering(text: str, pause: float = 0.0) -> Reply:
    """Streams `text` word by word and ends as the API documents it."""

    async def reply(exchange: Exchange) -> None:
        await exchange.head(extra="x-request-id: req_1\r\n")
        for word in re.split(r"(?<= )", text):
            await exchange.send(chunk(word))
            if pause:
                await asyncio.sleep(pause)
        await exchange.send(chunk(finish="stop"))
        await exchange.send(chunk(choices=[], usage=USAGE) + b"data: [DONE]\n\n")

    return reply


@asynccontextmanager
async def serve(reply: Reply) -> AsyncIterator[Server]:
    """Serve on a free port of 127.0.0.1 until the block ends."""
    server_info: Server
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())  # type: ignore[arg-type]
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:]) if k}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            gone = asyncio.Event()
            exchange = Exchange(head[0].split()[1], headers, json.loads(body or b"{}"), writer, gone)
            server_info.asked.append(exchange)
            watcher = asyncio.create_task(_watch(reader, gone))
            try:
                await reply(exchange)
            finally:
                if not gone.is_set():
                    writer.close()
                    await asyncio.wait([watcher], timeout=0.2)
                watcher.cancel()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server_info = Server(f"http://127.0.0.1:{port}/v1")
    try:
        yield server_info
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _watch(reader: asyncio.StreamReader, gone: asyncio.Event) -> None:
    """Notice when the client hangs up."""
    while await reader.read(1024):
        pass
    gone.set()
