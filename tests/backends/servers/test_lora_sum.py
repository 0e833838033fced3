"""Several LoRAs as one."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.backends import NotReady
from diptych.backends.servers.gguf_header import read_header
from diptych.backends.servers.gguf_lora import write_gguf_lora
from diptych.backends.servers.lora_sum import write_lora_sum
from diptych.backends.servers.peft_folder import Factors, read_lora
from tests.llama_logprobs import llama_logprobs
from tests.small_models import MODELS, random_factors, write_gguf, write_lora

SHAPES = {"model.embed_tokens": (6, 9), "model.layers.0.mlp.down_proj": (6, 5), "model.layers.1.mlp.up_proj": (7, 4)}


def change(factors: Factors | None) -> np.ndarray | float:
    return factors.scale * factors.b @ factors.a if factors else 0.0


doses = st.floats(-2, 2, width=16)
sizes = st.integers(1, 6)
some = st.sets(st.sampled_from(sorted(SHAPES)), min_size=1)


@given(
    ranks=st.tuples(sizes, sizes),
    alphas=st.tuples(sizes, sizes),
    doses=st.tuples(doses, doses),
    of=st.tuples(some, some),
)
def test_the_sum_changes_weights_as_both_do(
    tmp_path_factory: pytest.TempPathFactory,
    ranks: tuple[int, int],
    alphas: tuple[int, int],
    doses: tuple[float, float],
    of: tuple[set[str], set[str]],
) -> None:
    folder = tmp_path_factory.mktemp("sum")
    first, second = (
        write_lora(
            folder / f"{i}", random_factors({m: SHAPES[m] for m in of[i]}, ranks[i], seed=i), lora_alpha=alphas[i]
        )
        for i in (0, 1)
    )
    write_lora_sum([(first, doses[0]), (second, doses[1])], folder / "sum")
    a, b, both = (read_lora(path).modules for path in (first, second, folder / "sum"))
    assert set(both) == of[0] | of[1]
    for module, factors in both.items():
        wanted = doses[0] * change(a.get(module)) + doses[1] * change(b.get(module))
        assert np.allclose(change(factors), wanted, atol=1e-4)
        assert factors.embedding == (module == "model.embed_tokens")
    assert {factors.rank for factors in both.values()} == {
        max(ranks[0] * (m in of[0]) + ranks[1] * (m in of[1]) for m in both)
    }


def test_the_config_is_one_that_servers_know(tmp_path: Path) -> None:
    first = write_lora(tmp_path / "1", random_factors(SHAPES, 3), base_model_name_or_path="org/base", use_rslora=True)
    second = write_lora(tmp_path / "2", random_factors(SHAPES, 2))
    write_lora_sum([(first, 1), (second, 1)], tmp_path / "sum")
    assert json.loads((tmp_path / "sum" / "adapter_config.json").read_text()) == {
        "peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": "org/base", "inference_mode": True,
        "r": 5, "lora_alpha": 5, "lora_dropout": 0.0, "bias": "none",
        "target_modules": ["down_proj", "embed_tokens", "up_proj"],
    }  # fmt: skip


def test_loras_of_different_bases(tmp_path: Path) -> None:
    first = write_lora(tmp_path / "1", random_factors({"model.layers.0.mlp.up_proj": (7, 4)}, 3))
    second = write_lora(tmp_path / "2", random_factors({"model.layers.0.mlp.up_proj": (8, 4)}, 3))
    with pytest.raises(NotReady, match="2 cannot be used: it is for another base than the first") as error:
        write_lora_sum([(first, 1), (second, 1)], tmp_path / "sum")
    assert "model.layers.0.mlp.up_proj differs in shape" in error.value.message
    assert not (tmp_path / "sum").exists()


def test_two_stacked_in_llama_cpp_are_their_sum(tmp_path: Path) -> None:
    model = MODELS["llama"]
    base = write_gguf(model, model.weights(), tmp_path / "base.gguf")
    folders = [write_lora(tmp_path / f"{i}", random_factors(model.modules(), i + 2, seed=i)) for i in (0, 1)]
    parts = list(zip(folders, (0.5, 1.25), strict=True))
    write_lora_sum(parts, tmp_path / "sum")
    files = {}
    for folder in (*folders, tmp_path / "sum"):
        files[folder] = folder.with_suffix(".gguf")
        write_gguf_lora(read_lora(folder), read_header(base), files[folder])
    tokens = [1, 260, 265, 270, 259, 280]
    stacked, summed = llama_logprobs(
        [
            (base, [(files[folder], dose) for folder, dose in parts], tokens),
            (base, [(files[tmp_path / "sum"], 1.0)], tokens),
        ]
    )
    assert np.abs(stacked - summed).mean() < 0.01
