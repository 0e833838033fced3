"""Slowing down before the server has to: what the rate-limit headers of an API allow, and what its refusals teach."""

import asyncio
import math
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from backends.errors import RateLimited

UNTOLD = 4
"""Requests that may be on their way before a response has told whether there are limits: one for each side."""
LONGEST_SECONDS = 120.0
"""How long a request waits for its turn; that it would take longer is told at once."""
BACKOFF_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""How long everybody waits after a refusal that does not say it, after another one, and so on."""
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|d|h|m|s)")
_SECONDS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_EPOCH = 1e9
"""A reset above this is a moment since 1970, in seconds or milliseconds."""
_CHARS_PER_TOKEN = 4
"""A guess, on the high side, for what a prompt will cost before the server has counted it."""
_STYLES = {
    "requests": ("x-ratelimit-{}-requests", "anthropic-ratelimit-requests-{}", "x-ratelimit-{}", "ratelimit-{}"),
    "tokens": ("x-ratelimit-{}-tokens", "anthropic-ratelimit-tokens-{}"),
}
"""The header that holds "limit", "remaining" or "reset": of OpenAI, Groq and vLLM routers, Anthropic, OpenRouter."""


def seconds(text: str) -> float | None:
    """How long from now, as headers write it: "6m0s", "120ms", plain seconds, a moment since 1970 in seconds or
    milliseconds, or a date of ISO 8601 or HTTP, of UTC where it names no zone; None for anything else."""
    text = text.strip()
    if _PART.sub("", text) == "" and text:
        together = sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
        return together if math.isfinite(together) else None
    try:
        value = float(text)
    except ValueError:
        return _until_date(text)
    if not math.isfinite(value) or value < 0:
        return None
    if value > _EPOCH:
        return max(0.0, (value / 1000 if value > _EPOCH * 1000 else value) - time.time())
    return value


class Pace:
    """Lets the requests to one server pass as long as something remains of what it allows.

    A server tells what remains with every response; what is on its way, and may not be counted there yet, is taken
    off here. At a reset not all that wait rush in, but as many as the limit allows, or, where the server does not
    tell its limit, one, which brings the news.

    A refusal holds everybody back for as long as it says, and halves the number of requests that may be under way at
    once; each such number that comes to its end allows one more (additive increase, multiplicative decrease: Chiu and
    Jain 1989). The refusals of requests that had left before the halving are its echo, and do not halve again.
    """

    def __init__(self) -> None:
        self.window = math.inf
        """Requests that may be under way at once."""
        self._budgets = {kind: _Budget() for kind in _STYLES}
        self._news = asyncio.Event()
        self._told = False
        self._flying = 0
        """Requests without a response."""
        self._under_way = 0
        """Requests whose answer is not complete."""
        self._left = 0
        self._halved_at = 0
        """Requests that had left when the window was halved."""
        self._closed_until = 0.0
        self._refusals = 0
        """Windows in a row that were refused."""

    @property
    def patient(self) -> bool:
        """Whether the wait for the next turn is not too long."""
        return self._closed_until - time.monotonic() <= LONGEST_SECONDS

    async def turn(self, body: Mapping[str, Any]) -> "Flight":
        """Return when the request may be sent. Raises RateLimited when that is too far off."""
        costs = {"requests": 1.0, "tokens": _tokens(body)}
        while (wait := self._wait(costs)) > 0:
            if LONGEST_SECONDS < wait < math.inf:
                raise RateLimited(
                    f"the endpoint allows no further request for {in_words(wait)}", "wait, or use another endpoint"
                )
            # Woken by the next response, or when the wait is over.
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), None if math.isinf(wait) else wait)
        self._flying += 1
        self._under_way += 1
        self._left += 1
        for kind, budget in self._budgets.items():
            budget.flying += costs[kind]
        return Flight(self, costs, self._left)

    def refused(self, headers: Mapping[str, str], number: int) -> None:
        """Take note of a 429 to the request of that number: nobody goes before the server says so."""
        self._told = True
        told = [budget.heed(kind, headers) for kind, budget in self._budgets.items()]
        wait = _retry_after(headers)
        if number > self._halved_at:
            self.window = max(1.0, min(self.window, self._under_way) / 2)
            self._halved_at = self._left
            if wait is None and not any(told):
                wait = backoff(self._refusals)
            self._refusals += 1
        if wait is not None:
            self._closed_until = max(self._closed_until, time.monotonic() + wait)

    def landed(self, flight: "Flight", headers: Mapping[str, str] | None) -> None:
        """Take note of a response, or, without headers, that there is none."""
        self._flying -= 1
        self._told = self._told or headers is not None
        for kind, budget in self._budgets.items():
            budget.land(kind, flight, headers)
        self._news.set()
        self._news.clear()

    def ended(self, well: bool) -> None:
        """Take note that an answer is complete, or will never be."""
        self._under_way -= 1
        if well:
            self.window += 1 / self.window
            self._refusals = 0
        self._news.set()
        self._news.clear()

    def _wait(self, costs: Mapping[str, float]) -> float:
        if not self._told:
            return math.inf if self._flying >= UNTOLD else 0.0
        if self._under_way + 1 > self.window:
            return math.inf
        closed = self._closed_until - time.monotonic()
        return max(closed, *(budget.wait(costs[kind]) for kind, budget in self._budgets.items()))


class Flight:
    """One request on its way."""

    def __init__(self, pace: Pace, costs: Mapping[str, float], number: int) -> None:
        self.costs = costs
        self._pace = pace
        self._number = number
        self._landed = False

    def land(self, headers: Mapping[str, str] | None = None) -> None:
        """The response has come, or will never come; only the first call counts."""
        if not self._landed:
            self._landed = True
            self._pace.landed(self, headers)

    def refuse(self, headers: Mapping[str, str]) -> None:
        """The response is a 429."""
        self._pace.refused(headers, self._number)
        self.land(headers)

    def end(self, well: bool) -> None:
        """The answer is complete, or will never be: nothing more comes of this request."""
        self.land()
        self._pace.ended(well)


class _Budget:
    """What remains until a moment at which it is full again."""

    def __init__(self) -> None:
        self.flying = 0.0
        self._limit: float | None = None
        self._left = math.inf
        self._full_at: float | None = None

    def wait(self, cost: float) -> float:
        """Seconds until `cost` may be spent; infinite when a response must come first."""
        self._refill()
        if self._left - self.flying >= (cost if self._limit is None else min(cost, self._limit)):
            return 0.0
        if self._full_at is not None:
            return max(0.001, self._full_at - time.monotonic())
        # Nobody is out who could tell: go and see.
        return math.inf if self.flying else 0.0

    def heed(self, kind: str, headers: Mapping[str, str]) -> bool:
        """Take over what headers say; returns whether they say anything."""
        self._refill()
        for style in _STYLES[kind]:
            left = _number(headers.get(style.format("remaining")))
            reset = seconds(headers.get(style.format("reset"), ""))
            if left is None or reset is None:
                continue
            full_at = time.monotonic() + reset
            if self._full_at is not None:
                # Responses overtake one another: until the reset the least that was told, and the latest reset, hold.
                left, full_at = min(left, self._left), max(full_at, self._full_at)
            self._left, self._full_at = left, full_at
            self._limit = _number(headers.get(style.format("limit")))
            return True
        return False

    def _refill(self) -> None:
        if self._full_at is not None and time.monotonic() >= self._full_at:
            self._left = self._limit if self._limit is not None else 0.0
            self._full_at = None

    def land(self, kind: str, flight: Flight, headers: Mapping[str, str] | None) -> None:
        """A request is back."""
        self.flying -= flight.costs[kind]
        if headers is None:
            self._left -= flight.costs[kind]
        elif not self.heed(kind, headers):
            self._left, self._limit, self._full_at = math.inf, None, None


def _tokens(body: Mapping[str, Any]) -> float:
    """About how many tokens the server will count: the prompt, and all that the answers may have."""
    prompt = body.get("prompt") or "".join(str(m["content"]) for m in body.get("messages", ()))
    most = body.get("max_tokens") or body.get("max_completion_tokens") or 0
    return float(len(prompt) / _CHARS_PER_TOKEN + most * body.get("n", 1))


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text is not None else -1.0
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    milliseconds = _number(headers.get("retry-after-ms"))
    return seconds(headers.get("retry-after", "")) if milliseconds is None else milliseconds / 1000


def _until_date(text: str) -> float | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        with suppress(ValueError):
            moment = read(text)
            break
    else:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, moment.timestamp() - time.time())


def backoff(times: int) -> float:
    """Seconds before a request is sent once more that has come to nothing so many times."""
    return BACKOFF_SECONDS[min(times, len(BACKOFF_SECONDS) - 1)]


def in_words(wait: float) -> str:
    """A time in seconds, for a reader."""
    if wait > 5400:
        return f"{wait / 3600:.1f} hours"
    return f"{wait / 60:.0f} minutes" if wait > 120 else f"{math.ceil(wait)} s"
