"""The client for servers that speak the OpenAI protocol.

The official client sends the request, with its authentication, retries and errors. The body of the response is read raw
and decoded here, because the official client's typed stream costs about eight times more per chunk
(benchmarks/client.py).
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

import msgspec

from diptych.backends.backend_errors import (
    BackendError,
    BadKey,
    Loading,
    NotReady,
    RateLimited,
    ServerError,
    TimedOut,
    Unreachable,
)
from diptych.backends.base_url import BaseURL
from diptych.backends.connection_errors import from_setup_error, may_pass
from diptych.backends.credentials import Credentials
from diptych.backends.endpoint import Patience
from diptych.backends.interface import Delta, End
from diptych.backends.learned_fields import LearnedFields
from diptych.backends.model_loading import LoadWait, ModelLoads
from diptych.backends.rate_limit_headers import retry_after
from diptych.backends.rate_limiter import RateLimiter, Ticket, backoff
from diptych.backends.request_bodies import path_of
from diptych.backends.response_timeouts import ResponseTimeouts
from diptych.backends.thoughts import TAGS
from diptych.errors import AGAIN

if TYPE_CHECKING:
    import httpx2
    import openai

    from diptych.backends.response_assembly import ResponseAssembly

RETRIES = 3
"""Tries after the first one, for faults that may pass: status 5xx, and connections that break before the first byte."""
REFUSALS = 8
"""How often one request may be refused with a 429 that names no wait, or one below a second. Refusals that name a
longer wait are limited by time alone (RateLimiter). Each time the request waits in the rate limiter again, with the
others; the official client would retry by itself, and does not know of the others."""


@dataclass
class _RequestInFlight:
    """One HTTP request for answers, until the last byte of its response."""

    ticket: Ticket
    assembly: "ResponseAssembly"
    broken: Exception | None = None
    """What ended the reading of the response early."""
    complete: bool = False
    """Whether the response was read to its end."""


class OpenAIClient:
    """One server that speaks the OpenAI protocol."""

    def __init__(
        self,
        base_url: str,
        read_credentials: Callable[[], Credentials],
        patience: Patience,
        organization: str | None = None,
        project: str | None = None,
        thinking_tags: Sequence[str] = TAGS,
    ) -> None:
        """`read_credentials` is called when the client starts, and may raise BadKey. An answer that is not streamed
        gets more time than `patience` says: as long as its longest text takes."""
        self._base_url = BaseURL(base_url)
        self.base_url = self._base_url.base
        self._read_credentials = read_credentials
        self._credentials = Credentials()
        self._billing = {"organization": organization, "project": project}
        self._thinking_tags = thinking_tags
        self._client: openai.AsyncOpenAI | None = None
        self._limiter = RateLimiter()
        self._learned = LearnedFields()
        self._loads = ModelLoads(patience.loading)
        self._timeouts = ResponseTimeouts(patience)
        self._end_notices: list[str] = []
        """What the reader should know about how answers ended."""

    @property
    def notices(self) -> list[str]:
        """What the reader should know about how the models are asked."""
        return [*self._learned.notices, *self._end_notices]

    async def start(self) -> None:
        """Make ready. Nothing is sent. Raises BadKey, Unreachable."""
        if self._client is not None:
            return
        credentials = self._read_credentials()
        http_client = await asyncio.to_thread(_import_http_client)
        self._credentials = credentials
        hooks = {"response": [self._disable_official_retry]}
        try:
            self._client = http_client.new_client(
                self._base_url, credentials, self._timeouts.patience.timeout, RETRIES, hooks, **self._billing
            )
        except Exception as error:
            raise from_setup_error(error, self.base_url) from error

    def as_sent(self, body: dict[str, Any]) -> dict[str, Any]:
        """The body without the fields that the model is known to refuse."""
        return self._learned.applied(body)

    async def send(self, body: dict[str, Any], given: str = "") -> AsyncIterator[Delta | End]:
        """Yield the deltas of the answers to `body`, and their Ends. `given`: the text that the answers continue.

        The request is sent again while nothing has come, when the fault may pass or another form of the request may
        succeed. Raises BackendError.
        """
        refusals, retries = 0, 0
        with self._loads.wait(body["model"]) as load_wait:
            while True:
                begun, sent = False, self.as_sent(body)
                try:
                    async for item in self._request(sent, given, last_try=retries >= RETRIES):
                        if not begun:
                            begun = True
                            load_wait.loaded()
                        yield item
                    return
                except Exception as error:
                    caught = error
                ours = self._as_ours(caught, body["model"], self._timeouts.first_byte(sent))
                wait = _named_wait(caught, ours) if isinstance(ours, RateLimited) else None
                if isinstance(ours, RateLimited) and (wait or 0.0) < 1.0:
                    refusals += 1
                if not begun and retries < RETRIES and _away_for_a_moment(caught, sent):
                    await asyncio.sleep(backoff(retries))
                    retries += 1
                    continue
                if begun or refusals > REFUSALS or not await self._may_retry(caught, ours, sent, load_wait):
                    raise ours from self._safe_cause(caught)
                if wait is not None and wait < backoff(0):
                    # Never without a pause, even if the server allows it.
                    await asyncio.sleep(backoff(0) - wait)

    async def _may_retry(self, error: Exception, ours: BackendError, sent: dict[str, Any], load_wait: LoadWait) -> bool:
        """Whether a request that failed may be sent again now. Waits where that is needed."""
        if self._learned.learn(error, ours, sent):
            return True
        if isinstance(ours, Loading):
            return await load_wait.until_retry(_named_wait(error, ours))
        # The rate limiter does the waiting.
        return isinstance(ours, RateLimited) and self._limiter.patient

    async def _request(self, body: dict[str, Any], given: str, last_try: bool) -> AsyncIterator[Delta | End]:
        """Send one HTTP request and read its response."""
        from diptych.backends.http_client import wait_between_bytes
        from diptych.backends.response_assembly import ResponseAssembly
        from diptych.backends.response_events import events

        ticket = await self._limiter.acquire(body)
        request = _RequestInFlight(ticket, ResponseAssembly(body.get("n", 1), given, self._thinking_tags))
        try:
            async with AsyncExitStack() as stack:
                with self._timeouts.silence_reported(body["model"]):
                    response = await stack.enter_async_context(self._post(body))
                self._timeouts.note_response(body["model"])
                wait_between_bytes(response.http_response, self._timeouts.between_bytes(body))
                await ticket.responded(response.headers)
                request.assembly.request_id = response.headers.get("x-request-id")
                try:
                    async for event in events(response.http_response):
                        for delta in request.assembly.feed(event):
                            yield delta
                    request.complete = True
                except Exception as error:
                    # Some of several answers may be complete, and of one answer everything but the last bytes.
                    request.broken = error
            for delta in request.assembly.flush():
                yield delta
            for end in request.assembly.ends(request.broken, retryable=not last_try):
                yield self._without_key(end)
            notices = request.assembly.notices(body["model"])
            self._end_notices += [notice for notice in notices if notice not in self._end_notices]
        except Exception as error:
            await _note_refusal(ticket, error)
            raise
        finally:
            await ticket.finished(request.complete)

    def _post(self, body: dict[str, Any]) -> Any:
        """The official client's request for a raw response, a context manager."""
        from diptych.backends.http_client import timeouts

        client = self._started
        text = path_of(body) == "/completions"
        resource = (client.completions if text else client.chat.completions).with_streaming_response
        named = {key: body[key] for key in ("model", "prompt" if text else "messages", "stream")}
        extra = {key: value for key, value in body.items() if key not in named}
        limits = timeouts(self._timeouts.patience.timeout, self._timeouts.first_byte(body))
        return resource.create(**named, extra_body=extra, timeout=limits)

    async def ask(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """What the server answers at a path of the API; at a path that begins with "//", of the server itself.

        With a body the request is a POST, else a GET. It is sent once, and once more when the connection broke: a
        server may close an idle connection at the moment at which it is used again. Raises BackendError.
        """
        model = str((body or {}).get("model", ""))
        with self._loads.wait(model) as load_wait:
            for last in (False, True):
                while True:
                    try:
                        return await self._ask_once(self._base_url.of(path), body)
                    except Exception as error:
                        caught = error
                    ours = self._as_ours(caught, model, self._timeouts.patience.timeout)
                    if not (isinstance(ours, Loading) and await load_wait.until_retry(_named_wait(caught, ours))):
                        break
                if last or not (isinstance(ours, Unreachable) and may_pass(caught)):
                    raise ours from self._safe_cause(caught)
        raise AssertionError("the last try returns or raises")

    async def _ask_once(self, url: str, body: Mapping[str, Any] | None) -> Any:
        if body is None:
            return await self._started.get(url, cast_to=object, options={"max_retries": 0})
        return await self._started.post(url, body=body, cast_to=object, options={"max_retries": 0})

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    @property
    def _started(self) -> "openai.AsyncOpenAI":
        if self._client is None:
            raise NotReady("the endpoint was not started", AGAIN)
        return self._client

    def _as_ours(self, error: Exception, model: str, timeout: float) -> BackendError:
        """An error as a BackendError; `timeout` in seconds, for the message."""
        from diptych.backends.error_mapping import from_exception, without_key

        ours = from_exception(error, self.base_url, model, timeout)
        if isinstance(ours, BadKey) and self._credentials.hint:
            ours = BadKey(ours.message, self._credentials.hint)
        return without_key(ours, *self._credentials.secrets)

    def _without_key(self, end: End) -> End:
        """The end of an answer without the key: a server may quote the key when it says what went wrong."""
        if end.fault is None:
            return end
        from diptych.backends.error_mapping import without_key

        return msgspec.structs.replace(end, fault=without_key(end.fault, *self._credentials.secrets))

    def _safe_cause(self, error: Exception) -> Exception | None:
        """The error for a traceback; None where its text holds the key."""
        from diptych.backends.error_mapping import masked

        return error if masked(str(error), *self._credentials.secrets) == str(error) else None

    async def _disable_official_retry(self, response: "httpx2.Response") -> None:
        """Keep the official client from retrying what `send` handles: waiting, and asking in another form. A whole
        answer that took too long is not asked for again either, because each try may be billed."""
        from diptych.backends.error_mapping import GATEWAY_TIMEOUTS, is_loading
        from diptych.backends.error_reports import decoded
        from diptych.backends.refused_fields import FIELDS, refused_field

        status = response.status_code
        if status == 429 or (status in GATEWAY_TIMEOUTS and _is_whole(response.request)):
            response.headers["x-should-retry"] = "false"
        elif status >= 500:
            # The official client reads the body anyway.
            body = decoded(await response.aread())
            if is_loading(status, body) or refused_field(body, FIELDS):
                response.headers["x-should-retry"] = "false"


def _import_http_client() -> ModuleType:
    """Import what sends requests and reads responses. This takes half a second: it is done late and in a thread, so
    that the screen is painted first."""
    from diptych.backends import (  # noqa: F401
        error_mapping,
        http_client,
        refused_fields,
        response_assembly,
        response_events,
    )

    return http_client


async def _note_refusal(ticket: Ticket, error: Exception) -> None:
    """Let the rate limiter know if the error is a refusal."""
    if getattr(error, "status_code", None) == 429:
        from diptych.backends.error_mapping import full_text

        await ticket.refused(error.response.headers, full_text(error))  # type: ignore[attr-defined]
    elif isinstance(error, RateLimited):
        await ticket.refused({}, error.message)


def _named_wait(error: Exception, ours: BackendError) -> float | None:
    """The seconds to wait that an error names."""
    from diptych.backends.error_mapping import full_text

    response = getattr(error, "response", None)
    return retry_after(response.headers if response is not None else {}, f"{full_text(error)} {ours.message}")


def _is_whole(request: "httpx2.Request") -> bool:
    """Whether the request asks for answers that are not streamed."""
    # Within the text of a prompt the quotation marks would be escaped.
    return b'"stream":false' in request.content or b'"stream": false' in request.content


def _away_for_a_moment(error: Exception, sent: Mapping[str, Any]) -> bool:
    """Whether a response of status 200 says that the server, or one behind it, is away for a moment. A whole answer
    that took too long does not count: it may be billed."""
    passing = ServerError | TimedOut if sent["stream"] else ServerError
    return isinstance(error, passing) and error.passes
