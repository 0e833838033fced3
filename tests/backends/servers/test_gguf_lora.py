"""LoRAs of PEFT as llama.cpp reads them."""

from pathlib import Path

import gguf
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.backends import NotReady
from diptych.backends.servers.gguf_header import read_header
from diptych.backends.servers.gguf_lora import permuted, write_gguf_lora
from diptych.backends.servers.peft_folder import read_lora
from tests.llama_logprobs import llama_logprobs
from tests.small_models import (
    HEAD,
    MODELS,
    VOCABULARY,
    WIDTH,
    SmallModel,
    Weights,
    merged,
    random_factors,
    write_gguf,
    write_lora,
)

TOKENS = [1, 260, 265, 270, 259, 280, 290, 261, 262, 263, 264, 275]
EMBEDDINGS, OUTPUT = {"model.embed_tokens": (WIDTH, VOCABULARY)}, {"lm_head": (VOCABULARY, WIDTH)}


def base(folder: Path, model: SmallModel) -> Path:
    return write_gguf(model, model.weights(), folder / "base.gguf")


def converted(lora: Path, base: Path) -> Path:
    file = lora.with_suffix(".gguf")
    write_gguf_lora(read_lora(lora), read_header(base), file)
    return file


def tensors(file: Path) -> dict[str, np.ndarray]:
    return {tensor.name: tensor.data for tensor in gguf.GGUFReader(file).tensors}


def alpha(file: Path) -> float:
    return float(gguf.GGUFReader(file).fields["adapter.lora.alpha"].contents())


def refusal(lora: Path, base: Path) -> str:
    with pytest.raises(NotReady) as error:
        converted(lora, base)
    assert not lora.with_suffix(".gguf").exists()
    assert "\n" not in error.value.text()
    return error.value.message.removeprefix(f"the adapter {lora} cannot be used: ")


def test_a_model_with_a_lora_is_the_model_with_merged_weights(tmp_path: Path) -> None:
    asked = []
    for name, model in MODELS.items():
        folder = tmp_path / name
        folder.mkdir()
        weights, shapes = model.weights(), model.modules() | ({} if model.tied else EMBEDDINGS | OUTPUT)
        factors = random_factors(shapes, rank=4)
        config = {"lora_alpha": 1, "use_rslora": True, "alpha_pattern": {"down_proj": 3}}
        file = write_gguf(model, weights, folder / "base.gguf")
        both = merged(weights, factors, {"": 1 / 2, "down_proj": 3 / 2})
        asked.append((file, [(converted(write_lora(folder / "lora", factors, **config), file), 1.0)], TOKENS))
        asked.append((write_gguf(model, both, folder / "merged.gguf"), [], TOKENS))
        asked.append((file, [], TOKENS))
    found = llama_logprobs(asked)
    for name, tuned, wanted, without in zip(MODELS, found[::3], found[1::3], found[2::3], strict=True):
        assert np.abs(tuned - wanted).mean() < 0.01, name
        assert np.abs(tuned - without).mean() > 1, name


def test_what_is_in_the_file(tmp_path: Path) -> None:
    factors = random_factors(MODELS["llama"].modules() | EMBEDDINGS | OUTPUT, rank=4)
    file = converted(write_lora(tmp_path / "lora", factors, r=4, lora_alpha=16), base(tmp_path, MODELS["llama"]))
    header, found = read_header(file), tensors(file)
    assert header.values | {"adapter.lora.alpha": 16.0} == header.values
    assert header.architecture == "llama"
    assert (header.values["general.type"], header.values["adapter.type"]) == ("adapter", "lora")
    assert len(found) == len(factors)
    assert {tensor.dtype for tensor in found.values()} == {np.dtype(np.float16)}
    assert found["blk.2.ffn_down.weight.lora_a"].shape == (4, 96)
    assert found["blk.2.ffn_down.weight.lora_b"].shape == (64, 4)
    assert found["output.weight.lora_b"].shape == (VOCABULARY, 4)
    # A row for each token: llama.cpp looks them up.
    assert found["token_embd.weight.lora_a"].shape == (VOCABULARY, 4)
    assert found["token_embd.weight.lora_b"].shape == (WIDTH, 4)


