"""Slowing down before the server has to: what the rate-limit headers of an API allow, and what its refusals teach."""

import asyncio
import math
import re
import time
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from diptych.backends.errors import RateLimited
from diptych.backends.listeners import tell

UNTOLD = 4
"""Requests that may be on their way before a response has told whether there are limits: one for each side."""
LONGEST_SECONDS = 600.0
"""How long a request waits for its turn, and how long a server may turn everybody away; that it would take longer is
said at once."""
SHORT_SECONDS = 1.0
"""A reset that is no further away is waited for: that costs little, and is right as well where a server counts in
windows that begin anew."""
BACKOFF_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""How long everybody waits after a refusal that does not say it, after another one, and so on."""
_VISIBLE_SECONDS = 1.0
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|d|h|m|s)")
_SECONDS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_EPOCH = 1e9
"""A reset above this is a moment since 1970, in seconds or milliseconds."""
_CHARS_PER_TOKEN = 4
"""A guess, on the high side, for what a prompt will cost before the server has counted it."""
_LIMIT_HEADER = re.compile(r"(.*?)(ratelimit|rate-limit|ratelimitbysize|tokenlimit)-(.+)")
"""The families of headers: of OpenAI, Azure, Groq, Cerebras and vLLM routers, of Anthropic, Mistral, Together and
OpenRouter, and of all of them behind LiteLLM, which puts its own name before theirs."""
_FIELDS = ("limit", "remaining", "reset")
_TOKENS = re.compile(r"token|bysize")
_OF_OTHERS = re.compile(r"image|audio|search")
"""Limits of what is not asked for here."""
_RETRY_AFTER = ("retry-after", "x-retry-after", "x-ratelimit-retry-after", "llm_provider-retry-after")
_RETRY_AFTER_MS = ("retry-after-ms", "llm_provider-retry-after-ms")
_IN_WORDS = re.compile(
    r"(?:(?:try again|retry|resets?|available)\s+(?:in|after|for)|wait(?:\s+for)?)\s+~?(\d[\d.]*)"
    r"\s*(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)\b"
    r"|(?:try again|retry|wait)\s+(?:in|after|for)\s+((?:\d[\d.]*(?:ms|[hms])){2,})"
    r"|retry_?delay\W+(\d[\d.]*s)"
    r"|retry[_-]after(?:_seconds)?\W{1,4}(\d+(?:\.\d+)?)",
    re.I,
)
"""How some say it in the words of a refusal."""


def seconds(text: str, now: float | None = None) -> float | None:
    """How long from now, as headers write it: "6m0s", "120ms", plain seconds, a moment since 1970 in seconds or
    milliseconds, or a date of ISO 8601 or HTTP, of UTC where it names no zone; None for anything else. `now` by the
    clock of the server, if that is known."""
    now = time.time() if now is None else now
    text = text.strip()
    if _PART.sub("", text) == "" and text:
        together = sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
        return together if math.isfinite(together) else None
    try:
        value = float(text)
    except ValueError:
        return _until_date(text, now)
    if not math.isfinite(value) or value < 0:
        return None
    if value > _EPOCH:
        return max(0.0, (value / 1000 if value > _EPOCH * 1000 else value) - now)
    return value


class Limit(NamedTuple):
    """What headers say of one limit."""

    tokens: bool
    """Whether it counts tokens, not requests."""
    left: float
    limit: float | None
    reset: float | None
    """Seconds until it is full again."""
    at_once: bool = False
    """Whether it is filled at that moment, not all the while: so do limits whose reset is a moment since 1970."""


def limits(headers: Mapping[str, str]) -> dict[str, Limit]:
    """The limits that headers tell of, each under a name of its own."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for name, value in headers.items():
        if (told := _LIMIT_HEADER.fullmatch(name.lower())) is None:
            continue
        *_, rest = told.groups()
        words = rest.split("-")
        fields = [word for word in words if word in _FIELDS]
        if len(fields) == 1:
            words.remove(fields[0])
            found["-".join((told[1] + told[2], *words))][fields[0]] = value
    now = _time_there(headers)
    ours = ((scope, fields) for scope, fields in found.items() if not _OF_OTHERS.search(scope))
    return {scope: limit for scope, fields in ours if (limit := _limit(scope, fields, now)) is not None}


def _limit(scope: str, fields: Mapping[str, str], now: float) -> Limit | None:
    left, reset = _number(fields.get("remaining")), fields.get("reset", "")
    if left is None:
        return None
    at_once = (_number(reset) or 0.0) > _EPOCH
    return Limit(bool(_TOKENS.search(scope)), left, _number(fields.get("limit")), seconds(reset, now), at_once)


def _time_there(headers: Mapping[str, str]) -> float:
    """The time by the clock of the server, or by ours where it does not say."""
    with suppress(ValueError, OverflowError):
        return parsedate_to_datetime(headers.get("date", "")).timestamp()
    return time.time()


