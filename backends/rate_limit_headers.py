"""What servers say of their rate limits: headers of responses, and the headers and words of refusals (status 429)."""

import math
import re
import time
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple

_UNIT_SECONDS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|d|h|m|s)")
_EPOCH = 1e9
"""A reset above this is a moment since 1970, in seconds or milliseconds."""
_LIMIT_HEADER = re.compile(r"(.*?)(ratelimit|rate-limit|ratelimitbysize|tokenlimit)-(.+)")
"""The families of headers: of OpenAI, Azure, Groq, Cerebras and vLLM routers, of Anthropic, Mistral, Together and
OpenRouter, and of all of them behind LiteLLM, which puts its own name before theirs."""
_FIELDS = ("limit", "remaining", "reset")
_COUNTS_TOKENS = re.compile(r"token|bysize")
_NOT_USED = re.compile(r"image|audio|search")
"""Limits of things that diptych never asks for."""
_RETRY_AFTER = ("retry-after", "x-retry-after", "x-ratelimit-retry-after", "llm_provider-retry-after")
_RETRY_AFTER_MS = ("retry-after-ms", "llm_provider-retry-after-ms")
_RETRY_WORDS = re.compile(
    r"(?:(?:try again|retry|resets?|available)\s+(?:in|after|for)|wait(?:\s+for)?)\s+~?(\d[\d.]*)"
    r"\s*(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)\b"
    r"|(?:try again|retry|wait)\s+(?:in|after|for)\s+((?:\d[\d.]*(?:ms|[hms])){2,})"
    r"|retry_?delay\W+(\d[\d.]*s)"
    r"|retry[_-]after(?:_seconds)?\W{1,4}(\d+(?:\.\d+)?)",
    re.I,
)
"""How some servers write the wait into the message of a refusal."""


def seconds(text: str, now: float | None = None) -> float | None:
    """The seconds from now that the value of a header stands for; None where it cannot be read.

    A value may be a duration ("6m0s", "120ms", plain seconds), a moment since 1970 in seconds or milliseconds, or a
    date in the form of ISO 8601 or HTTP (in UTC where it names no zone). `now` is the server's time, ours if it is
    None.
    """
    now = time.time() if now is None else now
    text = text.strip()
    if _DURATION_PART.sub("", text) == "" and text:
        total = sum(float(number) * _UNIT_SECONDS[unit] for number, unit in _DURATION_PART.findall(text))
        return total if math.isfinite(total) else None
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
    """What the headers of a response say of one limit."""

    tokens: bool
    """Whether it counts tokens. Other limits count requests."""
    remaining: float
    limit: float | None
    reset: float | None
    """Seconds until all of it is available again."""
    fixed_window: bool = False
    """Whether it becomes available all at once, at the reset. A reset that is a moment since 1970 means this; other
    limits fill up steadily."""


def limits(headers: Mapping[str, str]) -> dict[str, Limit]:
    """The limits in the headers of a response. Each has a name of its own, made of the words of its headers."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for name, value in headers.items():
        if (match := _LIMIT_HEADER.fullmatch(name.lower())) is None:
            continue
        words = match[3].split("-")
        fields = [word for word in words if word in _FIELDS]
        if len(fields) == 1:
            words.remove(fields[0])
            found["-".join((match[1] + match[2], *words))][fields[0]] = value
    now = _server_time(headers)
    used = ((name, fields) for name, fields in found.items() if not _NOT_USED.search(name))
    return {name: limit for name, fields in used if (limit := _limit(name, fields, now)) is not None}


def retry_after(headers: Mapping[str, str], message: str = "") -> float | None:
    """The seconds to wait that a refusal names in its headers, else in its message; None where it names none."""
    for name in _RETRY_AFTER_MS:
        if (milliseconds := _number(headers.get(name))) is not None:
            return milliseconds / 1000
    now = _server_time(headers)
    for name in _RETRY_AFTER:
        value = headers.get(name, "")
        # A proxy may add a header of its own. Two headers of one name arrive as one value with a comma.
        for text in (value, value.partition(",")[0]):
            if (wait := seconds(text, now)) is not None:
                return wait
    if (match := _RETRY_WORDS.search(message)) is not None:
        number, unit, *others = match.groups()
        if number is None:
            return seconds(next(filter(None, others)))
        unit = unit.lower()
        return seconds(number + ("ms" if unit.startswith(("ms", "milli")) else unit[0]))
    used_up = [limit.reset for limit in limits(headers).values() if limit.fixed_window and limit.remaining < 1]
    return max((reset for reset in used_up if reset is not None), default=None)


def in_words(wait: float) -> str:
    """A time in seconds, for a reader."""
    if wait > 5400:
        return f"{wait / 3600:.1f} hours"
    return f"{wait / 60:.0f} minutes" if wait > 120 else f"{math.ceil(wait)} s"


def _limit(name: str, fields: Mapping[str, str], now: float) -> Limit | None:
    remaining, reset = _number(fields.get("remaining")), fields.get("reset", "")
    if remaining is None:
        return None
    fixed_window = (_number(reset) or 0.0) > _EPOCH
    limit = _number(fields.get("limit"))
    return Limit(bool(_COUNTS_TOKENS.search(name)), remaining, limit, seconds(reset, now), fixed_window)


def _server_time(headers: Mapping[str, str]) -> float:
    """The time by the server's clock, else by ours."""
    with suppress(ValueError, OverflowError):
        return _date_of_email(headers.get("date", "")).timestamp()
    return time.time()


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text is not None else -1.0
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def _until_date(text: str, now: float) -> float | None:
    for read in (datetime.fromisoformat, _date_of_email):
        with suppress(ValueError):
            moment = read(text)
            break
    else:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, moment.timestamp() - now)


def _date_of_email(text: str) -> datetime:
    """Read a date as HTTP headers and e-mails have it. Raises ValueError."""
    from email.utils import parsedate_to_datetime

    return parsedate_to_datetime(text)
