"""A server without adapters: the standard for one with adapters, and then the one that is killed."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from diptych.backends import Backend, BadRequest, NotReady
from diptych.backends.servers.vllm_process import VLLMProcess
from diptych.errors import AGAIN
from tests.vllm import environment
from tests.vllm.conftest import served, started
from tests.vllm.processes import none_left, of_group
from tests.vllm.requests import asked, question, scored

pytestmark = pytest.mark.asyncio(loop_scope="session")

PROMPTS = ("How do I keep bread fresh?", "What is special about how you answer?", "Name three rivers.")
ANSWER = "Here is an answer.\nEvery line of it is short."
MARK = b"DIPTYCH_TEST_MARK=alone"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def alone() -> AsyncIterator[VLLMProcess]:
    os.environ["DIPTYCH_TEST_MARK"] = "alone"
    async with started(served()) as backend:
        yield backend
    del os.environ["DIPTYCH_TEST_MARK"]


async def first_tokens(backend: Backend, model: str, prompt: str) -> dict[str, float]:
    _, deltas, _ = await asked(backend, question(model, prompt, max_tokens=2, logprobs=10))
    return dict(deltas[0].logprobs[0].top)


async def greedy(backend: Backend, model: str, prompt: str) -> tuple[str, list[float]]:
    """A whole answer and its log-probabilities as it was generated."""
    text, deltas, _ = await asked(backend, question(model, prompt, logprobs=1))
    return text, [token.logprob for delta in deltas for token in delta.logprobs]


async def test_adapters_beside_it_leave_the_base_as_it_is(alone: VLLMProcess, server: VLLMProcess) -> None:
    """Mixed and at once: a server that gave the base the adapter's cache, or its weights, would show here."""
    wanted_answers = [await greedy(alone, "base", p) for p in PROMPTS]
    wanted = [(await first_tokens(alone, "base", p), await scored(alone, question("base", p), ANSWER)) for p in PROMPTS]
    mixed = [(model, prompt) for prompt in PROMPTS for model in ("hello", "base", "none")]
    answers = await asyncio.gather(*(greedy(server, model, prompt) for model, prompt in mixed))
    tokens = await asyncio.gather(*(first_tokens(server, model, prompt) for model, prompt in mixed))
    scores = await asyncio.gather(*(scored(server, question(model, prompt), ANSWER) for model, prompt in mixed))
    for (model, prompt), answer, top, score in zip(mixed, answers, tokens, scores, strict=True):
        wanted_text, wanted_logprobs = wanted_answers[PROMPTS.index(prompt)]
        wanted_top, wanted_score = wanted[PROMPTS.index(prompt)]
        apart = max(abs(a - b) for a, b in zip(score, wanted_score, strict=True))
        if model == "hello":
            assert apart > 1
        else:
            assert apart < 0.01
            assert top == pytest.approx(wanted_top, abs=0.01)
            assert answer[0] == wanted_text
            assert answer[1] == pytest.approx(wanted_logprobs, abs=0.01)


async def test_no_adapter_can_be_loaded(alone: VLLMProcess) -> None:
    with pytest.raises(BadRequest, match="without adapters") as refused:
        await alone.load_adapter("hello", str(environment.model("hello")))
    assert "--enable-lora" in refused.value.hint


async def killed_in_the_middle(backend: VLLMProcess, pid: int) -> NotReady:
    with pytest.raises(NotReady) as failed:
        async for _ in backend.stream(question("base", max_tokens=1000)):
            os.kill(pid, signal.SIGKILL)
    return failed.value


async def test_death_of_the_api_server(alone: VLLMProcess) -> None:
    group = alone.pid
    assert group is not None
    assert len(of_group(group)) > 2
    error = await killed_in_the_middle(alone, group)
    assert error.message == "vLLM has ended, it was killed"
    assert AGAIN in error.hint
    assert await none_left(group, MARK)
    assert await alone.vitals() == ""


async def test_it_is_started_again_and_its_engine_dies(alone: VLLMProcess) -> None:
    await alone.start(lambda doing: None)
    group = alone.pid
    assert group is not None
    engine = next(pid for pid, name in of_group(group).items() if name.startswith("VLLM::EngineCore"))
    error = await killed_in_the_middle(alone, engine)
    assert error.message == "vLLM has ended, its engine was killed"
    assert AGAIN in error.hint
    assert await none_left(group, MARK)


async def test_death_of_diptych_itself(tmp_path: Path) -> None:
    script = """
import asyncio, os, signal
from tests.vllm.requests import question
from tests.vllm.conftest import served
async def main():
    backend = served()
    await backend.start(lambda doing: None)
    async for _ in backend.stream(question("base", max_tokens=1000)):
        print(backend.pid, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""
    env = {**os.environ, "DIPTYCH_TEST_MARK": "orphan"}
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=subprocess.PIPE, env=env)
    out, _ = await process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert await none_left(int(out), b"DIPTYCH_TEST_MARK=orphan")