def retry_after(headers: Mapping[str, str], words: str = "") -> float | None:
    """How long a refusal says to wait, in its headers or else in its words."""
    for name in _RETRY_AFTER_MS:
        if (milliseconds := _number(headers.get(name))) is not None:
            return milliseconds / 1000
    now = _time_there(headers)
    for name in _RETRY_AFTER:
        told = headers.get(name, "")
        # A proxy that adds a header of its own makes two of it, which arrive as one.
        for text in (told, told.partition(",")[0]):
            if (wait := seconds(text, now)) is not None:
                return wait
    if (said := _IN_WORDS.search(words)) is not None:
        number, unit, *others = said.groups()
        if number is None:
            return seconds(next(filter(None, others)))
        unit = unit.lower()
        return seconds(number + ("ms" if unit.startswith(("ms", "milli")) else unit[0]))
    closed = [limit.reset for limit in limits(headers).values() if limit.at_once and limit.left < 1]
    return max((reset for reset in closed if reset is not None), default=None)


class Pace:
    """Lets the requests to one server pass as long as something remains of what it allows.

    A server tells what remains with every response; what is on its way, and may not be counted there yet, is taken
    off here. A reset is the time until a limit is full, and it fills all the while: a request goes as soon as there is
    enough for it. Where the server does not tell its limit, one goes at the reset and brings the news.

    A refusal holds everybody back for as long as it says, and halves the number of requests that may be under way at
    once; each such number that comes to its end allows one more (additive increase, multiplicative decrease: Chiu and
    Jain 1989). The refusals of requests that had left before the halving are its echo, and do not halve again. So does
    a response that says that nothing remains, and not until when.
    """

    def __init__(self) -> None:
        self.window = math.inf
        """Requests that may be under way at once."""
        self._budgets: dict[str, _Budget] = {}
        self._news = asyncio.Event()
        self._told = False
        self._flying = 0
        """Requests without a response."""
        self._aloft = {False: 0.0, True: 0.0}
        """What they may cost, in requests and in tokens (True)."""
        self._under_way = 0
        """Requests whose answer is not complete."""
        self._left = 0
        self._halved_at = 0
        """Requests that had left when the window was halved."""
        self._closed_until = 0.0
        self._refusals = 0
        """Windows in a row that were refused."""
        self._refused_since: float | None = None
        """When the server began to turn everybody away."""

    @property
    def patient(self) -> bool:
        """Whether the wait for the next turn is not too long, nor has been."""
        now = time.monotonic()
        since = now if self._refused_since is None else self._refused_since
        return max(self._closed_until - now, now - since) <= LONGEST_SECONDS

    async def turn(self, body: Mapping[str, Any]) -> "Flight":
        """Return when the request may be sent; who listens is told of the wait. Raises RateLimited when that is too
        far off."""
        costs = {False: 1.0, True: _tokens(body)}
        told = False
        while (wait := self._wait(costs)) > 0:
            if LONGEST_SECONDS < wait < math.inf:
                raise RateLimited(
                    f"the endpoint allows no further request for {in_words(wait)}", "wait, or use another endpoint"
                )
            if _VISIBLE_SECONDS <= wait < math.inf:
                told = True
                tell(f"waiting for the endpoint's rate limit · {in_words(wait)}")
            # Woken by the next response, or when the wait is over, and to tell how long it still is.
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), None if math.isinf(wait) else min(wait, _VISIBLE_SECONDS))
        if told:
            tell("")
        self._flying += 1
        self._under_way += 1
        self._left += 1
        for tokens in self._aloft:
            self._aloft[tokens] += costs[tokens]
        return Flight(self, costs, self._left)

    def refused(self, headers: Mapping[str, str], number: int, words: str = "") -> None:
        """Take note of a 429 to the request of that number: nobody goes before the server says so."""
        self._told = True
        if self._refused_since is None:
            self._refused_since = time.monotonic()
        wait = retry_after(headers, words)
        if wait is None:
            self._heed(limits(headers))
        else:
            # It says by itself when the next request is welcome, whenever a limit may be full.
            self._budgets.clear()
        self._slow_down(number, wait)

    def landed(self, flight: "Flight", headers: Mapping[str, str] | None) -> None:
        """Take note of a response, or, without headers, that there is none."""
        self._flying -= 1
        for tokens in self._aloft:
            self._aloft[tokens] -= flight.costs[tokens]
        if headers is None:
            for budget in self._budgets.values():
                budget.spend(flight.costs[budget.tokens])
        else:
            self._told, self._refused_since = True, None
            told = limits(headers)
            self._budgets = {scope: budget for scope, budget in self._budgets.items() if scope in told}
            self._heed(told)
            if any(limit.left < 1 and limit.reset is None for limit in told.values()):
                self._slow_down(flight.number, None)
        self._wake()

    def ended(self, well: bool) -> None:
        """Take note that an answer is complete, or will never be."""
        self._under_way -= 1
        if well:
            self.window += 1 / self.window
            self._refusals = 0
        self._wake()

    def _heed(self, told: Mapping[str, Limit]) -> None:
        for scope, limit in told.items():
            self._budgets.setdefault(scope, _Budget(limit.tokens)).heed(limit)

    def _slow_down(self, number: int, wait: float | None) -> None:
        """Fewer at once, and none for so long; for longer and longer where that is not said."""
        if number > self._halved_at:
            self.window = max(1.0, min(self.window, self._under_way) / 2)
            self._halved_at = self._left
            if wait is None:
                wait = backoff(self._refusals)
            self._refusals += 1
        if wait is not None:
            self._closed_until = max(self._closed_until, time.monotonic() + wait)

    def _wake(self) -> None:
        self._news.set()
        self._news.clear()

    def _wait(self, costs: Mapping[bool, float]) -> float:
        if not self._told:
            return math.inf if self._flying >= UNTOLD else 0.0
        if self._under_way + 1 > self.window:
            return math.inf
        closed = self._closed_until - time.monotonic()
        return max(closed, *(b.wait(costs[b.tokens], self._aloft[b.tokens]) for b in self._budgets.values()), 0.0)


