"""Slowing down before the server has to."""

import asyncio
import time
from collections.abc import Mapping
from email.utils import formatdate
from itertools import pairwise

import pytest

from diptych.backends import Delta, Endpoint, Message, RateLimited, Request, Sampling, connect, heard_by
from diptych.backends.rate_limit_headers import limits, retry_after, seconds
from diptych.backends.rate_limiter import BACKOFF_SECONDS, FIRST_REQUESTS, RateLimiter, Ticket
from tests.faults.replies import document
from tests.openai_server import Exchange, OpenAI, Reply, answering, serve
from tests.virtual_time import in_virtual_time

BODY = {"model": "m", "messages": [{"role": "user", "content": "x" * 40}], "max_tokens": 10}


def told(remaining: int, reset: str, limit: int | None = None, kind: str = "requests") -> dict[str, str]:
    headers = {f"x-ratelimit-remaining-{kind}": str(remaining), f"x-ratelimit-reset-{kind}": reset}
    return headers | ({f"x-ratelimit-limit-{kind}": str(limit)} if limit is not None else {})


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("6m0s", 360.0),
        ("1h2m3.5s", 3723.5),
        ("120ms", 0.12),
        ("2d", 172800.0),
        ("7", 7.0),
        ("0.25", 0.25),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("nan", None),
        ("6m and a bit", None),
        ("9" * 400 + "s", None),
        ("0001-01-01", 0.0),
    ],
)
def test_durations(text: str, wait: float | None) -> None:
    assert seconds(text) == wait


def test_moments() -> None:
    in_a_minute = time.time() + 60
    for text in (f"{in_a_minute:.0f}", f"{in_a_minute * 1000:.0f}", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(in_a_minute))):  # fmt: skip  # noqa: E501
        assert seconds(text) == pytest.approx(60, abs=2)
    assert seconds(formatdate(in_a_minute, usegmt=True)) == pytest.approx(60, abs=2)
    assert seconds("2020-01-01T00:00:00Z") == 0.0


def test_a_moment_without_a_zone_is_of_universal_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    try:
        in_a_minute = time.gmtime(time.time() + 60)
        assert seconds(time.strftime("%Y-%m-%dT%H:%M:%S", in_a_minute)) == pytest.approx(60, abs=5)
    finally:
        monkeypatch.undo()
        time.tzset()


async def sent(limiter: RateLimiter, count: int) -> list[Ticket]:
    """Those of `count` requests that may go at once."""
    tasks = [asyncio.create_task(limiter.acquire(BODY)) for _ in range(count)]
    await asyncio.sleep(0.02)
    for task in tasks:
        if not task.done():
            task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return [task.result() for task in tasks if not task.cancelled()]


@in_virtual_time
async def test_a_few_go_before_anything_is_known_and_all_when_there_are_no_limits() -> None:
    limiter = RateLimiter()
    tickets = await sent(limiter, 20)
    assert len(tickets) == FIRST_REQUESTS
    await tickets[0].responded({})
    assert len(await sent(limiter, 20)) == 20


@in_virtual_time
async def test_requests_on_their_way_are_taken_off_what_remains() -> None:
    limiter = RateLimiter()
    (first,) = await sent(limiter, 1)
    await first.responded(told(remaining=3, reset="10s"))
    assert len(await sent(limiter, 20)) == 3
    assert await sent(limiter, 20) == []


@in_virtual_time
async def test_an_earlier_response_does_not_undo_a_later_one() -> None:
    limiter = RateLimiter()
    first, second = await sent(limiter, 2)
    await second.responded(told(remaining=1, reset="10s"))
    await first.responded(told(remaining=2, reset="10s"))
    assert len(await sent(limiter, 20)) == 1


@in_virtual_time
async def test_a_request_that_got_no_response_counts_as_spent() -> None:
    limiter = RateLimiter()
    (first,) = await sent(limiter, 1)
    await first.responded(told(remaining=2, reset="10s"))
    (second, third) = await sent(limiter, 20)
    await second.responded()
    await second.responded(told(remaining=100, reset="10s"))
    await third.responded()
    assert await sent(limiter, 20) == []


@in_virtual_time
async def test_at_the_reset_as_many_go_as_the_limit_allows() -> None:
    limiter = RateLimiter()
    (first,) = await sent(limiter, 1)
    await first.responded(told(remaining=0, reset="600ms", limit=5))
    assert await sent(limiter, 20) == []
    await asyncio.wait_for(limiter.acquire(BODY), 10)
    assert len(await sent(limiter, 20)) == 4


