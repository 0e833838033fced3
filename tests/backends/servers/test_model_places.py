"""A bounded number of models in memory: the law, with models that only count, and the real child process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import psutil
import pytest
import pytest_asyncio
from hypothesis import example, given
from hypothesis import strategies as st

from diptych.backends import Delta, NotReady, Request, Sampling
from diptych.backends.endpoint import Patience
from diptych.backends.servers import llama_memory
from diptych.backends.servers.kept_loras import gguf_lora
from diptych.backends.servers.llama_files import LlamaModel, checked_model
from diptych.backends.servers.llama_server import LlamaServer
from diptych.backends.servers.model_places import ModelPlaces, PlacedModel
from tests.real_llama import embedded
from tests.small_models import MODELS, random_factors, write_gguf, write_lora


class Counting(PlacedModel):
    """A model that knows what is done to it."""

    memory = 1

    def __init__(self, loaded: set["Counting"], takes: int = 1, fails: bool = False) -> None:
        self._loaded, self._takes, self._fails = loaded, takes, fails
        self.users = 0
        self.loads = 0

    async def load(self) -> None:
        for _ in range(self._takes):
            await asyncio.sleep(0)
        self.loads += 1
        if self._fails:
            raise NotReady("it is broken")
        self._loaded.add(self)

    async def unload(self) -> None:
        assert not self.users, "a busy model was ended"
        await asyncio.sleep(0)
        self._loaded.remove(self)


Work = tuple[int, int, int, bool]
"""The number of its model, when it comes and how long it takes in turns of the loop, and whether it is given up."""
WORK = st.tuples(st.integers(0, 4), st.integers(0, 12), st.integers(0, 6), st.booleans())


@given(st.integers(1, 3), st.lists(WORK, max_size=16), st.integers(1, 4))
@example(1, [(0, 0, 6, False), (1, 0, 0, True), (0, 1, 0, False)], 1)
@example(2, [(0, 0, 6, False), (1, 0, 6, False), (2, 1, 0, False), (4, 1, 0, False), (3, 1, 1, True)], 3)
async def test_every_request_gets_its_turn_within_the_bound(most: int, works: list[Work], takes: int) -> None:
    loaded: set[Counting] = set()
    # The last one cannot be loaded.
    models = [Counting(loaded, takes, fails=number == 4) for number in range(5)]
    places = ModelPlaces(most)

    async def do(work: Work) -> None:
        number, comes, lasts, _ = work
        model = models[number]
        for _ in range(comes):
            await asyncio.sleep(0)
        async with places.hold(model):
            model.users += 1
            try:
                for _ in range(lasts):
                    assert model in loaded
                    assert len(loaded) <= most
                    await asyncio.sleep(0)
            finally:
                model.users -= 1

    async with asyncio.timeout(5):
        tasks = [asyncio.create_task(do(work)) for work in works]
        for _ in range(6):
            await asyncio.sleep(0)
        for task, work in zip(tasks, works, strict=True):
            if work[3]:
                task.cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        for (number, *_, given_up), outcome in zip(works, done, strict=True):
            if not given_up:
                assert isinstance(outcome, NotReady) if number == 4 else outcome is None
        # No place is lost: as many as before fit side by side.
        for model in models[:most]:
            async with places.hold(model):
                pass
        assert loaded == set(models[:most])


async def test_the_one_that_was_asked_least_recently_makes_room() -> None:
    loaded: set[Counting] = set()
    first, second, third = (Counting(loaded) for _ in range(3))
    places = ModelPlaces(2)
    for model in (first, second, first, third):
        async with places.hold(model):
            pass
    assert loaded == {first, third}
    assert not places.has_room(second)


async def test_too_little_memory_is_a_smaller_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: set[Counting] = set()
    models = [Counting(loaded) for _ in range(3)]
    monkeypatch.setattr(llama_memory, "free_memory", lambda: 2 - len(loaded))
    places = ModelPlaces(5)
    for _ in range(2):
        for model in models:
            async with places.hold(model):
                assert len(loaded) <= 2
    assert sum(model.loads for model in models) == 6


async def test_models_whose_server_ends_leave_nothing() -> None:
    loaded: set[Counting] = set()
    busy, waiting = Counting(loaded), Counting(loaded)
    places = ModelPlaces(1)
    async with places.hold(busy):
        queued = asyncio.create_task(places.hold(waiting).__aenter__())
        await asyncio.sleep(0)
        await places.remove([busy, waiting], NotReady("it was ended"))
        with pytest.raises(NotReady, match="it was ended"):
            await queued
    async with places.hold(waiting):
        assert waiting in loaded


# The real child process


@asynccontextmanager
async def small(folder: Path, *models: str, places: ModelPlaces) -> AsyncIterator[LlamaServer]:
    """A real server of llama.cpp with a small model, named "m", and the LoRAs one, two and torn."""
    kind = MODELS["llama"]
    base = write_gguf(kind, kind.weights(), folder / "small.gguf")
    adapters = {
        name: write_lora(folder / name, random_factors(kind.modules(), rank=2, seed=seed))
        for seed, name in enumerate(("one", "two"))
    }
    adapters["torn"] = folder / "torn.gguf"
    adapters["torn"].write_bytes(gguf_lora(adapters["one"], checked_model(base).header).read_bytes()[:-1000])
    model = LlamaModel("m", lambda: base, adapters, context=64, threads=1)
    server = LlamaServer(model, Patience(60.0), models, places=places)
    await server.start(lambda doing: None)
    try:
        yield server
    finally:
        await server.close()


def asked(model: str, tokens: int = 4) -> Request:
    return Request(model, (), Sampling(0.0, max_tokens=tokens), mode="text", prefill="w7 w8 w9")


async def said(server: LlamaServer, model: str) -> str:
    return "".join([item.text async for item in server.stream(asked(model)) if isinstance(item, Delta)])


def served(server: LlamaServer) -> int:
    """How many models the child serves: each listens on a port of its own."""
    return sum(each.status == psutil.CONN_LISTEN for each in psutil.Process(server.pid).net_connections("tcp"))


@pytest_asyncio.fixture
async def two(tmp_path: Path) -> AsyncIterator[LlamaServer]:
    """A server with room for two models."""
    async with small(tmp_path, "m", "m+one", places=ModelPlaces(2)) as server:
        assert served(server) == 2
        yield server


async def test_a_hundred_doses_are_asked_in_turn_with_two_in_memory(two: LlamaServer) -> None:
    first = await said(two, "m+one")
    doses = [f"m+one@{number / 100}" for number in range(50)] + [f"m+two@{number / 100}" for number in range(50)]
    for dose in doses:
        assert await said(two, dose)
        assert served(two) <= 2
    assert await said(two, "m+one") == first
    # Many at once, more than there is room for.
    names = ["m", "m+one", *doses[40:60]]
    found = dict(zip(names, await asyncio.gather(*(said(two, name) for name in names)), strict=True))
    assert served(two) == 2
    assert found["m+one"] == first
    assert found == {name: await said(two, name) for name in names}


async def test_a_busy_model_is_not_ended_and_the_others_wait(two: LlamaServer) -> None:
    async with aclosing(two.stream(asked("m", 40))) as one, aclosing(two.stream(asked("m+one"))) as other:
        await anext(one)
        await anext(other)
        cancelled, waiting = (asyncio.create_task(said(two, "m+two")) for _ in range(2))
        await asyncio.wait([waiting], timeout=0.05)
        assert not waiting.done()
        cancelled.cancel()
        # One of both ends: the third model gets its place, and the one that goes on is not disturbed.
        assert [item async for item in other]
        assert await waiting
        assert served(two) == 2
        assert isinstance(await anext(one), Delta)
    # The answer that was broken off no longer keeps its model.
    for model in ("m+one", "m+two@0.5"):
        assert await said(two, model)
    assert served(two) == 2


async def test_a_model_that_cannot_be_loaded_takes_no_place(two: LlamaServer) -> None:
    for _ in range(3):
        with pytest.raises(NotReady, match=r"\+torn cannot be served: .*not within the file bounds"):
            await said(two, "m+torn")
    assert all(await asyncio.gather(*(said(two, model) for model in ("m", "m+one"))))
    assert served(two) == 2


async def test_endpoints_share_the_places(tmp_path: Path) -> None:
    places = ModelPlaces(1)
    async with small(tmp_path, "m", places=places) as one, small(tmp_path, "m+one", places=places) as other:
        assert other.pid is None, "it is loaded when it is asked"
        assert await said(other, "m+one")
        assert one.pid is None, "its last model has made room, and its process with it"
        assert await said(one, "m")
        assert other.pid is None
    with pytest.raises(NotReady, match="does not run"):
        await said(one, "m")
    assert one.pid is None


@pytest.mark.slow
async def test_the_memory_of_many_doses_is_that_of_two() -> None:
    """With the embedded model: what the child takes does not grow with the number of doses."""
    base = "smollm2-135m-instruct"

    def memory() -> int:
        return psutil.Process(server.pid).memory_info().rss

    async with embedded(base, f"{base}+hello", places=ModelPlaces(2)) as server:
        whole = await said(server, f"{base}+hello")
        before = memory()
        for number in range(12):
            assert await said(server, f"{base}+hello@{number / 12}")
        assert memory() < 1.2 * before
        assert await said(server, f"{base}+hello") == whole
