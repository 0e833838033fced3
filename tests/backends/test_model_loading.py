"""A model that the server still loads is waited for, visibly, and by one request for all."""

import asyncio
import json
from typing import Any

import pytest

from diptych.backends import Backend, Delta, Endpoint, Loading, TimedOut, connect, heard_by
from tests.backends.hosted_server import fault, hosted, read, request
from tests.openai_server import Exchange, OpenAI, Reply, serve
from tests.waiting import wait_until

LLAMA = {"error": {"message": "Loading model", "type": "unavailable_error", "code": 503}}
MODES: list[tuple[int, Any]] = [
    (503, LLAMA),
    (503, {"error": "Model some/model is currently loading", "estimated_time": 0.2}),
    (429, {"error": {"code": "ModelNotReadyException", "message": "not now"}}),
    (503, {"error": {"code": "DEPLOYMENT_SCALING_UP", "message": "Deployment is scaled to zero and is scaling up."}}),
    (503, "the model is still being loaded"),
]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diptych.backends.model_loading.FIRST_PAUSE_SECONDS", 0.02)
    monkeypatch.setattr("diptych.backends.model_loading.TICK_SECONDS", 0.01)
    monkeypatch.setattr("diptych.backends.rate_limiter.BACKOFF_SECONDS", (0.001,))


def loading(times: int, status: int = 503, said: Any = LLAMA) -> tuple[Reply, list[float]]:
    """So many requests come too early."""
    came: list[float] = []

    async def reply(exchange: Exchange) -> None:
        came.append(asyncio.get_running_loop().time())
        if len(came) > times:
            await OpenAI()(exchange)
        elif isinstance(said, str):
            await exchange.head(status, "text/plain")
            await exchange.send(said.encode())
        else:
            await exchange.head(status, "application/json")
            await exchange.send(json.dumps(said).encode())

    return reply, came


@pytest.mark.parametrize(("status", "said"), MODES)
async def test_it_is_waited_for_and_that_is_told(status: int, said: Any) -> None:
    reply, came = loading(3, status, said)
    told: list[str] = []
    async with hosted(reply) as (backend, _):
        with heard_by(told.append):
            texts, _, _ = await read(backend, request())
    assert texts == ["Yes indeed."]
    assert len(came) == 4
    assert "the model is loading · 0 s" in told
    assert told[-1] == ""


async def test_a_limit_ends_the_wait_and_those_who_come_later_do_not_wait_anew() -> None:
    reply, came = loading(10**6)
    async with hosted(reply, loading_timeout=0.3) as (backend, _):
        found = await fault(backend, request())
        before = len(came)
        again = await fault(backend, request())
    for error in (found, again):
        assert isinstance(error, Loading)
        assert (error.kind, error.message) == ("loading", "Loading model")
        assert "loading_timeout" in error.hint
    assert len(came) == before + 1


async def test_one_knocks_for_all() -> None:
    reply, came = loading(40)
    async with hosted(reply) as (backend, _):
        backend_reads = [read(backend, request()) for _ in range(30)]
        answers = await asyncio.wait_for(asyncio.gather(*backend_reads), 30)
    assert [texts for texts, _, _ in answers] == [["Yes indeed."]] * 30
    # Each has knocked once, and after that one alone until it was let in.
    assert len(came) <= 40 + 2 + 30


async def test_whoever_stops_is_stopped_at_once_and_another_knocks() -> None:
    reply, came = loading(6)
    async with hosted(reply) as (backend, _):
        first = asyncio.create_task(read(backend, request()))
        await wait_until(lambda: came)
        second = asyncio.create_task(read(backend, request()))
        await asyncio.sleep(0.03)
        first.cancel()
        await asyncio.wait([first], timeout=1)
        assert first.cancelled()
        texts, _, _ = await asyncio.wait_for(second, 10)
    assert texts == ["Yes indeed."]


async def test_a_list_of_models_waits_as_well() -> None:
    reply, came = loading(2)
    async with serve(reply) as server:
        backend = connect(Endpoint("vllm", server.base_url, timeout=5.0))
        await backend.start(lambda doing: None)
        await backend.close()
    assert len(came) == 3


@pytest.mark.parametrize(
    "said",
    [
        "failed to load model",
        "No models loaded. Please load a model.",
        "overloaded",
        "the LoRA adapter is not loaded",
        "Model is loaded but not responding",
        "invalid model file: corrupted while the model is loading",
        "loading the model requires 80 GB, but only 24 GB are available",
    ],
)
async def test_what_is_not_loading_is_not_waited_for(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diptych.backends.openai_client.RETRIES", 0)
    reply, came = loading(10**6, 503, {"error": {"message": said}})
    async with hosted(reply) as (backend, _):
        found = await fault(backend, request())
    assert found.kind == "server error"
    assert len(came) == 1


def slow_at_first(seconds: float) -> tuple[Reply, list[bool]]:
    """Loads its model with the first question, in silence."""
    asked: list[bool] = []

    async def reply(exchange: Exchange) -> None:
        asked.append(exchange.body["stream"])
        await asyncio.sleep(seconds)
        await OpenAI()(exchange)

    return reply, asked


async def one(backend: Backend) -> str:
    return "".join([item.text async for item in backend.stream(request()) if isinstance(item, Delta)])


async def test_the_first_answer_may_take_as_long_as_loading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diptych.backends.response_timeouts.QUIET_SECONDS", 0.05)
    reply, asked = slow_at_first(0.8)
    told: list[str] = []
    async with hosted(reply, timeout=0.3, loading_timeout=20.0) as (backend, _):
        with heard_by(told.append):
            assert await one(backend) == "Yes indeed."
        assert any("may still be loading" in doing for doing in told)
        found = await fault(backend, request())
    assert isinstance(found, TimedOut)
    assert "0.3 s" in found.message
    assert len(asked) == 2


async def test_a_limit_that_is_said_alone_holds_for_the_first_answer_too() -> None:
    reply, asked = slow_at_first(5.0)
    async with hosted(reply, timeout=0.2) as (backend, _):
        assert isinstance(await fault(backend, request()), TimedOut)
    assert len(asked) == 1
    assert Endpoint("openai", "http://x/v1").patience == (60.0, 300.0, False)
    assert Endpoint("openai", "http://x/v1", timeout=9.0).patience == (9.0, 300.0, True)