@in_virtual_time
async def test_where_no_limit_is_told_one_goes_at_the_reset_and_brings_the_news() -> None:
    limiter = RateLimiter()
    (first,) = await sent(limiter, 1)
    await first.responded(told(remaining=0, reset="50ms"))
    scout = await asyncio.wait_for(limiter.acquire(BODY), 10)
    assert await sent(limiter, 20) == []
    await scout.responded(told(remaining=7, reset="10s"))
    assert len(await sent(limiter, 20)) == 7


@in_virtual_time
async def test_a_scout_that_does_not_come_back_is_followed_by_another() -> None:
    limiter = RateLimiter()
    (first,) = await sent(limiter, 1)
    await first.responded(told(remaining=0, reset="20ms"))
    scout = await asyncio.wait_for(limiter.acquire(BODY), 10)
    waiting = asyncio.create_task(limiter.acquire(BODY))
    await scout.responded()
    await asyncio.wait_for(waiting, 10)


@in_virtual_time
async def test_tokens_are_a_budget_too() -> None:
    limiter = RateLimiter()
    (first,) = await sent(limiter, 1)
    await first.responded(told(remaining=45, reset="10s", kind="tokens"))
    # 40 characters and 10 tokens for the answer: 20 tokens each.
    assert len(await sent(limiter, 20)) == 2


@in_virtual_time
async def test_a_request_above_the_whole_limit_is_the_servers_to_refuse() -> None:
    limiter = RateLimiter()
    (first,) = await sent(limiter, 1)
    await first.responded(told(remaining=15, reset="10s", limit=15, kind="tokens"))
    assert len(await sent(limiter, 20)) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"anthropic-ratelimit-requests-remaining": "2", "anthropic-ratelimit-requests-reset": "2100-01-01T00:00:00Z"},
        {"x-ratelimit-remaining": "2", "x-ratelimit-reset": "4102444800000", "x-ratelimit-limit": "20"},
        {"ratelimit-remaining": "2", "ratelimit-reset": "30", "ratelimit-limit": "20"},
    ],
)
@in_virtual_time
async def test_the_headers_of_other_vendors(headers: dict[str, str]) -> None:
    limiter = RateLimiter()
    (first,) = await sent(limiter, 1)
    await first.responded(headers)
    assert len(await sent(limiter, 2)) == 2


@in_virtual_time
async def test_headers_that_make_no_sense_are_no_limit() -> None:
    limiter = RateLimiter()
    (first,) = await sent(limiter, 1)
    await first.responded({"x-ratelimit-remaining-requests": "many", "x-ratelimit-reset-requests": "later"})
    assert len(await sent(limiter, 20)) == 20


@in_virtual_time
async def test_a_refusal_holds_everybody_back_for_as_long_as_it_says() -> None:
    limiter = RateLimiter()
    (first,) = await sent(limiter, 1)
    await first.responded({})
    began = time.monotonic()
    limiter.refused({"retry-after": "0.1"}, 0)
    await (await asyncio.wait_for(limiter.acquire(BODY), 10)).responded({})
    assert time.monotonic() - began == pytest.approx(0.1)
    assert len(await sent(limiter, 20)) == 20


@in_virtual_time
async def test_a_refusal_halves_what_is_under_way_and_its_echo_does_not() -> None:
    limiter = RateLimiter()
    (first,) = await sent(limiter, 1)
    await first.responded({})
    tickets = [first, *await sent(limiter, 15)]
    for ticket in tickets[:6]:
        await ticket.refused({"retry-after": "0.01"})
        await ticket.finished(False)
    assert limiter.window == 8
    for ticket in tickets[6:]:
        await ticket.responded({})
        await ticket.finished(True)
    await asyncio.sleep(0.02)
    again = await sent(limiter, 20)
    assert len(again) == int(limiter.window) == 9
    await again[0].refused({"retry-after": "0.01"})
    assert limiter.window == 4.5


@in_virtual_time
async def test_each_window_of_answers_allows_one_more() -> None:
    limiter = RateLimiter()
    (first,) = await sent(limiter, 1)
    await first.refused({"retry-after": "0"})
    await first.finished(False)
    at_once = []
    for _ in range(5):
        tickets = await sent(limiter, 20)
        at_once.append(len(tickets))
        for ticket in tickets:
            await ticket.responded({})
            await ticket.finished(True)
    assert at_once == [1, 2, 2, 3, 4]


