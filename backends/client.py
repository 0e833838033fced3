"""The OpenAI-compatible client, on a lean path.

The official client sends the request, with its authentication, retries and errors. The body is read
raw and decoded here, because the client's own typed stream costs about eight times more per chunk
(benchmarks/client.py).
"""

import asyncio
import importlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from backends.bodies import path_of
from backends.errors import BackendError, NotReady, RateLimited, Unreachable
from backends.events import events
from backends.foreign import of_exception, without_key
from backends.pace import Pace, backoff
from backends.reaching import of_setting_up, on_this_machine
from backends.replies import Replies
from backends.thoughts import TAGS
from backends.types import Delta, End

if TYPE_CHECKING:
    import httpx2
    import openai

RETRIES = 3
"""Tries after the first, for what can pass: 5xx and connection faults before the first byte."""
REFUSALS = 8
"""How often a request may be turned away with a 429. Each time it waits for its turn anew, among fewer (Pace): the
official client, which would try again by itself, knows nothing of the others."""
WHOLE_TOKENS_A_SECOND = 10.0
"""How slow an answer may be that does not stream: nothing comes until it is complete."""


class OpenAIClient:
    """One server that speaks the OpenAI protocol."""

    def __init__(
        self,
        base_url: str,
        read_key: Callable[[], str],
        timeout: float,
        organization: str | None = None,
        project: str | None = None,
        thinking_tags: Sequence[str] = TAGS,
    ) -> None:
        """`read_key` is called when the client starts and may raise BadKey; `timeout` in seconds, to
        the first piece of an answer and between pieces; one that does not stream has the time besides that its
        longest text takes."""
        self.base_url = base_url.rstrip("/")
        self._read_key = read_key
        self._key = ""
        self._timeout = timeout
        self._billed = {"organization": organization, "project": project}
        self._thinking_tags = thinking_tags
        self.notices: list[str] = []
        """What a reader has to know of how the models are asked, each once."""
        self._client: openai.AsyncOpenAI | None = None
        self._pace = Pace()
        self._counts_completion: set[str] = set()
        """Models that want `max_completion_tokens`, as they have said."""

    async def start(self) -> None:
        """Make ready; nothing is sent. Raises BadKey, Unreachable."""
        if self._client is not None:
            return
        key = self._read_key()
        # Half a second of imports: late, so that the screen is painted before, and in a thread.
        sending = await asyncio.to_thread(importlib.import_module, "backends.sending")
        self._key = key
        proxied, hooks = not on_this_machine(self.base_url), {"response": [self._keep_refusal]}
        try:
            self._client = sending.new_client(
                self.base_url, key, self._timeout, RETRIES, proxied, hooks, **self._billed
            )
        except Exception as error:
            raise of_setting_up(error, self.base_url) from error

    def as_sent(self, body: dict[str, Any]) -> dict[str, Any]:
        """The body with `max_tokens` under the name that the model wants it by."""
        if body["model"] not in self._counts_completion or "max_tokens" not in body:
            return body
        return {("max_completion_tokens" if key == "max_tokens" else key): value for key, value in body.items()}

    async def send(self, body: dict[str, Any], given: str = "") -> AsyncIterator[Delta | End]:
        """Yield the deltas of the answers to `body` and their Ends; `given` is what they go on from. Raises
        BackendError."""
        model, refusals, failures, begun = body["model"], 0, 0, False
        while True:
            try:
                async for item in self._read(self.as_sent(body), given, again=failures < RETRIES):
                    begun = True
                    yield item
                return
            except Exception as error:
                # A model that refuses the old name says so before anything else: asked once more, by the new one.
                if _wants_completion_tokens(error) and model not in self._counts_completion:
                    self._counts_completion.add(model)
                    continue
                ours = self._ours(error, model, self._patience(body))
                # Within a response of status 200 as well, as long as nothing was said.
                refused = isinstance(ours, RateLimited) and getattr(error, "status_code", 429) == 429 and not begun
                if refused and refusals < REFUSALS and self._pace.patient:
                    refusals += 1
                    continue
                passes = isinstance(error, BackendError) and error.passes and not refused
                if passes and failures < RETRIES and not begun:
                    await asyncio.sleep(backoff(failures))
                    failures += 1
                    continue
                raise ours from self._cause(error)

    async def _read(self, body: Mapping[str, Any], given: str, again: bool) -> AsyncIterator[Delta | End]:
        """One try; `again`: another may follow."""
        client = self._started
        text = path_of(dict(body)) == "/completions"
        resource = (client.completions if text else client.chat.completions).with_streaming_response
        named = {key: body[key] for key in ("model", "prompt" if text else "messages", "stream")}
        extra = {key: value for key, value in body.items() if key not in named}
        from backends.sending import timeouts

        limits = timeouts(self._timeout, self._patience(body))
        flight, well = await self._pace.turn(body), False
        broken: Exception | None = None
        try:
            replies = Replies(body.get("n", 1), given, self._thinking_tags)
            async with resource.create(**named, extra_body=extra, timeout=limits) as response:
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
                yield end
            self.notices += [notice for notice in replies.notices(body["model"]) if notice not in self.notices]
        except Exception as error:
            if getattr(error, "status_code", None) == 429:
                flight.refuse(error.response.headers)  # type: ignore[attr-defined]
            elif isinstance(error, RateLimited):
                flight.refuse({})
            raise
        finally:
            flight.end(well)

    def _patience(self, body: Mapping[str, Any]) -> float:
        """Seconds without a byte after which nothing more is expected."""
        if body["stream"]:
            return self._timeout
        longest = body.get("max_tokens") or body.get("max_completion_tokens") or 0
        return self._timeout + float(longest) / WHOLE_TOKENS_A_SECOND

    async def ask(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """What the server answers at a path of the API, or at one that begins with "//", of the server itself.

        With a body a POST, else a GET. Tried once, and once more when the connection broke: a server may close one
        that was idle at the very moment at which it is used again. Raises BackendError.
        """
        url = self.base_url.removesuffix("/v1") + path[1:] if path.startswith("//") else path
        model = str((body or {}).get("model", ""))
        for last in (False, True):
            try:
                return await self._ask_once(url, body)
            except Exception as error:
                ours = self._ours(error, model)
                if last or not isinstance(ours, Unreachable):
                    raise ours from self._cause(error)
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
            raise NotReady("the endpoint was not started", "press r to ask again")
        return self._client

    def _ours(self, error: Exception, model: str, waited: float | None = None) -> BackendError:
        return without_key(of_exception(error, self.base_url, model, waited or self._timeout), self._key)

    def _cause(self, error: Exception) -> Exception | None:
        """What a traceback may show: a server that repeats the key in its words is not quoted."""
        return None if self._key and self._key in str(error) else error

    async def _keep_refusal(self, response: "httpx2.Response") -> None:
        """Whoever is turned away waits here, in `send`, not in the official client."""
        if response.status_code == 429:
            response.headers["x-should-retry"] = "false"


def _wants_completion_tokens(error: Exception) -> bool:
    if isinstance(error, BackendError) or getattr(error, "status_code", None) != 400:
        return False
    refused = getattr(error, "code", None) == "unsupported_parameter" or "instead" in str(error)
    # A limit that is too large is told in the same words by some, and is no reason to ask again.
    return refused and getattr(error, "param", None) == "max_tokens" and "max_completion_tokens" in str(error)
