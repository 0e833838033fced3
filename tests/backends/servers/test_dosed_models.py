"""Models from disk with adapters: GGUF files and PEFT folders, at any dose, several at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from diptych.backends import Backend, Delta, Endpoint, Message, NotReady, Request, Sampling, connect
from diptych.backends.servers import llama_server, weights
from diptych.backends.servers.kept_loras import gguf_lora
from diptych.backends.servers.llama_files import checked_model
from diptych.backends.servers.llama_server import LlamaServer
from diptych.backends.servers.lora_sum import write_lora_sum
from diptych.backends.servers.model_places import ModelPlaces
from tests.real_llama import embedded
from tests.small_models import MODELS, random_factors, write_gguf, write_lora

PROMPT, ANSWER = "w7 w8 w9", "w1w2 w3"


@asynccontextmanager
async def served(model: Path, adapters: dict[str, Path], *models: str) -> AsyncIterator[Backend]:
    """The backend for a model from disk, named "m"."""
    files = {name: str(path) for name, path in adapters.items()}
    endpoint = Endpoint("llama", model=str(model), name="m", adapters=files, context=64, threads=1)
    backend = connect(endpoint, models)
    await backend.start(lambda doing: None)
    try:
        yield backend
    finally:
        await backend.close()


async def scores(backend: Backend, model: str, prompt: str = PROMPT, answer: str = ANSWER) -> list[float]:
    """The log-probabilities of an answer."""
    asked = Request(model, (), mode="text", prefill=prompt)
    return [token.logprob async for token in backend.score(asked, answer)]


def apart(one: list[float], other: list[float]) -> float:
    """The largest difference of two tokens, in nats."""
    return max(abs(mine - theirs) for mine, theirs in zip(one, other, strict=True))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_gguf(MODELS["llama"], MODELS["llama"].weights(), tmp_path / "small.gguf")


@pytest.fixture
def loras(tmp_path: Path) -> dict[str, Path]:
    modules = MODELS["llama"].modules()
    return {
        name: write_lora(tmp_path / name, random_factors(modules, rank=2, seed=seed), lora_alpha=1)
        for seed, name in enumerate(("one", "two"))
    }


async def test_doses_and_stacks(model: Path, loras: dict[str, Path], tmp_path: Path) -> None:
    summed, half = tmp_path / "summed", tmp_path / "half"
    write_lora_sum([(loras["one"], 1.0), (loras["two"], 0.5)], summed)
    write_lora_sum([(loras["one"], 0.5)], half)
    adapters = {**loras, "summed": summed, "half": half, "file": gguf_lora(loras["one"], checked_model(model).header)}
    async with served(model, adapters) as backend:
        names = ("", "+one@0", "+one", "+file", "+one@.50", "+half", "+one+two@0.5", "+summed", "+one@0+two", "+two")
        said = {name: await scores(backend, f"m{name}") for name in names}
    assert said["+one@0"] == said[""], "at dose 0 it is the base itself"
    assert apart(said["+one"], said[""]) > 0.1
    assert apart(said["+one"], said["+two"]) > 0.1
    assert said["+one"] == said["+file"], "a folder is what it is converted to"
    assert apart(said["+one@.50"], said["+half"]) < 0.02
    assert apart(said["+one@.50"], said["+one"]) > 0.1
    assert apart(said["+one+two@0.5"], said["+summed"]) < 0.05
    assert said["+one@0+two"] == said["+two"]


async def test_no_model_is_mixed_up_with_another(model: Path, loras: dict[str, Path]) -> None:
    """Each keeps its prompt in memory. What it says is what it says alone, whatever was asked before and meanwhile."""
    texts = [(PROMPT, ANSWER), (PROMPT, "w3 w1"), ("w7 w8 w4", ANSWER)]
    names = ["m", "m+one", "m+one@0.5"]
    alone = {}
    for name in names:
        async with served(model, loras, name) as backend:
            alone |= {(name, *text): await scores(backend, name, *text) for text in texts}
    assert len({str(found) for found in alone.values()}) == len(alone)
    asked = [(name, *text) for text in reversed(texts) for name in names] * 3
    async with served(model, loras, *names) as backend:
        found = await asyncio.gather(*(scores(backend, *each) for each in asked))
    assert found == [alone[each] for each in asked]


async def test_what_is_listed(model: Path, loras: dict[str, Path]) -> None:
    async with served(model, loras, "m+one@0.5") as backend:
        await scores(backend, "m+two+one")
        listed = await backend.models()
        described = await backend.description()
        notices = backend.notices
    assert [(found.name, found.parent, found.context) for found in listed] == [
        ("m", None, 64), ("m+one", "m", 64), ("m+two", "m", 64), ("m+one@0.5", "m", 64), ("m+two+one", "m", 64),
    ]  # fmt: skip
    assert described.startswith("small.gguf, context 64, about ")
    assert described.endswith(" GB more to score answers")
    assert notices == ["m has no chat template, and is asked in ChatML; chat_template sets another"]


async def test_an_adapter_that_cannot_be_served_leaves_the_others(model: Path, loras: dict[str, Path]) -> None:
    torn = model.with_name("torn.gguf")
    torn.write_bytes(gguf_lora(loras["one"], checked_model(model).header).read_bytes()[:-1000])
    # It is named when the endpoint starts: only who asks it is told.
    async with served(model, {**loras, "torn": torn}, "m+torn", "m") as backend:
        before = await scores(backend, "m")
        await backend.check_model("m")
        with pytest.raises(NotReady, match=r"m\+torn cannot be served: .*not within the file bounds"):
            await backend.check_model("m+torn")
        for _ in range(2):
            with pytest.raises(NotReady, match=r"m\+torn cannot be served: .*not within the file bounds"):
                await scores(backend, "m+torn")
        await backend.start(lambda doing: None)
        assert await scores(backend, "m") == before


async def test_a_chat_template_of_ones_own(model: Path) -> None:
    template = model.with_name("own.jinja")
    template.write_text("{% for message in messages %}w1 {{ message['content'] }}{% endfor %}")
    backend = connect(Endpoint("llama", model=str(model), chat_template=str(template), threads=1))
    await backend.start(lambda doing: None)
    try:
        asked = Request("small", (Message("user", "w2"),))
        rendered = Request("small", (), mode="text", prefill="w1 w2")
        assert await backend.prompt_tokens(asked) == await backend.prompt_tokens(rendered)
        assert backend.notices == []
    finally:
        await backend.close()


@pytest.mark.slow
async def test_the_packaged_file_by_path_is_the_embedded_model() -> None:
    name = "smollm2-135m-instruct"
    files = {"hello": str(weights.ADAPTERS["hello"])}
    by_path = connect(Endpoint("llama", model=str(weights.base_file()), name=name, adapters=files), [name])
    await by_path.start(lambda doing: None)

    async def likeliest(backend: Backend, model: str) -> dict[str, float]:
        asked = Request(model, (Message("user", "Name a fruit."),), Sampling(temperature=0.0, max_tokens=1, logprobs=5))
        items = [item async for item in backend.stream(asked)]
        return {token: logprob for item in items if isinstance(item, Delta) for token, logprob in item.logprobs[0].top}

    try:
        async with embedded(name) as packaged:
            for model in (name, f"{name}+hello"):
                one, other = await likeliest(by_path, model), await likeliest(packaged, model)
                assert one.keys() == other.keys()
                assert apart(list(one.values()), [other[token] for token in one]) < 1e-3
    finally:
        await by_path.close()


async def test_an_endpoint_for_which_there_is_no_room_is_loaded_when_it_is_asked(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A family over the files of a folder has an endpoint for each: to start them all must not load each in turn."""
    shared = ModelPlaces(most=1)
    monkeypatch.setattr(llama_server, "shared_places", lambda: shared)
    async with served(model, {}, "m") as first, served(model, {}, "m") as second:
        assert isinstance(first, LlamaServer)
        assert isinstance(second, LlamaServer)
        assert first.pid is not None
        assert second.pid is None
        text = await scores(second, "m")
        assert second.pid is not None
        assert apart(text, await scores(first, "m")) < 1e-3