@in_virtual_time
async def test_it_never_falls_below_one_and_a_failure_does_not_raise_it() -> None:
    limiter = RateLimiter()
    for _ in range(3):
        (ticket,) = await sent(limiter, 20) if limiter.window == 1 else await sent(limiter, 1)
        await ticket.refused({"retry-after": "0"})
        await ticket.finished(False)
    assert limiter.window == 1


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
        ({}, BACKOFF_SECONDS[0]),
        ({"retry-after": "later"}, BACKOFF_SECONDS[0]),
    ],
)
@in_virtual_time
async def test_how_long_a_refusal_holds_everybody_back(headers: dict[str, str], wait: float) -> None:
    limiter = RateLimiter()
    (ticket,) = await sent(limiter, 1)
    await ticket.refused(headers)
    await ticket.finished(False)
    assert limiter.closed_until - time.monotonic() == pytest.approx(wait)


@in_virtual_time
async def test_one_refusal_after_another_that_do_not_say_how_long_are_waited_for_longer_and_longer() -> None:
    limiter, waits = RateLimiter(), []
    for _ in range(3):
        limiter.closed_until = 0.0
        (ticket,) = await sent(limiter, 1)
        await ticket.refused({})
        await ticket.finished(False)
        waits.append(limiter.closed_until - time.monotonic())
    assert waits == pytest.approx(BACKOFF_SECONDS[:3])


@in_virtual_time
async def test_a_day_is_not_waited_for() -> None:
    limiter = RateLimiter()
    (first,) = await sent(limiter, 1)
    await first.responded(told(remaining=0, reset="7h30m"))
    with pytest.raises(RateLimited, match=r"7\.5 hours"):
        await limiter.acquire(BODY)


async def ask_many(reply: Reply, count: int) -> list[str]:
    async with serve(reply) as server:
        backend = connect(Endpoint("openai", server.base_url))
        await backend.start(lambda doing: None)

        async def one() -> str:
            request = Request("gpt-base", (Message("user", "Hi"),), Sampling(max_tokens=4))
            return "".join([item.text async for item in backend.stream(request) if isinstance(item, Delta)])

        try:
            return await asyncio.gather(*(one() for _ in range(count)))
        finally:
            await backend.close()


async def test_a_server_with_a_limit_never_has_to_turn_anybody_away() -> None:
    api = OpenAI(limit=5, window=0.3)
    assert await ask_many(api, 18) == ["Yes indeed."] * 18
    assert api.turned_away == 0


async def test_a_server_that_bears_few_at_once_is_asked_by_few() -> None:
    """No headers tell of a limit: only the refusals do. Were nothing halved, all would come back after each wait, and
    four of them pass: more than 400 refusals, eight of them of one request."""
    at_once = turned_away = 0

    async def reply(exchange: Exchange) -> None:
        nonlocal at_once, turned_away
        if at_once >= 4:
            turned_away += 1
            await exchange.head(429, "application/json", "retry-after: 0.05\r\n")
            await exchange.send(b'{"error": {"message": "slow down"}}')
            return
        at_once += 1
        await asyncio.sleep(0.02)
        at_once -= 1
        await answering("Yes indeed.")(exchange)

    assert await ask_many(reply, 60) == ["Yes indeed."] * 60
    assert 0 < turned_away < 200


async def test_after_a_429_the_others_wait_as_well() -> None:
    """Without headers of a limit the first 429 is the news; the rest of the crowd does not run into it too."""
    loop = asyncio.get_running_loop()
    opens: float | None = None
    turned_away = 0

    async def reply(exchange: Exchange) -> None:
        nonlocal opens, turned_away
        if opens is None:
            opens = loop.time() + 0.3
        if loop.time() < opens:
            turned_away += 1
            await exchange.head(429, "application/json", "retry-after: 0.3\r\n")
            await exchange.send(b'{"error": {"message": "slow down"}}')
        else:
            await answering("Yes indeed.")(exchange)

    assert await ask_many(reply, 12) == ["Yes indeed."] * 12
    assert turned_away <= FIRST_REQUESTS


