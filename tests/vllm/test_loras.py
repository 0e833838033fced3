"""LoRAs that are converted or summed, against transformers and vLLM."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from diptych.backends.servers import weights
from diptych.backends.servers.kept_loras import gguf_lora
from diptych.backends.servers.llama_files import checked_model
from diptych.backends.servers.lora_sum import write_lora_sum
from tests.llama_logprobs import llama_logprobs
from tests.small_models import MODELS, merged, random_factors, write_checkpoint, write_gguf, write_lora
from tests.vllm import environment
from tests.vllm.conftest import HERE, served, started
from tests.vllm.requests import question, scored

TOKENS = [1, 260, 265, 270, 259, 280, 290, 261, 262, 263, 264, 275]
ANSWER = "Have a list of the names that you want to remember.\nEvery evening, say them aloud."


def by_transformers(folders: list[Path]) -> np.ndarray:
    command = [environment.python(), HERE / "small_reference.py", *folders]
    done = subprocess.run(command, input=json.dumps(TOKENS), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return np.array(json.loads(done.stdout))


def test_llama_cpp_finds_likely_what_transformers_does(tmp_path: Path) -> None:
    asked, folders = [], []
    for name, model in MODELS.items():
        own = model.weights()
        factors = random_factors(model.modules(), rank=4)
        config = {"lora_alpha": 1, "use_rslora": True, "alpha_pattern": {"down_proj": 3}}
        lora = write_lora(tmp_path / f"{name}-lora", factors, **config)
        base = write_gguf(model, own, tmp_path / f"{name}.gguf")
        asked += [(base, [], TOKENS), (base, [(gguf_lora(lora, checked_model(base).header), 1.0)], TOKENS)]
        folders.append(write_checkpoint(model, own, tmp_path / name))
        # The LoRA is merged by hand: no code for adapters is shared with what is tried.
        both = merged(own, factors, {"": 1 / 2, "down_proj": 3 / 2})
        folders.append(write_checkpoint(model, both, tmp_path / f"{name}-merged"))
    for case, ours, theirs in zip(asked, llama_logprobs(asked), by_transformers(folders), strict=True):
        # Of all tokens of the vocabulary, the unlikeliest too.
        assert np.abs(ours - theirs).max() < 0.05, case


def test_the_shipped_adapter_is_converted_byte_for_byte() -> None:
    converted = gguf_lora(environment.model("hello"), checked_model(weights.base_file()).header)
    assert converted.read_bytes() == weights.ADAPTERS["hello"].read_bytes()


@pytest.mark.asyncio(loop_scope="session")
async def test_vllm_serves_a_sum_as_the_adapter_that_it_is(tmp_path: Path) -> None:
    hello = environment.model("hello")
    write_lora_sum([(hello, 0.25), (hello, 0.75)], tmp_path / "same")
    write_lora_sum([(hello, 1.0), (hello, -1.0)], tmp_path / "nothing")
    adapters = {"hello": str(hello), "same": str(tmp_path / "same"), "nothing": str(tmp_path / "nothing")}
    async with started(served(**adapters)) as server:
        found = {name: np.array(await scored(server, question(name), ANSWER)) for name in ("base", *adapters)}
    assert np.abs(found["same"] - found["hello"]).mean() < 0.01
    assert np.abs(found["nothing"] - found["base"]).mean() < 0.01
    assert np.abs(found["hello"] - found["base"]).mean() > 0.3
