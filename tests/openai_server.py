"""A small HTTP server on loopback that answers as the OpenAI API documents, or misbehaves as told."""

import asyncio
import json
import re
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
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


def chunk(text: str | None = None, finish: str | None = None, index: int = 0, **extra: Any) -> bytes:
    """One event of a stream."""
    choice: dict[str, Any] = {
        "index": index,
        "delta": {"content": text} if text is not None else {},
        "logprobs": None,
        "finish_reason": finish,
    }
    document = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "served-model",
        "system_fingerprint": "fp_1",
        "choices": [choice],
        "usage": None,
        **extra,
    }
    return b"data: " + json.dumps(document).encode() + b"\n\n"


USAGE = {"prompt_tokens": 7, "completion_tokens": 3}


def answering(text: str, pause: float = 0.0) -> Reply:
    """Streams `text` word by word and ends as the API documents it."""

    async def reply(exchange: Exchange) -> None:
        await exchange.head(extra="x-request-id: req_1\r\n")
        await exchange.send(_role(0))
        for word in re.split(r"(?<= )", text):
            await exchange.send(chunk(word))
            if pause:
                await asyncio.sleep(pause)
        await exchange.send(chunk(finish="stop"))
        await exchange.send(chunk(choices=[], usage=USAGE) + b"data: [DONE]\n\n")

    return reply


def _role(index: int) -> bytes:
    delta = {"role": "assistant", "content": "", "refusal": None}
    return chunk(choices=[{"index": index, "delta": delta, "logprobs": None, "finish_reason": None}])


def as_one(events: Iterable[bytes]) -> Any:
    """The answers of a stream as they come without streaming."""
    document: dict[str, Any] = {}
    choices: dict[int, dict[str, Any]] = {}
    for event in b"".join(events).split(b"\n\n"):
        if not event.startswith(b"data: {"):
            continue
        piece = json.loads(event.removeprefix(b"data: "))
        document |= {key: value for key, value in piece.items() if value is not None and key != "choices"}
        for choice in piece["choices"]:
            whole = choices.setdefault(choice["index"], {"index": choice["index"], "message": {}, "logprobs": None})
            for name, value in choice["delta"].items():
                before = whole["message"].get(name)
                whole["message"][name] = value if before is None or name == "role" else before + (value or "")
            if choice.get("logprobs"):
                told = whole["logprobs"] or {"content": [], "refusal": None}
                whole["logprobs"] = told | {"content": told["content"] + choice["logprobs"]["content"]}
            whole["finish_reason"] = choice.get("finish_reason")
    return document | {"object": "chat.completion", "choices": [choices[index] for index in sorted(choices)]}


