"""Adapters on several servers, in the words of vLLM's API: each has them, or none."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from diptych.backends import BadRequest, Endpoint, Message, Request, Sampling, ServerError, connect
from diptych.backends.servers.vllm import VLLM
from tests.openai_server import Exchange, Server, serve

WIDE = "Call to add_lora method failed: Worker failed with error 'LoRA rank 64 is greater than max_lora_rank 16.'"


class Replica:
    """A vLLM server, as far as its adapters go."""

    def __init__(self, refuses: str | None = None) -> None:
        self.adapters: dict[str, str] = {}
        self._refuses = refuses

    async def __call__(self, exchange: Exchange) -> None:
        body = exchange.body
        if exchange.path == "/v1/load_lora_adapter":
            if self._refuses is not None:
                error = {"message": self._refuses, "type": "InternalServerError", "code": 500}
                return await exchange.error(500, {"error": error})
            self.adapters[body["lora_name"]] = body["lora_path"]
        elif exchange.path == "/v1/unload_lora_adapter":
            del self.adapters[body["lora_name"]]
        else:
            listed = [{"id": "base"}, *({"id": name, "parent": "base"} for name in self.adapters)]
            await exchange.head(kind="application/json")
            return await exchange.send(json.dumps({"data": listed}).encode())
        await exchange.head(kind="application/json")
        return await exchange.send(b'"Success"')


@asynccontextmanager
async def several(*replicas: Replica) -> AsyncIterator[VLLM]:
    async with AsyncExitStack() as stack:
        servers: list[Server] = [await stack.enter_async_context(serve(replica)) for replica in replicas]
        backend = connect(Endpoint("vllm", tuple(server.base_url for server in servers), timeout=5.0))
        assert isinstance(backend, VLLM)
        stack.push_async_callback(backend.close)
        await backend.start(lambda doing: None)
        yield backend


async def test_what_is_no_list_of_models_is_told() -> None:
    async def page(exchange: Exchange) -> None:
        await exchange.head(kind="application/json")
        await exchange.send(b'"welcome"')

    async with serve(page) as server:
        backend = connect(Endpoint("vllm", server.base_url, timeout=5.0))
        with pytest.raises(ServerError, match="list of models"):
            await backend.start(lambda doing: None)
        await backend.close()


@pytest.mark.parametrize(
    ("tokens", "choices"),
    [
        ('"none"', "[]"),
        ('{"tokens": [1, 2]}', "[]"),
        ('{"tokens": [1, 2]}', '[{"prompt_logprobs": null}]'),
        ('{"tokens": [1, 2]}', '[{"prompt_logprobs": [null, null, {"7": {"rank": 1}}]}]'),
    ],
)
async def test_scores_that_are_none_are_told(tokens: str, choices: str) -> None:
    async def odd(exchange: Exchange) -> None:
        await exchange.head(kind="application/json")
        said = {"/v1/models": '{"data": [{"id": "base"}]}', "/tokenize": tokens}
        await exchange.send(said.get(exchange.path, f'{{"choices": {choices}}}').encode())

    async with serve(odd) as server:
        backend = connect(Endpoint("vllm", server.base_url, timeout=5.0))
        await backend.start(lambda doing: None)
        request = Request("base", (Message("user", "Why?"),), Sampling())
        with pytest.raises(ServerError, match="cannot be read"):
            assert [token async for token in backend.score(request, "So.")]
        await backend.close()


async def test_every_server_loads_and_unloads() -> None:
    one, other = Replica(), Replica()
    async with several(one, other) as backend:
        await backend.load_adapter("hello", "/adapters/hello")
        assert one.adapters.keys() == other.adapters.keys() == {"hello"}
        assert {model.name for model in await backend.models()} == {"base", "hello"}
        await backend.unload_adapter("hello")
        assert one.adapters == other.adapters == {}


async def test_an_adapter_that_one_refuses_is_on_none() -> None:
    one, other = Replica(), Replica(refuses=WIDE)
    async with several(one, other) as backend:
        with pytest.raises(BadRequest, match="rank 64 is above the server's highest, 16"):
            await backend.load_adapter("wide", "/adapters/wide")
        assert one.adapters == {}


async def test_the_same_folder_is_never_told_in_the_same_words_twice() -> None:
    """A server keeps what it has computed by name and path, and would answer with what a former adapter left."""
    one = Replica()
    async with several(one) as backend:
        paths = []
        for _ in range(3):
            await backend.load_adapter("hello", "/adapters/hello/")
            paths.append(one.adapters["hello"])
            await backend.unload_adapter("hello")
        assert len(set(paths)) == 3
        await backend.load_adapter("hello", "owner/hello")
        assert one.adapters["hello"] == "owner/hello"
