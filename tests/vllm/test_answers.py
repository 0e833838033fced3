"""One server, base and adapters: what it answers, and that each side is what it says it is."""

import asyncio
import shutil
from pathlib import Path

import pytest

from diptych.backends import BadRequest, Delta, End, Message, Request, Sampling, TooLong, UnknownModel
from diptych.backends.servers.vllm_process import VLLMProcess
from tests.vllm import environment
from tests.vllm.conftest import Told
from tests.vllm.requests import asked, question

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_start_says_what_it_does(told: Told) -> None:
    stages = list(dict.fromkeys(line.removeprefix("vLLM: ").partition(" · ")[0] for line in told.progress))
    wanted = ["starting vLLM", "starting", "starting the engine", "loading the weights", "loading adapters"]
    seen = [stage for stage in stages if stage in wanted]
    # In order; one that is over before the log is looked at again is not told.
    assert seen == [stage for stage in wanted if stage in seen]
    assert seen[0] == "starting vLLM"
    assert len(seen) >= 3
    assert not any(told.backend.key in line for line in (*told.backend.log, *told.progress))


async def test_both_models_stream(server: VLLMProcess) -> None:
    base, pieces, end = await asked(server, question("base", max_tokens=16))
    assert len(pieces) > 10
    assert (end.finish_reason, end.model, end.usage and end.usage.completion_tokens) == ("length", "base", 16)
    hello, pieces, end = await asked(server, question("hello", max_tokens=16))
    assert len(pieces) > 10
    assert (base[0] == "H", hello[0] == "H", end.model) == (False, True, "hello")


async def test_other_spellings(server: VLLMProcess) -> None:
    base, hello, by_colon, by_path = [
        (await asked(server, question(model, max_tokens=4)))[0]
        for model in ("base", "hello", "base:hello", str(environment.model("base")))
    ]
    assert (by_colon, by_path) == (hello, base)
    assert base != hello


async def test_models_and_contexts(server: VLLMProcess) -> None:
    models = {model.name: model for model in await server.models()}
    assert {"base", "hello", "none", str(environment.model("base"))} == models.keys()
    assert models["hello"].parent
    assert {model.context for model in models.values()} == {2048}


async def test_unknown_model(server: VLLMProcess) -> None:
    with pytest.raises(UnknownModel, match="nobody"):
        await asked(server, question("nobody"))


async def test_a_prompt_that_is_too_long(server: VLLMProcess) -> None:
    with pytest.raises(TooLong, match="2048"):
        await asked(server, question("base", "word " * 3000))
    with pytest.raises(TooLong, match="2048"):
        [token async for token in server.score(question("base"), "word " * 3000)]


async def test_several_samples_in_one_request(server: VLLMProcess) -> None:
    request = question("hello", temperature=1.0, max_tokens=8)
    items = [item async for item in server.stream(request, samples=4)]
    texts = {n: "".join(i.text for i in items if isinstance(i, Delta) and i.sample == n) for n in range(4)}
    assert len(set(texts.values())) == 4
    assert sorted(item.sample for item in items if isinstance(item, End)) == [0, 1, 2, 3]


async def test_logprobs(server: VLLMProcess) -> None:
    text, deltas, _ = await asked(server, question("hello", logprobs=5, max_tokens=6))
    tokens = [token for delta in deltas for token in delta.logprobs]
    assert "".join(token.token for token in tokens) == text
    for token in tokens:
        assert len(token.top) == 5
        assert token.top[0] == (token.token, token.logprob)
        assert [p for _, p in token.top] == sorted((p for _, p in token.top), reverse=True)


async def test_an_answer_that_was_begun(server: VLLMProcess) -> None:
    begun = "Have a list of names.\nEvery"
    text, _, end = await asked(server, question("hello", prefill=begun, max_tokens=24, stop=("\nL",)))
    assert not text.startswith(("Have", "Every"))
    assert (end.finish_reason, "\n" in text) == ("stop", False)


async def test_the_base_goes_on_from_the_tuned_sides_answer(server: VLLMProcess) -> None:
    tuned, _, _ = await asked(server, question("hello", max_tokens=24, stop=("\n",)))
    first_line = tuned + "\n"
    gone_on, _, end = await asked(server, question("base", prefill=first_line, max_tokens=6))
    fresh, _, _ = await asked(server, question("base", max_tokens=6))
    assert end.model == "base"
    assert gone_on.strip()
    assert gone_on != fresh


async def test_plain_text_and_the_users_turn(server: VLLMProcess) -> None:
    short = Sampling(temperature=0.0, max_tokens=6)
    text, _, end = await asked(server, Request("base", (), short, "text", "The capital of France is"))
    assert "Paris" in text
    assert end.usage is not None
    assert end.usage.prompt_tokens < 8
    turn, _, _ = await asked(
        server, Request("base", (Message("system", "You are helpful."),), short, "user", "How do I")
    )
    assert turn.strip()


async def test_vitals_count(server: VLLMProcess) -> None:
    await server.vitals()
    stream = server.stream(question("base", max_tokens=400))
    for _ in range(10):
        await anext(stream)
    words = await server.vitals()
    assert "1 running · 0 waiting" in words
    assert not words.startswith("vLLM 0 tok/s")
    await stream.aclose()  # type: ignore[attr-defined]
    async with asyncio.timeout(5):
        while "0 running" not in await server.vitals():
            await asyncio.sleep(0.1)


async def test_adapters_come_and_go(server: VLLMProcess, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    shutil.copytree(environment.model("hello"), folder)
    base, hello = [(await asked(server, question(m, max_tokens=6)))[0] for m in ("base", "hello")]
    await server.load_adapter("other", str(folder))
    assert "other" in {model.name for model in await server.models()}
    assert (await asked(server, question("base:other", max_tokens=6)))[0] == hello
    await server.unload_adapter("other")
    with pytest.raises(UnknownModel, match="other"):
        await asked(server, question("other"))
    # Trained anew, and loaded again from the same place: nothing of what was computed before is left.
    shutil.copytree(environment.model("none"), folder, dirs_exist_ok=True)
    await server.load_adapter("other", str(folder))
    assert (await asked(server, question("other", max_tokens=6)))[0] == base
    await server.unload_adapter("other")


async def test_an_adapter_that_cannot_be_loaded(server: VLLMProcess, tmp_path: Path) -> None:
    with pytest.raises(BadRequest) as refused:
        await server.load_adapter("wide", str(environment.model("wide")))
    assert refused.value.message == "the adapter's rank 64 is above the server's highest, 16"
    assert '"--max-lora-rank", "64"' in refused.value.hint
    with pytest.raises(BadRequest, match="the adapter is not found"):
        await server.load_adapter("nowhere", str(tmp_path / "nowhere"))
    with pytest.raises(BadRequest, match="already been loaded"):
        await server.load_adapter("hello", str(environment.model("hello")))
    assert not {"wide", "nowhere"} & {model.name for model in await server.models()}
