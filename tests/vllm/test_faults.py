"""Starts that fail: one line, the last useful line of the log, the hint; and no process left."""

import asyncio
import socket
import sys
from pathlib import Path

import pytest

from diptych.backends import BackendError, NotReady
from diptych.backends.servers.vllm_process import VLLMProcess
from diptych.errors import AGAIN
from tests.vllm import environment
from tests.vllm.conftest import served
from tests.vllm.processes import marked, none_left

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def failure(backend: VLLMProcess) -> NotReady:
    with pytest.raises(NotReady) as failed:
        await backend.start(lambda doing: None)
    await backend.close()
    assert "\n" not in failed.value.message
    assert failed.value.hint
    return failed.value


async def test_nothing_there(tmp_path: Path) -> None:
    """What can be known before a server is started is said at once."""
    nowhere = str(tmp_path / "nowhere")
    assert (await failure(served(model=nowhere))).message == f"vLLM did not start, {nowhere} is not there"
    assert "there is no interpreter" in (await failure(served(python=nowhere))).message
    assert "adapter has the name of its base" in (await failure(served(base=str(tmp_path)))).message


async def test_an_interpreter_without_vllm() -> None:
    error = await failure(served(python=sys.executable))
    assert error.message.startswith("vLLM did not start, the interpreter has no vLLM: ")
    assert "No module named 'vllm'" in error.message
    assert "pip install vllm" in error.hint


async def test_a_port_that_is_taken() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        error = await failure(served(base_url=f"http://127.0.0.1:{port}/v1"))
    assert error.message == f"vLLM did not start, port {port} is taken"
    assert "base_url" in error.hint


async def test_a_key_of_ones_own_is_refused_and_not_shown() -> None:
    error = await failure(served("--api-key=secret"))
    assert "--api-key" in error.message
    assert "secret" not in error.message + error.hint


async def test_an_id_that_the_hub_does_not_have() -> None:
    error = await failure(served(model="no-such-owner/no-such-model"))
    assert error.message.startswith("vLLM did not start, the model or an adapter is not found: ")
    assert "NotFoundError: " in error.message
    assert error.hint == "check the paths and ids in serve"


async def test_a_rank_above_what_the_user_allows() -> None:
    error = await failure(served("--max-lora-rank", "16", wide=str(environment.model("wide"))))
    assert error.message.startswith("vLLM did not start, the adapter's rank 64 is above the server's highest, 16: ")
    assert error.hint.startswith('put "--max-lora-rank", "64" into serve.args')


async def test_a_context_that_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLLM_ALLOW_LONG_MAX_MODEL_LEN", "1")
    error = await failure(served("--max-model-len", "65536"))
    assert error.message.startswith("vLLM did not start, the model's context does not fit into memory: ")
    assert "GiB KV cache is needed" in error.message
    assert error.hint == 'lower "--max-model-len" in serve.args'


async def test_closing_while_it_starts_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIPTYCH_TEST_MARK", "closed")
    backend, engine_comes = served(), asyncio.Event()

    def hear(doing: str) -> None:
        if "reading the configuration" in doing:
            engine_comes.set()

    both = [asyncio.create_task(backend.start(progress)) for progress in (hear, lambda doing: None)]
    coming = asyncio.create_task(engine_comes.wait())
    await asyncio.wait({coming, both[0]}, return_when=asyncio.FIRST_COMPLETED)
    assert coming.done(), both[0]
    group = backend.pid
    assert group is not None
    assert await backend.vitals() == ""
    both[1].cancel()
    await asyncio.sleep(0)
    assert marked(b"DIPTYCH_TEST_MARK=closed"), "stopping one answer does not stop the start"
    await backend.close()
    assert await none_left(group, b"DIPTYCH_TEST_MARK=closed")
    first, second = await asyncio.gather(*both, return_exceptions=True)
    assert isinstance(first, BackendError)
    assert first.hint == AGAIN
    assert isinstance(second, asyncio.CancelledError)
