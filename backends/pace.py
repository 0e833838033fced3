"""Slowing down before the server has to: what the rate-limit headers of an OpenAI-style API allow."""

import asyncio
import math
import re
import time
from collections.abc import Mapping
from typing import Any

_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_CHARS_PER_TOKEN = 4
"""A cautious guess for what a request will cost before the server has counted it."""


def seconds(text: str) -> float | None:
    """A duration as the headers write it, "6m0s", "120ms" or plain seconds; None for anything else."""
    if parts := _PART.findall(text):
        return sum(float(number) * _SECONDS[unit] for number, unit in parts)
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


class Pace:
    """Lets requests of one endpoint pass as long as something remains of what its server allows.

    A server counts the requests it has answered; those on their way are counted here.
    """

    def __init__(self) -> None:
        self._budgets = {"requests": _Budget(), "tokens": _Budget()}

    async def turn(self, body: Mapping[str, Any]) -> None:
        """Return when the request may be sent."""
        costs = {"requests": 1.0, "tokens": _tokens(body)}
        # Not an event to wait for: nobody but time sets it.
        while (wait := max(b.wait(costs[name]) for name, b in self._budgets.items())) > 0:  # noqa: ASYNC110
            await asyncio.sleep(wait)
        for name, budget in self._budgets.items():
            budget.remaining -= costs[name]

    def heed(self, headers: Mapping[str, str]) -> None:
        """Take note of what a response says about the rest."""
        for name, budget in self._budgets.items():
            left = headers.get(f"x-ratelimit-remaining-{name}")
            reset = seconds(headers.get(f"x-ratelimit-reset-{name}", ""))
            if left is not None and left.isdigit() and reset is not None:
                budget.remaining = min(budget.remaining, float(left))
                budget.full_at = time.monotonic() + reset


class _Budget:
    """What remains until a moment at which it is full again."""

    def __init__(self) -> None:
        self.remaining = math.inf
        self.full_at = 0.0

    def wait(self, cost: float) -> float:
        """Seconds until `cost` may be spent."""
        now = time.monotonic()
        if self.remaining >= cost or now >= self.full_at:
            if now >= self.full_at:
                self.remaining = math.inf
            return 0.0
        return self.full_at - now


def _tokens(body: Mapping[str, Any]) -> float:
    """About how many tokens the server will count: the prompt, and all that the answers may have."""
    prompt = body.get("prompt") or "".join(str(m["content"]) for m in body.get("messages", ()))
    most = body.get("max_tokens") or body.get("max_completion_tokens") or 0
    return float(len(prompt) / _CHARS_PER_TOKEN + most * body.get("n", 1))
