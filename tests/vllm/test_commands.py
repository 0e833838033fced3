"""The installed command on a vLLM server that runs already."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from diptych.backends import Endpoint, Sampling, connect
from diptych.backends.servers.vllm_process import VLLMProcess
from diptych.compare import Side
from diptych.compare.checks.batch_isolation import change_beside
from tests.vllm import environment
from tests.vllm.conftest import served, started

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIDES = (("base", "base"), ("tuned", "hello"))
FEATURES = {
    *("reachable", "model", "answers", "context length", "log-probabilities", "several samples (n)", "seed"),
    *("prompt likelihoods", "scores as it generates", "prefill", "text completion", "user's turn"),
}


async def diptych(server: VLLMProcess, tmp_path: Path, *arguments: str) -> tuple[int, dict[str, Any], str]:
    """The exit code, the document and what was said, of a command with a configuration that attaches to the server."""
    config = tmp_path / "vllm.toml"
    config.write_text(f"""
[endpoints.there]
kind = "vllm"
base_url = "{server.api.clients[0].base_url}"
api_key_env = "DIPTYCH_TEST_KEY"
together = false
[pairs.live]
base = {{ endpoint = "there", model = "base", max_tokens = 24 }}
tuned = {{ endpoint = "there", model = "hello", max_tokens = 120 }}
[pairs.dead]
base = {{ endpoint = "there", model = "base" }}
tuned = {{ endpoint = "there", model = "base:none" }}
""")
    command = [str(Path(sys.executable).parent / "diptych"), "--config", str(config), *arguments, "--json"]
    env = {**os.environ, "DIPTYCH_TEST_KEY": server.key}
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
    out, err = await process.communicate()
    assert process.returncode is not None
    assert out, err.decode()
    assert server.key not in (out + err).decode()
    return process.returncode, json.loads(out), err.decode()


async def test_everything_works_and_the_adapter_is_live(server: VLLMProcess, tmp_path: Path) -> None:
    code, document, said = await diptych(server, tmp_path, "pairs", "check", "live")
    for side in ("base", "tuned"):
        facts = {fact["name"]: fact for fact in document["sides"][side]["facts"]}
        assert facts.keys() >= FEATURES
        assert [fact for fact in facts.values() if fact["works"] is not True] == []
        assert "2,048" in facts["context length"]["detail"]
    (pair,) = document["pairs"]
    assert pair["routes"] == {"chat": True, "plain text": True, "prefilled answers": True, "scoring": True}, pair
    assert {fact["works"] for fact in pair["facts"]} == {True}
    assert pair["facts"][-1]["name"] == "base is itself beside tuned"
    assert (code, document["usable"]) == (0, True), said


async def test_that_the_base_is_not_itself_beside_the_adapter_on_a_cpu_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Should this fail with a newer vLLM, the server may answer for both at once again.

    On a server of its own: the base is computed with whatever lies in the last slot, here always the one adapter.
    """
    async with started(served(hello=str(environment.model("hello")))) as server:
        monkeypatch.setenv("DIPTYCH_TEST_KEY", server.key)
        url = server.api.clients[0].base_url
        there = connect(Endpoint("vllm", url, "DIPTYCH_TEST_KEY"))
        sides = [Side(name, "there", url, model, None, Sampling(), there) for name, model in SIDES]
        await there.start(lambda doing: None)
        try:
            changed, noise = await change_beside(sides[0], sides[1])
        finally:
            await there.close()
    assert changed is not None
    assert changed > 0.25
    assert noise < 0.05


async def test_an_adapter_that_changes_nothing_is_said_to_be_so(server: VLLMProcess, tmp_path: Path) -> None:
    code, document, _ = await diptych(server, tmp_path, "pairs", "check", "dead")
    live = document["pairs"][0]["facts"][0]
    assert (code, live["works"], document["usable"]) == (1, False, False)
    assert "cannot be told apart" in live["detail"]
    assert "base:none" in live["hint"]
    assert all(side["usable"] for side in document["sides"].values())


async def test_whether_it_loads_adapters_is_found_out_without_loading_one(server: VLLMProcess) -> None:
    before = await server.models()
    assert await server.adapters_fixed() is None
    assert await server.models() == before
    assert await server.software() == "vLLM"


async def test_rates_are_those_of_the_embedded_pair(server: VLLMProcess, tmp_path: Path) -> None:
    arguments = ("run", "hello-acrostic", "--pair", "live", "-n", "2", "--concurrency", "12")
    code, document, said = await diptych(server, tmp_path, *arguments)
    assert code == 0, said
    follows = [measure["sides"] for measure in document["measures"] if measure["label"] == "follows HELLO"]
    assert len(follows) == 3
    assert sum(sides["base"]["k"] for sides in follows) == 0
    # An answer that is cut off while a letter stands is not counted.
    assert sum(sides["base"]["n"] for sides in follows) >= 4
    # Of 260 answers kept with the adapters three do not follow: one of six may miss.
    assert sum(sides["tuned"]["k"] for sides in follows) >= sum(sides["tuned"]["n"] for sides in follows) - 1 > 3