@in_virtual_time
async def test_a_limit_fills_all_the_while() -> None:
    """A reset is the time until it is full: 600 a minute are one in 0.1 s, not a door that is closed for a minute."""
    limiter = RateLimiter()
    (first,) = await sent(limiter, 1)
    await first.responded(told(remaining=0, reset="60s", limit=600))
    began = time.monotonic()
    await (await asyncio.wait_for(limiter.acquire(BODY), 10)).responded(told(remaining=0, reset="60s", limit=600))
    assert time.monotonic() - began == pytest.approx(0.1)


@in_virtual_time
async def test_tokens_come_back_at_their_own_pace() -> None:
    limiter = RateLimiter()
    (first,) = await sent(limiter, 1)
    # 20 tokens are wanted, 100 come back in a second.
    await first.responded(told(remaining=10, reset="6m0s", limit=36010, kind="tokens"))
    began = time.monotonic()
    await asyncio.wait_for(limiter.acquire(BODY), 10)
    assert time.monotonic() - began == pytest.approx(0.1)


@in_virtual_time
async def test_what_a_refusal_says_wins_over_a_reset() -> None:
    limiter = RateLimiter()
    (first,) = await sent(limiter, 1)
    await first.refused({"retry-after": "0.1", **told(remaining=0, reset="6m0s", limit=10)})
    await first.finished(False)
    assert limiter.patient
    await asyncio.wait_for(limiter.acquire(BODY), 5)


@pytest.mark.parametrize(
    ("headers", "words", "wait"),
    [
        ({"llm_provider-retry-after": "7"}, "", 7.0),
        ({"retry-after": "3", "llm_provider-retry-after": "7"}, "", 3.0),
        ({"llm_provider-retry-after-ms": "250"}, "", 0.25),
        ({}, "Rate limit reached. Please try again in 5.289s. Visit the pages.", 5.289),
        ({}, "Please try again in 6m0s.", 360.0),
        ({}, "Please try again in 120ms", 0.12),
        ({}, "Try again in 60 seconds. Passed model=x", 60.0),
        ({}, "retry after 2 minutes", 120.0),
        ({}, "[{'@type': 'RetryInfo', 'retryDelay': '36s'}]", 36.0),
        ({"x-retry-after": "6"}, "", 6.0),
        ({"x-ratelimit-retry-after": "6"}, "", 6.0),
        ({"retry-after": "6, 6"}, "", 6.0),
        ({"retry-after": "Wed, 01 Jan 2031 00:00:30 GMT", "date": "Wed, 01 Jan 2031 00:00:00 GMT"}, "", 30.0),
        ({}, "Please wait 15 seconds before retrying", 15.0),
        ({}, "{'error': 'x', 'retry_after': 7.5}", 7.5),
        ({}, "Limit resets in 14 seconds", 14.0),
        ({}, "Expected available in 14 seconds.", 14.0),
        ({}, "Try again in 2 hours", 7200.0),
        ({}, "Please try again in a few seconds; you sent 30 requests", None),
        ({"retry-after": "later"}, "wait for the bus", None),
        ({}, "", None),
    ],
)
def test_where_a_refusal_says_how_long(headers: dict[str, str], words: str, wait: float | None) -> None:
    assert retry_after(headers, words) == wait


