"""The client against a server on loopback."""

import asyncio
from contextlib import aclosing

import pytest

from diptych.backends import (
    BackendError,
    BadKey,
    BadRequest,
    Delta,
    End,
    Endpoint,
    Message,
    NoQuota,
    RateLimited,
    Request,
    Sampling,
    ServerError,
    TooLong,
    UnknownModel,
    Usage,
    connect,
)
from tests.openai_server import Exchange, Reply, answering, chunk, serve

REQUEST = Request("some-model", (Message("user", "Hi"),), Sampling(temperature=0.5, seed=3, max_tokens=9))


async def ask(base_url: str, request: Request = REQUEST, timeout: float = 5.0) -> tuple[str, End, list[Delta]]:
    backend = connect(Endpoint("openai", base_url, timeout=timeout))
    await backend.start(lambda doing: None)
    deltas, end = [], None
    try:
        async for item in backend.stream(request):
            if isinstance(item, Delta):
                deltas.append(item)
            else:
                end = item
    finally:
        await backend.close()
    assert end is not None
    return "".join(d.text for d in deltas), end, deltas


async def test_text_usage_and_provenance() -> None:
    async with serve(answering("Hello there my friend")) as server:
        text, end, deltas = await ask(server.base_url)
    assert text == "Hello there my friend"
    assert (end.finish_reason, end.usage) == ("stop", Usage(7, 3))
    assert (end.model, end.fingerprint, end.request_id) == ("served-model", "fp_1", "req_1")
    assert all(a.at <= b.at for a, b in zip(deltas, deltas[1:], strict=False))
    sent = server.asked[0]
    assert sent.path == "/v1/chat/completions"
    assert sent.body == {
        "model": "some-model",
        "messages": [{"role": "user", "content": "Hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.5,
        "seed": 3,
        "max_tokens": 9,
    }
    assert await connect(Endpoint("openai", server.base_url)).body(REQUEST) == sent.body


async def test_logprobs_are_asked_for_and_read() -> None:
    content = [{"token": "Hi", "logprob": -0.5, "top_logprobs": [{"token": "Ho", "logprob": -1.0}]}]

    async def reply(exchange: Exchange) -> None:
        await exchange.head()
        choice = {"index": 0, "delta": {"content": "Hi"}, "logprobs": {"content": content}}
        await exchange.send(chunk(choices=[choice]) + chunk(finish="length"))

    async with serve(reply) as server:
        request = Request("m", (Message("user", "x"),), Sampling(logprobs=1))
        _, end, deltas = await ask(server.base_url, request)
    assert (server.asked[0].body["logprobs"], server.asked[0].body["top_logprobs"]) == (True, 1)
    assert deltas[0].logprobs[0].top == (("Ho", -1.0),)
    assert end.finish_reason == "length"


async def test_stopping_hangs_up_at_once() -> None:
    async def endless(exchange: Exchange) -> None:
        await exchange.head()
        while not exchange.gone.is_set():
            await exchange.send(chunk("word "))
            await asyncio.sleep(0.005)

    async with serve(endless) as server:
        backend = connect(Endpoint("openai", server.base_url))
        await backend.start(lambda doing: None)
        async with aclosing(backend.stream(REQUEST)) as stream:  # type: ignore[type-var]
            async for _ in stream:
                break
        await asyncio.wait_for(server.asked[0].gone.wait(), 2)
        await backend.close()


def status(number: int, **error: object) -> Reply:
    async def reply(exchange: Exchange) -> None:
        await exchange.error(number, {"error": {"message": "the server's words", **error}})

    return reply


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (status(401), BadKey),
        (status(403), BadKey),
        (status(404), UnknownModel),
        (status(400), BadRequest),
        (status(400, code="context_length_exceeded"), TooLong),
        (status(400, type="exceed_context_size_error", n_prompt_tokens=9000, n_ctx=2048), TooLong),
        (status(422), BadRequest),
    ],
)
async def test_refusals_stop_at_once_and_carry_the_mend(reply: Reply, kind: type[BackendError]) -> None:
    async with serve(reply) as server:
        with pytest.raises(kind) as caught:
            await ask(server.base_url)
    assert type(caught.value) is kind
    assert caught.value.hint
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("reply", "kind"),
    [(status(429), RateLimited), (status(500), ServerError), (status(429, code="insufficient_quota"), NoQuota)],
)
async def test_what_can_pass_is_tried_again_but_not_for_ever(
    reply: Reply, kind: type[BackendError], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("diptych.backends.openai_client.RETRIES", 1)
    monkeypatch.setattr("diptych.backends.openai_client.REFUSALS", 1)
    async with serve(reply) as server:
        with pytest.raises(kind):
            await ask(server.base_url)
    assert len(server.asked) == (1 if kind is NoQuota else 2)


async def test_too_long_names_both_counts() -> None:
    async with serve(status(400, type="exceed_context_size_error", n_prompt_tokens=9000, n_ctx=2048)) as server:
        with pytest.raises(TooLong, match="9000 tokens, the model's context holds 2048"):
            await ask(server.base_url)


async def test_a_key_is_read_from_the_environment_and_never_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", "sk-canary")
    async with serve(status(401)) as server:
        backend = connect(Endpoint("openai", server.base_url, "SOME_KEY"))
        await backend.start(lambda doing: None)
        with pytest.raises(BadKey) as caught:
            async for _ in backend.stream(REQUEST):
                pass
        await backend.close()
    assert server.asked[0].headers["authorization"] == "Bearer sk-canary"
    assert "canary" not in repr(caught.value) + caught.value.hint + str(await backend.body(REQUEST))


async def test_a_missing_key_is_told_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    backend = connect(Endpoint("openai", "http://127.0.0.1:9/v1", "NO_SUCH_KEY"))
    with pytest.raises(BadKey, match="NO_SUCH_KEY is not set"):
        await backend.start(lambda doing: None)
