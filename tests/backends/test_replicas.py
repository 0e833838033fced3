"""Several servers used as one."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from diptych.backends import Backend, BadKey, Delta, End, Endpoint, Message, Request, Sampling, Unreachable, connect
from diptych.backends.openai_client import OpenAIClient
from tests.openai_server import Exchange, OpenAI, Reply, Server, serve
from tests.waiting import wait_until

REQUEST = Request("gpt-base", (Message("user", "Hi"),), Sampling(max_tokens=4))


async def replicas(stack: AsyncExitStack, *replies: Reply, dead: int = 0) -> tuple[Backend, list[Server]]:
    """A backend on a server for each reply, and before them on addresses where nobody is."""
    servers = [await stack.enter_async_context(serve(reply)) for reply in replies]
    backend = await on(stack, *closed_addresses(dead), *(server.base_url for server in servers))
    return backend, servers


async def on(stack: AsyncExitStack, *addresses: str) -> Backend:
    """A backend on all these addresses."""
    backend = connect(Endpoint("openai", addresses, timeout=5.0))
    stack.push_async_callback(backend.close)
    await backend.start(lambda doing: None)
    return backend


def closed_addresses(count: int) -> list[str]:
    return [f"http://127.0.0.1:{_closed_port()}/v1" for _ in range(count)]


def _closed_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


async def read(backend: Backend) -> str:
    return "".join([item.text async for item in backend.stream(REQUEST) if isinstance(item, Delta)])


async def test_each_request_goes_to_the_least_busy() -> None:
    held = asyncio.Event()

    async def slow(exchange: Exchange) -> None:
        await held.wait()
        await OpenAI()(exchange)

    async with AsyncExitStack() as stack:
        backend, servers = await replicas(stack, slow, slow, slow)
        tasks = [asyncio.create_task(read(backend)) for _ in range(9)]
        await wait_until(lambda: sum(len(server.asked) for server in servers) >= 9)
        held.set()
        assert await asyncio.gather(*tasks) == ["Yes indeed."] * 9
    assert [len(server.asked) for server in servers] == [3, 3, 3]


async def test_a_dead_one_is_passed_over_and_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diptych.backends.openai_client.RETRIES", 0)
    async with AsyncExitStack() as stack:
        backend, (alive,) = await replicas(stack, OpenAI(), dead=1)
        tried: list[str] = []
        send = OpenAIClient.send

        def noted(client: OpenAIClient, *asked: Any) -> AsyncIterator[Delta | End]:
            tried.append(client.base_url)
            return send(client, *asked)

        monkeypatch.setattr(OpenAIClient, "send", noted)
        for _ in range(3):
            assert await read(backend) == "Yes indeed."
        assert [url == alive.base_url for url in tried] == [False, True, True, True]


async def test_a_dead_one_is_named_while_the_others_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diptych.backends.openai_client.RETRIES", 0)
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(serve(OpenAI())) for _ in range(2)]
        (dead,) = closed_addresses(1)
        backend = await on(stack, dead, *(server.base_url for server in servers))
        for _ in range(2):
            assert await read(backend) == "Yes indeed."
        (notice,) = backend.notices
        assert notice.startswith(f"one of 3 addresses is skipped: no response from {dead};")


async def test_a_list_of_models_finds_the_dead_one_whichever_it_is() -> None:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(serve(OpenAI()))
        (dead,) = closed_addresses(1)
        backend = await on(stack, server.base_url, dead)
        assert [model.name for model in await backend.models()] == list(OpenAI().models)
        (notice,) = backend.notices
        assert dead in notice


async def test_an_error_says_which_of_several_it_comes_from() -> None:
    async with AsyncExitStack() as stack:
        backend, (server, _) = await replicas(stack, OpenAI(key="x"), OpenAI(key="x"))
        with pytest.raises(BadKey, match=server.base_url):
            await read(backend)


async def test_one_that_comes_back_is_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diptych.backends.openai_client.RETRIES", 0)
    monkeypatch.setattr("diptych.backends.replicas.REST_SECONDS", 0.05)
    down = True

    async def first(exchange: Exchange) -> None:
        if down:
            exchange.writer.transport.abort()
        else:
            await OpenAI()(exchange)

    async with AsyncExitStack() as stack:
        backend, (one, other) = await replicas(stack, first, OpenAI())
        assert await read(backend) == "Yes indeed."
        assert (len(one.asked), len(other.asked)) == (1, 1)
        down = False
        async with asyncio.timeout(5):
            while len(one.asked) == 1:
                assert await read(backend) == "Yes indeed."
                await asyncio.sleep(0.01)


async def test_when_all_are_dead_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diptych.backends.openai_client.RETRIES", 0)
    async with AsyncExitStack() as stack:
        dead = closed_addresses(2)
        backend = await on(stack, *dead)
        for _ in range(2):
            with pytest.raises(Unreachable, match="no response from") as caught:
                await read(backend)
            assert all(address in caught.value.message for address in dead)


async def test_the_recorded_request_is_the_one_sent_whichever_server_learnt_it() -> None:
    held = asyncio.Event()

    async def busy(exchange: Exchange) -> None:
        await held.wait()
        await OpenAI()(exchange)

    async with AsyncExitStack() as stack:
        backend, (first, second) = await replicas(stack, busy, OpenAI(reasoning=("gpt-base",)))
        waiting = asyncio.create_task(read(backend))
        await wait_until(lambda: first.asked)
        assert await read(backend) == "Yes indeed."
        assert await backend.body(REQUEST) == second.asked[-1].body
        assert "max_completion_tokens" in second.asked[-1].body
        held.set()
        await waiting
