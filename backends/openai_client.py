"""The OpenAI-compatible client, on a lean path.

The official client sends the request, with its authentication, retries and errors. The body is read
raw and decoded here, because the client's own typed stream costs about eight times more per chunk
(benchmarks/client.py).
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

import msgspec

from diptych.backends.base_url import Address
from diptych.backends.connection_errors import may_pass, of_setting_up
from diptych.backends.credentials import Access
from diptych.backends.endpoint import Patience
from diptych.backends.errors import (
    BackendError,
    BadKey,
    Loading,
    NotReady,
    RateLimited,
    ServerError,
    TimedOut,
    Unreachable,
)
from diptych.backends.interface import Delta, End
from diptych.backends.learned_fields import LearnedFields
from diptych.backends.listeners import tell
from diptych.backends.model_loading import Loads, Visit
from diptych.backends.rate_limiter import Pace, backoff, retry_after
from diptych.backends.request_bodies import path_of
from diptych.backends.thoughts import TAGS
from diptych.errors import AGAIN

if TYPE_CHECKING:
    import httpx2
    import openai

RETRIES = 3
"""Tries after the first, for what can pass: 5xx and connection faults before the first byte."""
REFUSALS = 8
"""How often a request may be turned away with a 429 that does not say for how long, or for less than a second; those
that say more are bounded by time alone (Pace). Each time it waits for its turn anew, among fewer: the official client,
which would try again by itself, knows nothing of the others."""
WHOLE_TOKENS_A_SECOND = 10.0
"""How slow an answer may be that does not stream: nothing comes until it is complete."""
QUIET_SECONDS = 10.0
"""After which it is told that nothing has come of the first answer of a model."""


class OpenAIClient:
    """One server that speaks the OpenAI protocol."""

    def __init__(
        self,
        base_url: str,
        read_access: Callable[[], Access],
        patience: Patience,
        organization: str | None = None,
        project: str | None = None,
        thinking_tags: Sequence[str] = TAGS,
    ) -> None:
        """`read_access` is called when the client starts and may raise BadKey. An answer that does not stream has,
        besides what `patience` says, the time that its longest text takes."""
        self._address = Address(base_url)
        self.base_url = self._address.base
        self._read_access = read_access
        self._access = Access()
        self._patience = patience
        self._billed = {"organization": organization, "project": project}
        self._thinking_tags = thinking_tags
        self._endings: list[str] = []
        """What a reader has to know of how answers end."""
        self._client: openai.AsyncOpenAI | None = None
        self._pace = Pace()
        self._learned = LearnedFields()
        self._loads = Loads(patience.loading)
        self._answered: set[str] = set()
        """Models that have answered."""

    @property
    def notices(self) -> list[str]:
        """What a reader has to know of how the models are asked."""
        return [*self._learned.notices, *self._endings]

    async def start(self) -> None:
        """Make ready; nothing is sent. Raises BadKey, Unreachable."""
        if self._client is not None:
            return
        access = self._read_access()
        http_client = await asyncio.to_thread(_imported)
        self._access = access
        hooks = {"response": [self._keep_from_trying_again]}
        try:
            self._client = http_client.new_client(
                self._address, access, self._patience.timeout, RETRIES, hooks, **self._billed
            )
        except Exception as error:
            raise of_setting_up(error, self.base_url) from error

    def as_sent(self, body: dict[str, Any]) -> dict[str, Any]:
        """The body as the model wants it, as far as that is known."""
        return self._learned.applied(body)

    async def send(self, body: dict[str, Any], given: str = "") -> AsyncIterator[Delta | End]:
        """Yield the deltas of the answers to `body` and their Ends; `given` is what they go on from. What can pass, and
        what can be asked in another way, is asked again as long as nothing has come. Raises BackendError."""
        turned_away, failures = 0, 0
        with self._loads.visit(body["model"]) as visit:
            while True:
                begun, sent = False, self.as_sent(body)
                try:
                    async for item in self._read(sent, given, again=failures < RETRIES):
                        if not begun:
                            begun = True
                            visit.passed()
                        yield item
                    return
                except Exception as error:
                    caught = error
                ours = self._ours(caught, body["model"], self._longest(sent))
                told = _told_wait(caught, ours) if isinstance(ours, RateLimited) else None
                if isinstance(ours, RateLimited) and (told or 0.0) < 1.0:
                    turned_away += 1
                if not begun and failures < RETRIES and _is_away(caught, sent):
                    await asyncio.sleep(backoff(failures))
                    failures += 1
                    continue
                if begun or turned_away > REFUSALS or not await self._may_come_again(caught, ours, sent, visit):
                    raise ours from self._cause(caught)
                if told is not None and told < backoff(0):
                    # Not without a pause, even where the server says so.
                    await asyncio.sleep(backoff(0) - told)

    async def _may_come_again(self, error: Exception, ours: BackendError, sent: dict[str, Any], visit: Visit) -> bool:
        """Whether a question that was refused can be asked again, now that this was waited for."""
        if self._learned.learn(error, ours, sent):
            return True
        if isinstance(ours, Loading):
            return await visit.again(_told_wait(error, ours))
        # The wait is that for the turn.
        return isinstance(ours, RateLimited) and self._pace.patient

    async def _read(self, body: Mapping[str, Any], given: str, again: bool) -> AsyncIterator[Delta | End]:
        """One try; `again`: another may follow."""
        client = self._started
        text = path_of(dict(body)) == "/completions"
        resource = (client.completions if text else client.chat.completions).with_streaming_response
        named = {key: body[key] for key in ("model", "prompt" if text else "messages", "stream")}
        extra = {key: value for key, value in body.items() if key not in named}
        from diptych.backends.http_client import timeouts, wait_between_bytes
        from diptych.backends.response_assembly import Replies
        from diptych.backends.response_events import events

        limits = timeouts(self._patience.timeout, self._longest(body))
        flight, well = await self._pace.turn(body), False
        broken: Exception | None = None
        try:
            replies = Replies(body.get("n", 1), given, self._thinking_tags)
            async with AsyncExitStack() as stack:
                with self._quiet(body):
                    asked = resource.create(**named, extra_body=extra, timeout=limits)
                    response = await stack.enter_async_context(asked)
                self._answered.add(body["model"])
                wait_between_bytes(response.http_response, self._between(body))
                flight.land(response.headers)
                replies.request_id = response.headers.get("x-request-id")
                try:
                    async for event in events(response.http_response):
                        for delta in replies.read(event):
                            yield delta
                    well = True
                except Exception as error:
                    # Of several answers some may be complete, and of one all but what follows it.
                    broken = error
            for delta in replies.rest():
                yield delta
            for end in replies.ends(broken, again):
                yield self._without_key(end)
            self._endings += [notice for notice in replies.notices(body["model"]) if notice not in self._endings]
        except Exception as error:
            if getattr(error, "status_code", None) == 429:
                from diptych.backends.error_mapping import all_said

                flight.refuse(error.response.headers, all_said(error))  # type: ignore[attr-defined]
            elif isinstance(error, RateLimited):
                flight.refuse({}, error.message)
            raise
        finally:
            flight.end(well)

    def _between(self, body: Mapping[str, Any]) -> float:
        """Seconds without a byte after which nothing more is expected."""
        if body["stream"]:
            return self._patience.timeout
        longest = body.get("max_tokens") or body.get("max_completion_tokens") or 0
        return self._patience.timeout + float(longest) / WHOLE_TOKENS_A_SECOND

    def _longest(self, body: Mapping[str, Any]) -> float:
        """The same until the first byte: a server may load a model that has not answered yet, and say nothing."""
        if self._patience.strict or body["model"] in self._answered:
            return self._between(body)
        return max(self._between(body), self._patience.loading)

    @contextmanager
    def _quiet(self, body: Mapping[str, Any]) -> Iterator[None]:
        """Tell how long a model that has not answered yet is waited for."""
        if body["model"] in self._answered:
            yield
            return
        telling = asyncio.create_task(_tell_of_silence())
        try:
            yield
        finally:
            telling.cancel()

    async def ask(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """What the server answers at a path of the API, or at one that begins with "//", of the server itself.

        With a body a POST, else a GET. Tried once, and once more when the connection broke: a server may close one
        that was idle at the very moment at which it is used again. Raises BackendError.
        """
        model = str((body or {}).get("model", ""))
        with self._loads.visit(model) as visit:
            for last in (False, True):
                while True:
                    try:
                        return await self._ask_once(self._address.of(path), body)
                    except Exception as error:
                        caught = error
                    ours = self._ours(caught, model)
                    if not (isinstance(ours, Loading) and await visit.again(_told_wait(caught, ours))):
                        break
                if last or not (isinstance(ours, Unreachable) and may_pass(caught)):
                    raise ours from self._cause(caught)
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

    def _ours(self, error: Exception, model: str, waited: float | None = None) -> BackendError:
        from diptych.backends.error_mapping import of_exception, without_key

        ours = of_exception(error, self.base_url, model, waited or self._patience.timeout)
        if isinstance(ours, BadKey) and self._access.hint:
            ours = BadKey(ours.message, self._access.hint)
        return without_key(ours, *self._access.secrets)

    def _without_key(self, end: End) -> End:
        """The end of an answer, without the key where a server repeats it in what it says went wrong."""
        if end.fault is None:
            return end
        from diptych.backends.error_mapping import without_key

        return msgspec.structs.replace(end, fault=without_key(end.fault, *self._access.secrets))

    def _cause(self, error: Exception) -> Exception | None:
        """What a traceback may show: a server that repeats the key in its words is not quoted."""
        from diptych.backends.error_mapping import masked

        return error if masked(str(error), *self._access.secrets) == str(error) else None

    async def _keep_from_trying_again(self, response: "httpx2.Response") -> None:
        """What has to be waited for, or asked in another way, is seen to in `send`, not in the official client. Nor
        does that ask again for a whole answer that has taken too long: each try may be billed."""
        from diptych.backends.error_mapping import GATEWAY_TIMEOUTS, is_loading
        from diptych.backends.error_reports import decoded
        from diptych.backends.refused_fields import FIELDS, refused_field

        status = response.status_code
        if status == 429 or (status in GATEWAY_TIMEOUTS and _was_whole(response.request)):
            response.headers["x-should-retry"] = "false"
        elif status >= 500:
            # The official client reads it anyway.
            body = decoded(await response.aread())
            if is_loading(status, body) or refused_field(body, FIELDS):
                response.headers["x-should-retry"] = "false"


def _imported() -> ModuleType:
    """What sends, with all that reads what comes back: half a second of imports, late, so that the screen is painted
    before, and in a thread."""
    from diptych.backends import (  # noqa: F401
        error_mapping,
        http_client,
        refused_fields,
        response_assembly,
        response_events,
    )

    return http_client


async def _tell_of_silence() -> None:
    began = time.monotonic()
    await asyncio.sleep(QUIET_SECONDS)
    while True:
        tell(f"no answer yet, the model may still be loading · {time.monotonic() - began:.0f} s")
        await asyncio.sleep(1.0)


def _told_wait(error: Exception, ours: BackendError) -> float | None:
    """How long an error says to wait."""
    from diptych.backends.error_mapping import all_said

    response = getattr(error, "response", None)
    return retry_after(response.headers if response is not None else {}, f"{all_said(error)} {ours.message}")


def _was_whole(request: "httpx2.Request") -> bool:
    # In the words of a prompt the quotes would be escaped.
    return b'"stream":false' in request.content or b'"stream": false' in request.content


def _is_away(error: Exception, sent: Mapping[str, Any]) -> bool:
    """Whether a server, or one behind it, says within a response of status 200 that it is away for a moment; a whole
    answer that took too long may be billed."""
    may_follow = ServerError | TimedOut if sent["stream"] else ServerError
    return isinstance(error, may_follow) and error.passes