class Flight:
    """One request on its way."""

    def __init__(self, pace: Pace, costs: Mapping[bool, float], number: int) -> None:
        self.costs = costs
        self.number = number
        self._pace = pace
        self._landed = False

    def land(self, headers: Mapping[str, str] | None = None) -> None:
        """The response has come, or will never come; only the first call counts."""
        if not self._landed:
            self._landed = True
            self._pace.landed(self, headers)

    def refuse(self, headers: Mapping[str, str], words: str = "") -> None:
        """The response is a 429, which says that in these words."""
        self._pace.refused(headers, self.number, words)
        self.land()

    def end(self, well: bool) -> None:
        """The answer is complete, or will never be: nothing more comes of this request."""
        self.land()
        self._pace.ended(well)


class _Budget:
    """What remains of one limit, which fills until it is full."""

    def __init__(self, tokens: bool) -> None:
        self.tokens = tokens
        self._limit: float | None = None
        self._left = math.inf
        self._at = 0.0
        """When so much was left."""
        self._full_at: float | None = None

    def wait(self, cost: float, aloft: float) -> float:
        """Seconds until `cost` may be spent besides what is aloft; infinite when a response must come first."""
        now = time.monotonic()
        missing = (cost if self._limit is None else min(cost, self._limit)) + aloft - self._now(now)
        if missing <= 0:
            return 0.0
        if self._full_at is None:
            # Nobody is out who could tell: go and see.
            return math.inf if aloft else 0.0
        until_full = max(0.001, self._full_at - now)
        speed = self._speed()
        return min(until_full, max(0.001, missing / speed)) if speed else until_full

    def heed(self, told: Limit) -> None:
        """Take over what headers say."""
        now = time.monotonic()
        left, full_at = told.left, None if told.reset is None else now + told.reset
        if self._full_at is not None and full_at is not None:
            # Responses overtake one another: until the reset the least that was told, and the latest reset, hold.
            left, full_at = min(left, self._now(now)), max(full_at, self._full_at)
        self._left, self._at, self._full_at, self._limit = left, now, full_at, told.limit

    def spend(self, cost: float) -> None:
        """Nobody knows whether a request was counted whose response has not come."""
        self._left -= cost

    def _now(self, now: float) -> float:
        """What is left."""
        if self._full_at is None:
            return self._left
        if now >= self._full_at:
            self._left, self._full_at = self._limit if self._limit is not None else 0.0, None
            return self._left
        return self._left + self._speed() * (now - self._at)

    def _speed(self) -> float:
        """How much comes back in a second; 0 where that is not known."""
        if self._limit is None or self._full_at is None or self._full_at - self._at <= SHORT_SECONDS:
            return 0.0
        return max(0.0, self._limit - self._left) / (self._full_at - self._at)


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


def _until_date(text: str, now: float) -> float | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        with suppress(ValueError):
            moment = read(text)
            break
    else:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, moment.timestamp() - now)


def backoff(times: int) -> float:
    """Seconds before a request is sent once more that has come to nothing so many times."""
    return BACKOFF_SECONDS[min(times, len(BACKOFF_SECONDS) - 1)]


def in_words(wait: float) -> str:
    """A time in seconds, for a reader."""
    if wait > 5400:
        return f"{wait / 3600:.1f} hours"
    return f"{wait / 60:.0f} minutes" if wait > 120 else f"{math.ceil(wait)} s"
