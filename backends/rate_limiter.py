"""The rate limiter: it holds requests to one server back before the server has to refuse them."""

import asyncio
import math
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from diptych.backends.backend_errors import RateLimited
from diptych.backends.listeners import tell
from diptych.backends.rate_limit_headers import Limit, in_words, limits, retry_after

FIRST_REQUESTS = 4
"""Requests that may be sent before the first response has shown whether there are limits: one for each side."""
LONGEST_SECONDS = 600.0
"""The longest time that a request waits here, and the longest time that a server may refuse all requests. A longer wait
is an error at once."""
SHORT_SECONDS = 1.0
"""A reset that is no further away is waited for in full: that costs little, and it is also right for servers that count
in windows."""
BACKOFF_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""How long all requests wait after a refusal that does not say how long: after the first, the second in a row, …"""
_CHECK_SECONDS = 1.0
"""How often a waiting request looks again, and reports how long it still has to wait."""
_CHARS_PER_TOKEN = 4
"""An estimate of what a prompt costs before the server has counted it."""


def backoff(failures: int) -> float:
    """Seconds to wait before a request is sent again that has failed so many times before."""
    return BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)]


class RateLimiter:
    """Lets requests to one server pass while its limits allow it.

    A server reports with each response what remains of its limits. Requests that have no response yet may not be
    counted there, so their cost is taken off here. A reset is the time until the whole limit is available again, and
    the limit fills up steadily until then: a request goes as soon as there is enough for it. Where the server does not
    report the limit itself, one request goes at the reset, and its response tells how much there is.

    A refusal (status 429) holds all requests back for as long as it says, and halves `window`, the number of requests
    that may be in flight at once. Each time that so many have been completed, the window grows by one (additive
    increase, multiplicative decrease: Chiu and Jain 1989). Requests that were sent before the halving may be refused as
    well; this does not halve the window again. A response that reports that nothing remains, and does not say until
    when, counts as a refusal.
    """

    def __init__(self) -> None:
        self.window = math.inf
        """Requests that may be in flight at once."""
        self._changed = asyncio.Condition()
        """Notified when a waiting request may go."""
        self._budgets: dict[str, _Budget] = {}
        """What remains of each limit, by its name."""
        self._heard = False
        """Whether any response has come."""
        self._sent = 0
        """Requests sent so far. Each request has its number in this count."""
        self._in_flight = 0
        """Requests whose answer is not complete."""
        self._unanswered = 0
        """Requests without a response. They are in flight, too."""
        self._unanswered_cost = {False: 0.0, True: 0.0}
        """What these may cost, in requests (False) and in tokens (True)."""
        self._halved_at = 0
        """Requests sent when the window was last halved."""
        self._refusals = 0
        """How many times in a row the window was halved."""
        self.closed_until = 0.0
        """No request is sent before this time."""
        self.refused_since: float | None = None
        """When the server began to refuse all requests; None while it does not."""

    @property
    def patient(self) -> bool:
        """Whether the wait is short enough: the one for the next request, and the one since the first refusal."""
        now = time.monotonic()
        since = now if self.refused_since is None else self.refused_since
        return max(self.closed_until - now, now - since) <= LONGEST_SECONDS

    async def acquire(self, body: Mapping[str, Any]) -> "Ticket":
        """Wait until the request may be sent. Listeners are told of the wait. Raises RateLimited when the wait is too
        long."""
        cost = {False: 1.0, True: _estimated_tokens(body)}
        reported = False
        async with self._changed:
            while (wait := self._wait(cost)) > 0:
                if LONGEST_SECONDS < wait < math.inf:
                    raise RateLimited(
                        f"the endpoint allows no further request for {in_words(wait)}", "wait, or use another endpoint"
                    )
                if _CHECK_SECONDS <= wait < math.inf:
                    reported = True
                    tell(f"waiting for the endpoint's rate limit · {in_words(wait)}")
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(wait, _CHECK_SECONDS)):
                        await self._changed.wait()
        if reported:
            tell("")
        self._sent += 1
        self._in_flight += 1
        self._unanswered += 1
        for unit in cost:
            self._unanswered_cost[unit] += cost[unit]
        return Ticket(self, cost, self._sent)

    def refused(self, headers: Mapping[str, str], number: int, message: str = "") -> None:
        """Note that the request of this number was refused: none is sent before the server allows it."""
        self._heard = True
        if self.refused_since is None:
            self.refused_since = time.monotonic()
        wait = retry_after(headers, message)
        if wait is None:
            self._update_budgets(limits(headers))
        else:
            # The server says when the next request is welcome. When a limit will be full is not important then.
            self._budgets.clear()
        self._slow_down(number, wait)

    def responded(self, ticket: "Ticket", headers: Mapping[str, str] | None) -> None:
        """Note that a response has come. None as headers: no response will come."""
        self._unanswered -= 1
        for unit, cost in ticket.cost.items():
            self._unanswered_cost[unit] -= cost
        if headers is None:
            for budget in self._budgets.values():
                budget.spend(ticket.cost[budget.tokens])
            return
        self._heard, self.refused_since = True, None
        reported = limits(headers)
        self._budgets = {name: budget for name, budget in self._budgets.items() if name in reported}
        self._update_budgets(reported)
        if any(limit.remaining < 1 and limit.reset is None for limit in reported.values()):
            self._slow_down(ticket.number, None)

    def finished(self, complete: bool) -> None:
        """Note that nothing more comes of a request; `complete`: its answer was read to the end."""
        self._in_flight -= 1
        if complete:
            self.window += 1 / self.window
            self._refusals = 0

    async def notify(self) -> None:
        """Let the waiting requests look whether they may go. They look by themselves every second as well: this may be
        cut short when a task is cancelled."""
        async with self._changed:
            self._changed.notify_all()

    def _update_budgets(self, reported: Mapping[str, Limit]) -> None:
        for name, limit in reported.items():
            self._budgets.setdefault(name, _Budget(limit.tokens)).update(limit)

    def _slow_down(self, number: int, wait: float | None) -> None:
        """Halve the window, and hold all requests back for `wait` seconds. None: longer after each refusal."""
        if number > self._halved_at:
            self.window = max(1.0, min(self.window, self._in_flight) / 2)
            self._halved_at = self._sent
            if wait is None:
                wait = backoff(self._refusals)
            self._refusals += 1
        if wait is not None:
            self.closed_until = max(self.closed_until, time.monotonic() + wait)

    def _wait(self, cost: Mapping[bool, float]) -> float:
        """Seconds until a request of this cost may be sent; infinite when a response must come first."""
        if not self._heard:
            return math.inf if self._unanswered >= FIRST_REQUESTS else 0.0
        if self._in_flight + 1 > self.window:
            return math.inf
        closed = self.closed_until - time.monotonic()
        waits = (b.wait(cost[b.tokens], self._unanswered_cost[b.tokens]) for b in self._budgets.values())
        return max(closed, *waits, 0.0)


class Ticket:
    """The permission to send one request. Its holder reports what became of the request."""

    def __init__(self, limiter: RateLimiter, cost: Mapping[bool, float], number: int) -> None:
        self.cost = cost
        """In requests (False) and in tokens (True)."""
        self.number = number
        self._limiter = limiter
        self._responded = False

    async def responded(self, headers: Mapping[str, str] | None = None) -> None:
        """The response has come; without headers: it will never come. Only the first call counts."""
        if not self._responded:
            self._responded = True
            self._limiter.responded(self, headers)
            await self._limiter.notify()

    async def refused(self, headers: Mapping[str, str], message: str = "") -> None:
        """The response is a refusal with this message."""
        self._limiter.refused(headers, self.number, message)
        await self.responded()

    async def finished(self, complete: bool) -> None:
        """Nothing more comes of this request; `complete`: its answer was read to the end."""
        if not self._responded:
            self._responded = True
            self._limiter.responded(self, None)
        self._limiter.finished(complete)
        await self._limiter.notify()


class _Budget:
    """What remains of one limit. It grows until the limit is full."""

    def __init__(self, tokens: bool) -> None:
        self.tokens = tokens
        """Whether it counts tokens. Other budgets count requests."""
        self._limit: float | None = None
        self._remaining = math.inf
        self._at = 0.0
        """When so much remained."""
        self._full_at: float | None = None

    def wait(self, cost: float, unanswered: float) -> float:
        """Seconds until `cost` is available besides the cost of requests without a response; infinite when a response
        must come first."""
        now = time.monotonic()
        missing = (cost if self._limit is None else min(cost, self._limit)) + unanswered - self._available(now)
        if missing <= 0:
            return 0.0
        if self._full_at is None:
            # Only a response can tell how much there is. If none is to come, this request is sent to find out.
            return math.inf if unanswered else 0.0
        until_full = max(0.001, self._full_at - now)
        speed = self._speed()
        return min(until_full, max(0.001, missing / speed)) if speed else until_full

    def update(self, reported: Limit) -> None:
        """Take over what the headers of a response say."""
        now = time.monotonic()
        remaining, full_at = reported.remaining, None if reported.reset is None else now + reported.reset
        if self._full_at is not None and full_at is not None:
            # Responses may overtake one another. Until the reset, the smallest number and the latest reset count.
            remaining, full_at = min(remaining, self._available(now)), max(full_at, self._full_at)
        self._remaining, self._at, self._full_at, self._limit = remaining, now, full_at, reported.limit

    def spend(self, cost: float) -> None:
        """Take off the cost of a request without a response. The server may have counted it."""
        self._remaining -= cost

    def _available(self, now: float) -> float:
        if self._full_at is None:
            return self._remaining
        if now >= self._full_at:
            self._remaining, self._full_at = self._limit if self._limit is not None else 0.0, None
            return self._remaining
        return self._remaining + self._speed() * (now - self._at)

    def _speed(self) -> float:
        """How much becomes available in a second; 0 where that is not known."""
        if self._limit is None or self._full_at is None or self._full_at - self._at <= SHORT_SECONDS:
            return 0.0
        return max(0.0, self._limit - self._remaining) / (self._full_at - self._at)


def _estimated_tokens(body: Mapping[str, Any]) -> float:
    """About how many tokens the server will count: those of the prompt, and all that the answers may have."""
    prompt = body.get("prompt") or "".join(str(m["content"]) for m in body.get("messages", ()))
    most = body.get("max_tokens") or body.get("max_completion_tokens") or 0
    return float(len(prompt) / _CHARS_PER_TOKEN + most * body.get("n", 1))
