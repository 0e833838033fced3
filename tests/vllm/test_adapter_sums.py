"""Doses and stacks of adapters: vLLM with their sum says what transformers does with each of them."""

from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import pytest

from diptych.backends import Backend, Endpoint, connect
from diptych.backends.servers.peft_folder import read_lora
from tests.small_models import random_factors, write_lora
from tests.vllm import environment
from tests.vllm.conftest import served, started
from tests.vllm.requests import asked, question, scored
from tests.vllm.test_scoring import reference

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANSWER = "Have a list of the names that you want to remember.\nEvery evening, say them aloud."
SECONDS = 300.0
"""For an answer on a busy machine."""
STACKS: dict[str, dict[str, float]] = {
    "base": {},
    "base+hello": {"hello": 1.0},
    "base+hello@0.5": {"hello": 0.5},
    "base+hello+other": {"hello": 1.0, "other": 1.0},
    "base+hello@0.75+other@0.5": {"hello": 0.75, "other": 0.5},
}


async def likelihoods(backend: Backend, name: str) -> np.ndarray:
    return np.array(await scored(backend, question(name), ANSWER))


async def test_sums_from_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hello = environment.model("hello")
    shapes = {name: factors.shape for name, factors in read_lora(hello).modules.items()}
    # With hello's 16 components more than a server has room for by default.
    other = write_lora(
        tmp_path / "other", random_factors(shapes, rank=8), r=8, lora_alpha=0.5, target_modules=["q_proj"]
    )
    adapters = {"hello": str(hello), "other": str(other)}
    messages = msgspec.to_builtins(question("base").messages)
    stacks = [[(adapters[name], dose) for name, dose in stack.items()] for stack in STACKS.values()]
    wanted = await reference([{"adapters": each, "messages": messages, "answer": ANSWER} for each in stacks])
    async with started(served(models=list(STACKS), timeout=SECONDS, **adapters)) as server:
        found = {name: await likelihoods(server, name) for name in STACKS}
        apart = {name: float(np.abs(found[name] - tokens).mean()) for name, tokens in zip(STACKS, wanted, strict=True)}
        assert max(apart.values()) < 0.05, apart
        changes = [np.abs(one - other).mean() for one, other in pairwise(found.values())]
        assert min(changes) > 0.1
        _, _, end = await asked(server, question("base+hello+other"))
        assert end.model == "base+hello+other"
        # Another program attaches to the same server, with a sum that it has not yet.
        monkeypatch.setenv("KEY_OF_SERVER", server.key)
        attached = connect(
            Endpoint("vllm", server.api.clients[0].base_url, api_key_env="KEY_OF_SERVER", timeout=SECONDS)
        )
        await attached.start(lambda doing: None)
        try:
            assert await likelihoods(attached, "base+hello+other") == pytest.approx(found["base+hello+other"], abs=0.01)
            assert np.abs(await likelihoods(attached, "base+other+hello") - found["base+hello+other"]).mean() < 0.01
            assert "base+other+hello" in [model.name for model in await attached.models()]
        finally:
            await attached.close()
