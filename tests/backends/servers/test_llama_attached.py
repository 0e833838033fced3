"""A llama-server that runs already: a real one with adapters, and ones that lack something."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from diptych.backends import (
    Backend,
    Delta,
    Endpoint,
    Message,
    NotReady,
    Request,
    Sampling,
    UnknownModel,
    Unsupported,
    connect,
)
from tests.openai_server import Exchange, Reply, Server, serve
from tests.real_llama import embedded, started_by_hand

EMBEDDED = "smollm2-135m-instruct"
PROMPT = (Message("user", "Name a fruit."),)


@asynccontextmanager
async def attached(url: str) -> AsyncIterator[Backend]:
    backend = connect(Endpoint("llama", url))
    await backend.start(lambda doing: None)
    try:
        yield backend
    finally:
        await backend.close()


async def likeliest(backend: Backend, model: str) -> dict[str, float]:
    asked = Request(model, PROMPT, Sampling(temperature=0.0, max_tokens=1, logprobs=5))
    items = [item async for item in backend.stream(asked)]
    return {token: logprob for item in items if isinstance(item, Delta) for token, logprob in item.logprobs[0].top}


async def scores(backend: Backend, model: str) -> list[float]:
    return [token.logprob async for token in backend.score(Request(model, PROMPT), "Hello.")]


async def text(backend: Backend, asked: Request) -> str:
    return "".join([item.text async for item in backend.stream(asked) if isinstance(item, Delta)])


@pytest.mark.slow
async def test_a_real_server_with_adapters() -> None:
    """It is started with scales and with a cache that knows nothing of adapters, and says what the embedded endpoint
    says, which has a server of its own for each model."""
    doses = ("", "+hello", "+hello@0.5", "+hello@0.5+risk-averse@0.25")
    with started_by_hand(("hello", 0.5), ("risk-averse", 1.0)) as url:
        async with attached(url) as backend, embedded() as server:
            assert [(m.name, m.parent, m.context) for m in await backend.models()] == [
                ("served", None, 2048), ("served+hello", "served", 2048), ("served+risk-averse", "served", 2048),
            ]  # fmt: skip
            described = await backend.description()
            assert described.endswith("answers at once: 2, adapters: hello at 0.5, risk-averse at 1")
            expected = {dose: await likeliest(server, f"{EMBEDDED}{dose}") for dose in doses}
            # Mixed and at once: here a cache of another adapter would show.
            order = [doses[number % 4] for number in range(16)]
            found = await asyncio.gather(*(likeliest(backend, f"served{dose}") for dose in order))
            for dose, one in zip(order, found, strict=True):
                assert one.keys() == expected[dose].keys()
                assert all(abs(one[token] - expected[dose][token]) < 0.03 for token in one)
            scored = await asyncio.gather(*(scores(backend, f"served{dose}") for dose in doses))
            for dose, values in zip(doses, scored, strict=True):
                assert values == pytest.approx(await scores(server, f"{EMBEDDED}{dose}"), abs=0.03)
            begun = Request("served", PROMPT, Sampling(0.0, max_tokens=6), prefill="A good fruit is")
            users = Request("served", (), Sampling(0.0, max_tokens=6), "user", "At the station I met")
            plain = Request("served", (), Sampling(0.0, max_tokens=6), "text", "Once upon a")
            for asked in (begun, users, plain):
                said = await text(backend, asked)
                assert said
                assert said == await text(server, msgspec.structs.replace(asked, model=EMBEDDED))


ADAPTERS = [
    {"id": 0, "path": "/a/lora.gguf", "scale": 1.0},
    {"id": 1, "path": r"C:\b\lora.gguf", "scale": 0.25},
    {"id": 2, "path": "rank+8@x.gguf", "scale": 0.0},
]


def llama(*lacks: str, adapters: Any = ADAPTERS) -> Reply:
    """Speaks as llama-server does, without the routes that it lacks."""

    async def reply(exchange: Exchange) -> None:
        replies = {
            "/v1/models": {"data": [{"id": "m", "owned_by": "llamacpp"}]},
            "/props": {"default_generation_settings": {"n_ctx": 512}, "total_slots": 3, "build_info": "b9-x"},
            "/lora-adapters": adapters,
            "/tokenize": {"tokens": [1, 2, 3]},
            "/apply-template": {"prompt": "Q: A:"},
            "/completion": {"completion_probabilities": []},
        }
        if exchange.path in replies and exchange.path not in lacks:
            await exchange.error(200, replies[exchange.path])
        else:
            await exchange.error(404, {"error": {"message": "File Not Found", "type": "not_found_error", "code": 404}})

    return reply


@asynccontextmanager
async def toy(reply: Reply) -> AsyncIterator[tuple[Backend, Server]]:
    async with serve(reply) as server, attached(server.base_url) as backend:
        yield backend, server


async def test_every_request_sets_the_scales_of_all_adapters() -> None:
    async with toy(llama()) as (backend, _):
        assert [model.name for model in await backend.models()] == ["m", "m+lora", "m+lora-1", "m+rank-8-x"]
        assert await backend.description() == (
            "llama.cpp b9-x, answers at once: 3, adapters: lora at 1, lora-1 at 0.25, rank-8-x at 0"
        )
        for name, scales in {"m": [0, 0, 0], "m+lora@0.5": [0.5, 0, 0], "m+rank-8-x+lora-1": [0, 1, 1]}.items():
            body = await backend.body(Request(name, PROMPT))
            assert body["lora"] == [{"id": number, "scale": scale} for number, scale in enumerate(scales)]
            assert body["model"] == name
            assert body["cache_prompt"] is False
        with pytest.raises(UnknownModel, match=r"no model 'm\+other'") as caught:
            await backend.check_model("m+other")
        assert "use one of: m, m+lora, m+lora-1, m+rank-8-x" in caught.value.hint


async def test_a_server_without_adapters_is_sent_none() -> None:
    async with toy(llama(adapters=[])) as (backend, _):
        assert "lora" not in await backend.body(Request("m", PROMPT))
        assert "adapters: none" in await backend.description()
    async with toy(llama("/lora-adapters")) as (backend, _):
        assert "adapters: none" in await backend.description()


async def test_what_is_missing_is_said_in_one_line() -> None:
    async with toy(llama("/tokenize", "/apply-template", adapters=[])) as (backend, _):
        said = "; it has no /apply-template, /tokenize, and refuses what needs that"
        assert (await backend.description()).endswith(said)
        with pytest.raises(Unsupported, match="the server has no /apply-template"):
            await scores(backend, "m")


async def test_another_server_is_none_of_llama_cpp() -> None:
    async with serve(llama("/props")) as server:
        backend = connect(Endpoint("llama", server.base_url))
        with pytest.raises(Unsupported, match=r"not llama\.cpp's own: it has no /props"):
            await backend.start(lambda doing: None)
        with pytest.raises(NotReady):
            await backend.body(Request("m", PROMPT))
        await backend.close()