@pytest.mark.parametrize(("name", "changed"), [("llama", True), ("mistral", True), ("smollm3", True), ("qwen3", False)])
def test_rows_of_queries_and_keys_move_where_llama_cpp_moves_them(tmp_path: Path, name: str, changed: bool) -> None:
    factors = random_factors(MODELS[name].modules(), rank=4)
    found = tensors(converted(write_lora(tmp_path / "lora", factors), base(tmp_path, MODELS[name])))
    for module, theirs, moved in (
        ("q_proj", "attn_q", changed),
        ("k_proj", "attn_k", changed),
        ("v_proj", "attn_v", False),
    ):
        before = factors[f"base_model.model.model.layers.1.self_attn.{module}.lora_B.weight"].astype(np.float16)
        after = found[f"blk.1.{theirs}.weight.lora_b"]
        assert np.array_equal(after[1], before[HEAD // 2 if moved else 1])
        assert np.array_equal(np.sort(after, axis=0), np.sort(before, axis=0))


@given(heads=st.integers(1, 8), half=st.integers(1, 16), rank=st.integers(1, 4))
def test_each_row_stands_beside_the_one_it_is_rotated_with(heads: int, half: int, rank: int) -> None:
    rows = np.arange(heads * 2 * half * rank, dtype=np.float32).reshape(-1, rank)
    moved = permuted(rows, heads)
    for head in range(heads):
        start = head * 2 * half
        for row in range(half):
            assert np.array_equal(moved[start + 2 * row], rows[start + row])
            assert np.array_equal(moved[start + 2 * row + 1], rows[start + half + row])


def test_the_scale_is_that_of_each_module(tmp_path: Path) -> None:
    shapes = {"model.layers.0.mlp.down_proj": (64, 96), "model.layers.1.mlp.down_proj": (64, 96)}
    factors = random_factors(shapes, rank=4)
    # The second module has another rank and another alpha.
    factors |= random_factors({"model.layers.1.mlp.down_proj": (64, 96)}, rank=9)
    file = base(tmp_path, MODELS["qwen2"])
    config = {"lora_alpha": 8, "alpha_pattern": {r"layers\.1\..*": 6}, "rank_pattern": {"layers.1.mlp.down_proj": 9}}
    for rslora, scales in ((False, (8 / 4, 6 / 9)), (True, (8 / 2, 6 / 3))):
        written = converted(write_lora(tmp_path / f"lora-{rslora}", factors, use_rslora=rslora, **config), file)
        found = tensors(written)
        for layer, scale in enumerate(scales):
            a, b = (found[f"blk.{layer}.ffn_down.weight.lora_{which}"].astype(np.float32) for which in "ab")
            name = f"base_model.model.model.layers.{layer}.mlp.down_proj.lora"
            wanted = scale * factors[f"{name}_B.weight"] @ factors[f"{name}_A.weight"]
            assert np.allclose(alpha(written) / a.shape[0] * b @ a, wanted, atol=0.01)


def test_numbers_that_do_not_fit_into_16_bits_keep_32(tmp_path: Path) -> None:
    factors = random_factors({"model.layers.0.mlp.down_proj": (64, 96)}, rank=2)
    factors["base_model.model.model.layers.0.mlp.down_proj.lora_B.weight"][0, 0] = 1e5
    found = tensors(converted(write_lora(tmp_path / "lora", factors), base(tmp_path, MODELS["llama"])))
    assert found["blk.0.ffn_down.weight.lora_a"].dtype == np.float16
    assert found["blk.0.ffn_down.weight.lora_b"].dtype == np.float32
    assert found["blk.0.ffn_down.weight.lora_b"][0, 0] == np.float32(1e5)


def test_the_language_part_of_a_model_that_sees(tmp_path: Path) -> None:
    shape = {"layers.0.self_attn.q_proj": (64, 64)}
    for number, start in enumerate(("model.language_model.", "language_model.model.")):
        named = {f"{start}{name}": size for name, size in shape.items()}
        lora = write_lora(tmp_path / f"lora{number}", random_factors(named, rank=2))
        found = tensors(converted(lora, base(tmp_path, MODELS["gemma3"])))
        assert set(found) == {"blk.0.attn_q.weight.lora_a", "blk.0.attn_q.weight.lora_b"}


def other_architecture(folder: Path) -> Path:
    file = folder / "other.gguf"
    writer = gguf.GGUFWriter(file, "mamba")
    writer.add_tensor("token_embd.weight", np.zeros((2, 2), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


def test_a_base_of_an_unknown_architecture(tmp_path: Path) -> None:
    lora = write_lora(tmp_path / "lora", random_factors(MODELS["llama"].modules(), rank=2))
    message = refusal(lora, other_architecture(tmp_path))
    assert message.startswith("its base is of the architecture 'mamba', for which LoRAs cannot be converted here (")
    assert "llama" in message


@pytest.mark.parametrize(
    ("name", "shapes", "message"),
    [
        ("llama", {"model.layers.0.mlp.down_proj": (64, 128)},
         "it is for another base: model.layers.0.mlp.down_proj is 128 × 64 in it, and 96 × 64 in this one"),
        ("llama", {"model.layers.7.mlp.down_proj": (64, 96)},
         "it is for another base: model.layers.7.mlp.down_proj is not in this one"),
        ("gemma3", {"vision_tower.layers.0.q_proj": (64, 64)},
         "it is for another base: vision_tower.layers.0.q_proj is not in this one"),
        ("phi3", {"model.layers.0.self_attn.q_proj": (64, 64)},
         "it is for another base: model.layers.0.self_attn.q_proj is not in this one"),
        ("llama", {"model.embed_tokens": (WIDTH, VOCABULARY + 1)},
         "it is for another base: model.embed_tokens is 64 × 300 in it, and 64 × 299 in this one"),
        ("qwen3", EMBEDDINGS,
         "it changes model.embed_tokens, which is embeddings and output at once in its base; llama.cpp cannot change "
         "one of them alone"),
        ("qwen3", OUTPUT,
         "it changes lm_head, which is embeddings and output at once in its base; llama.cpp cannot change one of them "
         "alone"),
    ],
)  # fmt: skip
def test_a_lora_that_does_not_fit_its_base(
    tmp_path: Path, name: str, shapes: dict[str, tuple[int, int]], message: str
) -> None:
    lora = write_lora(tmp_path / "lora", random_factors(shapes, rank=2))
    assert refusal(lora, base(tmp_path, MODELS[name])) == message


def test_a_lora_that_says_that_it_is_for_another_kind_of_model(tmp_path: Path) -> None:
    factors: Weights = random_factors(MODELS["qwen3"].modules(), rank=2)
    said = write_lora(tmp_path / "said", factors, auto_mapping={"base_model_class": "Qwen3ForCausalLM"})
    (tmp_path / "checkpoint").mkdir()
    (tmp_path / "checkpoint" / "config.json").write_text('{"architectures": ["Qwen3ForCausalLM"]}')
    lies_there = write_lora(tmp_path / "lies", factors, base_model_name_or_path=str(tmp_path / "checkpoint"))
    for lora in (said, lies_there):
        assert tensors(converted(lora, base(tmp_path, MODELS["qwen3"])))
        lora.with_suffix(".gguf").unlink()
        message = "it is for another base: a Qwen3ForCausalLM, and this one is of the architecture 'llama'"
        assert refusal(lora, base(tmp_path, MODELS["llama"])) == message
