"""The OpenAI-compatible client, on a lean path.

The official client sends the request, with its authentication, retries and errors. The body is read
raw and decoded here, because the client's own typed stream costs about eight times more per chunk
(benchmarks/client.py).
"""

import asyncio
import importlib
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from backends.chunks import Chunk, decode_chunk
from backends.errors import Dropped, NotReady
from backends.foreign import of_event, of_exception
from backends.sse import EventDecoder
from backends.types import Delta, End, Progress, Request, TokenLogprob, Usage

if TYPE_CHECKING:
    import httpx2
    import openai

RETRIES = 3
"""Tries after the first, for what can pass: 429, 5xx and connection faults before the first byte."""


def chat_body(request: Request) -> dict[str, Any]:
    """The JSON body of a streamed chat completion request."""
    sampling = request.sampling
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [{"role": m.role, "content": m.content} for m in request.messages],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    for name in ("temperature", "top_p", "seed", "max_tokens"):
        value = getattr(sampling, name)
        if value is not None:
            body[name] = value
    if sampling.logprobs is not None:
        body["logprobs"] = True
        body["top_logprobs"] = sampling.logprobs
    return body


class OpenAIClient:
    """Answers from any server that speaks the OpenAI chat completions protocol."""

    def __init__(self, base_url: str, read_key: Callable[[], str], timeout: float) -> None:
        """`read_key` is called when the client starts and may raise BadKey; `timeout` in seconds, to
        the first piece of an answer and between pieces."""
        self._base_url = base_url
        self._read_key = read_key
        self._timeout = timeout
        self._client: openai.AsyncOpenAI | None = None

    @property
    def log(self) -> Sequence[str]:
        """Nothing: the server is another's."""
        return ()

    async def start(self, progress: Progress) -> None:
        """Make ready; nothing is sent. Raises BadKey."""
        if self._client is not None:
            return
        key = self._read_key()
        # Half a second of imports: late, so that the screen is painted before, and in a thread.
        openai = await asyncio.to_thread(importlib.import_module, "openai")
        # A proxy that the environment names is not asked for a server on this machine.
        loopback = urlsplit(self._base_url).hostname in ("127.0.0.1", "localhost", "::1")
        self._client = openai.AsyncOpenAI(
            base_url=self._base_url,
            api_key=key,
            timeout=self._timeout,
            max_retries=RETRIES,
            http_client=openai.DefaultAsyncHttpxClient(
                trust_env=not loopback, event_hooks={"response": [_no_retry_without_quota]}
            ),
        )

    def body(self, request: Request) -> dict[str, Any]:
        """The JSON body of the request, as it is sent."""
        return chat_body(request)

    def stream(self, request: Request) -> AsyncIterator[Delta | End]:
        """Yield the deltas of one answer and, last, its End. Raises BackendError."""
        return self.send(self.body(request))

    async def send(self, body: Mapping[str, Any]) -> AsyncIterator[Delta | End]:
        """As `stream`, for a body that is made already."""
        if self._client is None:
            raise NotReady("the endpoint was not started", "press r to ask again")
        completions = self._client.chat.completions.with_streaming_response
        named = {key: body[key] for key in ("model", "messages", "stream")}
        extra = {key: value for key, value in body.items() if key not in named}
        decoder = EventDecoder()
        reply = _Reply(time.monotonic())
        try:
            async with completions.create(**named, extra_body=extra) as response:
                reply.request_id = response.headers.get("x-request-id")
                async for data in response.http_response.aiter_bytes():
                    for event in decoder.decode(data):
                        if (delta := reply.read(event)) is not None:
                            yield delta
                for event in decoder.flush():
                    if (delta := reply.read(event)) is not None:
                        yield delta
        except Exception as error:
            raise of_exception(error, self._base_url, body["model"], self._timeout) from error
        yield reply.end()

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None


async def _no_retry_without_quota(response: "httpx2.Response") -> None:
    """Tell the official client that waiting does not fill an account."""
    if response.status_code == 429 and b"insufficient_quota" in await response.aread():
        response.headers["x-should-retry"] = "false"


class _Reply:
    """One answer while it is read."""

    def __init__(self, sent: float) -> None:
        self._sent = sent
        self._finish_reason: str | None = None
        self._usage: Usage | None = None
        self._model: str | None = None
        self._fingerprint: str | None = None
        self.request_id: str | None = None

    def read(self, event: bytes) -> Delta | None:
        """The delta that one event brings, if it brings text. Raises BackendError, msgspec.DecodeError."""
        if event == b"[DONE]":
            return None
        chunk = decode_chunk(event)
        if chunk.error is not None:
            raise of_event(chunk.error)
        self._note(chunk)
        # One choice was asked for; what a server says under another index is another answer.
        choice = next((c for c in chunk.choices or () if c.index == 0), None)
        if choice is None:
            return None
        if choice.finish_reason:
            self._finish_reason = choice.finish_reason
        field = choice.delta
        text = (field.content or field.refusal) if field else None
        if not text:
            return None
        drawn = choice.logprobs.content if choice.logprobs else None
        logprobs = tuple(
            TokenLogprob(t.token, t.logprob, tuple((a.token, a.logprob) for a in t.top_logprobs or ()))
            for t in drawn or ()
        )
        return Delta(text, len(logprobs) or 1, time.monotonic() - self._sent, logprobs)

    def _note(self, chunk: Chunk) -> None:
        self._model = chunk.model or self._model
        self._fingerprint = chunk.system_fingerprint or self._fingerprint
        if chunk.usage is not None:
            self._usage = Usage(chunk.usage.prompt_tokens, chunk.usage.completion_tokens)

    def end(self) -> End:
        """The end of the answer. Raises Dropped when the server never said that it was complete."""
        if self._finish_reason is None:
            raise Dropped("the answer broke off before its end", "what came is kept; press r to ask again")
        return End(
            self._finish_reason,
            time.monotonic() - self._sent,
            self._usage,
            self._model,
            self._fingerprint,
            self.request_id,
        )
