"""Folders of PEFT, and what is refused about them."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors import TensorSpec, serialize_file
from safetensors.numpy import save, save_file

from diptych.backends import NotReady
from diptych.backends.servers.gguf_header import GGUFHeader
from diptych.backends.servers.gguf_lora import write_gguf_lora
from diptych.backends.servers.peft_folder import MERGE, read_lora
from tests.fuzz.damage import bytewise, nodewise
from tests.small_models import random_factors, write_lora

MODULE = "model.layers.0.mlp.down_proj"
NAME = f"base_model.model.{MODULE}.lora"
SHAPES = {MODULE: (6, 5)}
CONFIG = {
    "peft_type": "LORA", "r": 4, "lora_alpha": 8, "bias": "none", "alpha_pattern": {"down_proj": 4},
    "auto_mapping": {"base_model_class": "Mine"}, "base_model_name_or_path": "org/base",
}  # fmt: skip
BASE = GGUFHeader(
    {"general.architecture": "llama", "llama.block_count": 1},
    {"blk.0.ffn_down.weight": (5, 6), "output.weight": (6, 9)},
)


def lora(folder: Path, **config: Any) -> Path:
    return write_lora(folder / "lora", random_factors(SHAPES, rank=4), **config)


def refusal(folder: Path) -> NotReady:
    with pytest.raises(NotReady) as error:
        read_lora(folder)
    start = f"the adapter {folder} cannot be used: "
    assert error.value.message.startswith(start)
    assert "\n" not in error.value.text()
    error.value.message = error.value.message.removeprefix(start)
    return error.value


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"peft_type": "IA3"}, "it is of type IA3, not a LoRA"),
        ({"use_dora": True}, "it also scales the weights of the base (use_dora in adapter_config.json)"),
        ({"modules_to_save": ["lm_head"]}, "it replaces whole modules (modules_to_save in adapter_config.json)"),
        ({"bias": "all"}, "it trains biases (bias = 'all')"),
        ({"lora_bias": True}, "it trains biases (lora_bias in adapter_config.json)"),
        ({"trainable_token_indices": [1, 2]},
         "it replaces the embeddings of single tokens (trainable_token_indices in adapter_config.json)"),
        ({"layer_replication": [[0, 4], [2, 5]]},
         "it repeats layers of the base (layer_replication in adapter_config.json)"),
        ({"alora_invocation_tokens": [5]}, "a text switches it on (alora_invocation_tokens in adapter_config.json)"),
        ({"init_lora_weights": "pissa_niter_4"},
         "it changes the weights of its base (init_lora_weights = 'pissa_niter_4')"),
        ({"init_lora_weights": "loftq"}, "it changes the weights of its base (init_lora_weights = 'loftq')"),
    ],
)  # fmt: skip
def test_what_is_more_than_a_lora(tmp_path: Path, config: dict[str, Any], why: str) -> None:
    error = refusal(lora(tmp_path, **config))
    assert error.message == why
    assert error.hint == MERGE or "path_initial_model_for_weight_conversion" in error.hint


@pytest.mark.parametrize(
    "config", [{"init_lora_weights": "gaussian"}, {"use_dora": False, "modules_to_save": None}, {"new_key": "new"}]
)
def test_what_is_a_plain_lora(tmp_path: Path, config: dict[str, Any]) -> None:
    assert list(read_lora(lora(tmp_path, **config)).modules) == [MODULE]


@pytest.mark.parametrize("name", ["model.embed_tokens.weight", f"{MODULE}.lora_magnitude_vector", f"{NAME}_B.bias"])
def test_tensors_that_are_not_a_lora(tmp_path: Path, name: str) -> None:
    factors = random_factors(SHAPES, rank=4) | {name: np.zeros((6, 4), np.float32)}
    assert (
        refusal(write_lora(tmp_path / "lora", factors)).message
        == f"its tensor {name} is not part of a LoRA of a matrix"
    )


def test_the_embeddings_of_the_base_are_passed_over(tmp_path: Path) -> None:
    factors = random_factors({"model.embed_tokens": (6, 9)}, rank=4)
    factors["base_model.model.model.embed_tokens.base_layer.weight"] = np.zeros((9, 6), np.float32)
    (found,) = read_lora(write_lora(tmp_path / "lora", factors)).modules.values()
    assert (found.embedding, found.shape, found.rank) == (True, (6, 9), 4)


def test_matrices_that_do_not_belong_together(tmp_path: Path) -> None:
    factors = random_factors(SHAPES, rank=4)
    del factors[f"{NAME}_A.weight"]
    damaged = f"adapter_model.safetensors is damaged: the two matrices of {MODULE} do not belong together"
    assert refusal(write_lora(tmp_path / "one", factors)).message == damaged
    factors[f"{NAME}_A.weight"] = np.zeros((3, 5), np.float32)
    assert refusal(write_lora(tmp_path / "other", factors)).message == damaged
    assert refusal(write_lora(tmp_path / "none", {})).message == "adapter_model.safetensors holds no LoRA"


def test_files_that_are_not_there_or_damaged(tmp_path: Path) -> None:
    folder = tmp_path / "lora"
    folder.mkdir()
    assert refusal(folder).message == "adapter_config.json cannot be read: No such file or directory"
    (folder / "adapter_config.json").write_text("{")
    assert refusal(folder).message.startswith("adapter_config.json is damaged: ")
    (folder / "adapter_config.json").write_text('{"lora_alpha": 1, "alpha_pattern": {"(": 1}}')
    assert refusal(folder).message.startswith("adapter_config.json is damaged: ")
    (folder / "adapter_config.json").write_text('{"r": 4, "lora_alpha": 8}')
    assert refusal(folder).message == "adapter_model.safetensors cannot be read: No such file or directory"
    (folder / "adapter_model.bin").touch()
    assert refusal(folder).message == "its weights are a pickle, which may run code"
    (folder / "adapter_model.safetensors").write_bytes(b"no tensors")
    assert refusal(folder).message.startswith("adapter_model.safetensors is damaged: ")
    save_file({f"{NAME}_A.weight": np.zeros((4, 5), np.int8)}, folder / "adapter_model.safetensors")
    assert refusal(folder).message == f"its tensor {NAME}_A.weight holds numbers of type I8"


@pytest.mark.parametrize("alpha", [0, 1e-9, 1e300])
def test_an_alpha_that_is_none(tmp_path: Path, alpha: float) -> None:
    assert refusal(lora(tmp_path, lora_alpha=alpha)).message == f"its alpha for {MODULE} is {alpha:g}"


def taken_or_refused(folder: Path) -> None:
    """What is read can be converted or is refused; nothing else is raised."""
    with suppress(NotReady):
        write_gguf_lora(read_lora(folder), BASE, folder / "lora.gguf")


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(config=nodewise(CONFIG))
def test_whatever_a_config_holds(tmp_path_factory: pytest.TempPathFactory, config: Any) -> None:
    folder = lora(tmp_path_factory.mktemp("damaged"))
    with suppress(ValueError, RecursionError):
        (folder / "adapter_config.json").write_text(json.dumps(config), "utf-8", "surrogatepass")
    taken_or_refused(folder)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(data=bytewise(save(random_factors(SHAPES, rank=2))))
def test_whatever_weights_hold(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = lora(tmp_path_factory.mktemp("damaged"))
    (folder / "adapter_model.safetensors").write_bytes(data)
    taken_or_refused(folder)


@given(numbers=st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=10, max_size=10))
def test_tensors_of_16_bits(tmp_path_factory: pytest.TempPathFactory, numbers: list[float]) -> None:
    folder = tmp_path_factory.mktemp("lora")
    (folder / "adapter_config.json").write_text(json.dumps({"lora_alpha": 1}))
    upper = (np.array(numbers, np.float32).view(np.uint32) >> 16).astype(np.uint16)
    written = {f"{NAME}_A.weight": upper.reshape(2, 5), f"{NAME}_B.weight": upper.reshape(5, 2)}
    specs = {
        name: TensorSpec(dtype="bfloat16", shape=tensor.shape, data_ptr=tensor.ctypes.data, data_len=tensor.nbytes)
        for name, tensor in written.items()
    }
    serialize_file(specs, folder / "adapter_model.safetensors", None)
    (found,) = read_lora(folder).modules.values()
    # A number of type bfloat16 is one of 32 bits whose lower half is zero.
    assert np.array_equal(found.a.view(np.uint32), upper.reshape(2, 5).astype(np.uint32) << 16)
    assert np.array_equal(found.b.view(np.uint32), upper.reshape(5, 2).astype(np.uint32) << 16)


def test_the_first_pattern_that_fits_decides(tmp_path: Path) -> None:
    patterns = {"up_proj": 1, "own_proj": 2, r"layers\.0\.mlp\.down_proj": 3, "down_proj": 4}
    (found,) = read_lora(lora(tmp_path, lora_alpha=8, alpha_pattern=patterns)).modules.values()
    assert found.scale == 3 / 4