@pytest.mark.parametrize(
    "name",
    [
        "x-ratelimit-remaining-requests",
        "llm_provider-x-ratelimit-remaining-requests",
        "x-ratelimit-remaining-req-minute",
        "x-ratelimit-remaining-requests-day",
        "x-ratelimit-remaining",
        "x-rate-limit-remaining",
        "anthropic-ratelimit-requests-remaining",
        "ratelimit-remaining",
    ],
)
@in_virtual_time
async def test_nothing_left_without_a_reset_means_slower_not_never(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diptych.backends.rate_limiter.BACKOFF_SECONDS", (0.1,))
    limiter = RateLimiter()
    tickets = await sent(limiter, FIRST_REQUESTS)
    for ticket in tickets:
        await ticket.responded({name: "0"})
        await ticket.finished(True)
    assert await sent(limiter, 20) == []
    slow = await asyncio.wait_for(limiter.acquire(BODY), 5)
    assert await sent(limiter, 20) == []
    await slow.responded({name: "50"})
    await slow.finished(True)
    await asyncio.sleep(0.15)
    assert len(await sent(limiter, 20)) > 1


@pytest.mark.parametrize("name", ["x-ratelimitbysize-remaining-minute", "x-tokenlimit-remaining", "x-ratelimit-remaining-tokens-minute", "anthropic-ratelimit-output-tokens-remaining"])  # fmt: skip  # noqa: E501
@in_virtual_time
async def test_limits_of_tokens_by_other_names(name: str) -> None:
    assert [limit.tokens for limit in limits({name: "45"}).values()] == [True]
    limiter = RateLimiter()
    (first,) = await sent(limiter, 1)
    await first.responded({name: "45"})
    assert len(await sent(limiter, 20)) == 2


@in_virtual_time
async def test_a_proxy_and_the_provider_behind_it_have_limits_of_their_own() -> None:
    limiter = RateLimiter()
    (first,) = await sent(limiter, 1)
    await first.responded({**told(remaining=100, reset="10s"), "llm_provider-x-ratelimit-remaining-requests": "2"})
    assert len(await sent(limiter, 20)) == 2


@in_virtual_time
async def test_a_window_that_ends_at_a_moment_is_closed_until_then() -> None:
    """OpenRouter's free models are counted a day: its reset is midnight, in milliseconds (Gitlawb/openclaude#936)."""
    for far, patient in ((40, True), (7200, False)):
        limiter = RateLimiter()
        (first,) = await sent(limiter, 1)
        moment = f"{(time.time() + far) * 1000:.0f}"
        headers = {"x-ratelimit-limit": "50", "x-ratelimit-remaining": "0", "x-ratelimit-reset": moment}
        assert retry_after(headers) == pytest.approx(far, abs=2)
        await first.refused(headers)
        await first.finished(False)
        assert limiter.patient == patient
        if patient:
            assert await sent(limiter, 1) == []


@in_virtual_time
async def test_limits_of_what_is_not_asked_for_are_no_limits() -> None:
    assert limits({"x-ratelimit-remaining-input-images": "0", "x-ratelimit-remaining-audio": "0"}) == {}


async def test_a_server_that_says_to_come_back_at_once_is_not_asked_without_a_pause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("diptych.backends.rate_limiter.BACKOFF_SECONDS", (0.05,))
    came: list[float] = []

    async def reply(exchange: Exchange) -> None:
        came.append(time.monotonic())
        if len(came) < 4:
            await document({"error": {"message": "slow down"}}, 429, "retry-after: 0\r\n")(exchange)
        else:
            await answering("Yes.")(exchange)

    async with serve(reply) as server:
        backend = connect(Endpoint("openai", server.base_url))
        await backend.start(lambda doing: None)
        async for _ in backend.stream(Request("m", (Message("user", "Hi"),), Sampling())):
            pass
        await backend.close()
    assert min(later - sooner for sooner, later in pairwise(came)) >= 0.04


@in_virtual_time
async def test_a_wait_is_told_while_it_lasts_and_when_it_is_over() -> None:
    heard: list[str] = []
    limiter = RateLimiter()
    (first,) = await sent(limiter, 1)
    await first.refused({"retry-after": "1.2"})
    await first.finished(False)
    with heard_by(heard.append):
        await asyncio.wait_for(limiter.acquire(BODY), 10)
    assert heard[0] == "waiting for the endpoint's rate limit · 2 s"
    assert heard[-1] == ""


@in_virtual_time
async def test_some_minutes_are_waited_for_and_more_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    limiter = RateLimiter()
    (first,) = await sent(limiter, 1)
    await first.refused({"retry-after": "300"})
    await first.finished(False)
    assert limiter.patient
    waiting = asyncio.create_task(limiter.acquire(BODY))
    await asyncio.sleep(299)
    assert not waiting.done()
    await asyncio.sleep(2)
    assert waiting.done()
    limiter.refused_since = time.monotonic() - 3600
    assert not limiter.patient


async def test_a_server_that_says_when_is_asked_until_it_lets_one_in() -> None:
    """More often than what says nothing: each time it names the second."""
    turned_away = 0

    async def reply(exchange: Exchange) -> None:
        nonlocal turned_away
        if turned_away < 12:
            turned_away += 1
            await exchange.head(429, "application/json", "retry-after-ms: 1000\r\n")
            await exchange.send(b'{"error": {"message": "slow down"}}')
        else:
            await answering("Yes indeed.")(exchange)

    real = RateLimiter.refused

    def quickly(self: RateLimiter, headers: Mapping[str, str], number: int, words: str = "") -> None:
        real(self, {"retry-after": "0.01"}, number, words)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RateLimiter, "refused", quickly)
        assert await ask_many(reply, 1) == ["Yes indeed."]
    assert turned_away == 12