def error_body(message: str, kind: str = "invalid_request_error", param: Any = None, code: Any = None) -> Any:
    """An error as the API documents it."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


@dataclass
class OpenAI:
    """Answers as the API documents: models, chat completions with interleaved choices, errors, headers.

    A model of `reasoning` takes neither max_tokens nor temperature; `limit` requests pass in each window of
    `window` seconds, and one more is a 429.
    """

    models: tuple[str, ...] = ("gpt-base", "ft:gpt-4o-2024-08-06:org::id")
    words: tuple[str, ...] = ("Yes ", "indeed.")
    key: str | None = None
    reasoning: tuple[str, ...] = ()
    most_choices: int = 128
    filtered: tuple[int, ...] = ()
    """Choices that the policy cuts off after their first word."""
    limit: int | None = None
    window: float = 0.4
    turned_away: int = 0
    """How often there was a 429."""
    _window_ends: float = 0.0
    _used: int = 0

    async def __call__(self, exchange: Exchange) -> None:
        status, body = self._refusal(exchange)
        headers = self._headers()
        if body is not None:
            await exchange.head(status, "application/json", headers)
            await exchange.send(json.dumps(body).encode())
        elif exchange.path == "/v1/models":
            listed = [{"id": m, "object": "model", "created": 1, "owned_by": "org"} for m in self.models]
            await exchange.head(200, "application/json", headers)
            await exchange.send(json.dumps({"object": "list", "data": listed}).encode())
        elif exchange.body.get("stream"):
            await exchange.head(extra=headers)
            for event in self._events(exchange.body):
                await exchange.send(event)
        else:
            whole = json.dumps(
                as_one(self._events(exchange.body | {"stream_options": {"include_usage": True}}))
            ).encode()
            await exchange.head(200, "application/json", f"{headers}content-length: {len(whole)}\r\n")
            await exchange.send(whole)

    def _refusal(self, exchange: Exchange) -> tuple[int, Any]:
        body, model = exchange.body, exchange.body.get("model")
        if self.key is not None and exchange.headers.get("authorization") != f"Bearer {self.key}":
            said = exchange.headers.get("authorization", "").removeprefix("Bearer ")
            return 401, error_body(f"Incorrect API key provided: {said}.", code="invalid_api_key")
        if exchange.path == "/v1/models":
            return 200, None
        if exchange.path != "/v1/chat/completions":
            return 404, error_body(f"Invalid URL (POST {exchange.path})")
        if model not in self.models:
            said = f"The model `{model}` does not exist or you do not have access to it."
            return 404, error_body(said, code="model_not_found")
        if model in self.reasoning and "max_tokens" in body:
            said = "Unsupported parameter: 'max_tokens' is not supported with this model."
            said += " Use 'max_completion_tokens' instead."
            return 400, error_body(said, param="max_tokens", code="unsupported_parameter")
        if model in self.reasoning and body.get("temperature", 1) != 1:
            said = "Unsupported value: 'temperature' does not support this with this model. Only the default (1)."
            return 400, error_body(said, param="temperature", code="unsupported_value")
        if not self._counted():
            self.turned_away += 1
            said = "Rate limit reached for requests"
            return 429, error_body(said, "requests", code="rate_limit_exceeded")
        return 200, None

    def _counted(self) -> bool:
        """Take one of what the window allows."""
        now = time.monotonic()
        if now >= self._window_ends:
            self._window_ends, self._used = now + self.window, 0
        self._used += 1
        return self.limit is None or self._used <= self.limit

    def _headers(self) -> str:
        told = {
            "x-request-id": "req_1",
            "openai-organization": "org",
            "openai-version": "2020-10-01",
            "openai-processing-ms": "12",
        }
        if self.limit is not None:
            told |= {
                "x-ratelimit-limit-requests": str(self.limit),
                "x-ratelimit-remaining-requests": str(max(0, self.limit - self._used)),
                "x-ratelimit-reset-requests": f"{max(0.0, self._window_ends - time.monotonic()) * 1000:.0f}ms",
            }
        return "".join(f"{name}: {value}\r\n" for name, value in told.items())

    def _events(self, body: dict[str, Any]) -> Iterator[bytes]:
        choices = range(min(body.get("n", 1), self.most_choices))
        for index in choices:
            yield _role(index)
        count = 0
        for number, word in enumerate(self.words):
            for index in choices:
                if number and index in self.filtered:
                    continue
                count += 1
                choice = {"index": index, "delta": {"content": word}, "logprobs": None, "finish_reason": None}
                if body.get("logprobs"):
                    token = {"token": word, "logprob": -0.1, "bytes": None, "top_logprobs": []}
                    choice["logprobs"] = {"content": [token], "refusal": None}
                yield chunk(choices=[choice], model=body["model"])
        for index in choices:
            yield chunk(finish="content_filter" if index in self.filtered else "stop", index=index)
        if (body.get("stream_options") or {}).get("include_usage"):
            tokens = {"prompt_tokens": 7, "completion_tokens": count, "total_tokens": 7 + count}
            yield chunk(choices=[], usage=tokens, model=body["model"])
        yield b"data: [DONE]\n\n"


@asynccontextmanager
async def serve(reply: Reply, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """Serve on a free port of 127.0.0.1 until the block ends; with `tls` by https."""
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

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    server_info = Server(f"http{'s' if tls else ''}://127.0.0.1:{port}/v1")
    try:
        yield server_info
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _watch(reader: asyncio.StreamReader, gone: asyncio.Event) -> None:
    """Notice when the client hangs up, with bytes of the answer unread (a reset) or without."""
    with suppress(ConnectionError):
        while await reader.read(1024):
            pass
    gone.set()
