"""Small models with random weights, one for each architecture that LoRAs can be converted for.

The same weights are written as transformers reads them and as llama.cpp does, so that two programs that share no code
can be asked for the same log-probabilities.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from safetensors.numpy import save_file

Weights = dict[str, np.ndarray]

WIDTH, HIDDEN, HEADS, KV_HEADS, HEAD, LAYERS = 64, 96, 4, 2, 16, 3
WORDS = 40
"""Tokens that are words. Before them come three special tokens and 256 for bytes."""
VOCABULARY = 3 + 256 + WORDS
EPSILON, THETA, WINDOW, CONTEXT = 1e-6, 10000.0, 8, 64
"""The window is shorter than what is asked, so that it matters."""


@dataclass(frozen=True)
class SmallModel:
    """A small model of one architecture."""

    architecture: str
    """As llama.cpp calls it."""
    model_class: str
    """As transformers calls it."""
    tied: bool = False
    """Whether embeddings and output are one matrix."""

    @property
    def name(self) -> str:
        """As transformers calls the type of the model."""
        return self.model_class.removesuffix("ForCausalLM").lower() + ("_text" if self.architecture == "gemma3" else "")

    @property
    def gemma(self) -> bool:
        """Whether it is a Gemma: with norms after the blocks as well, and a window in some layers."""
        return self.architecture.startswith("gemma")

    def config(self) -> dict[str, Any]:
        """config.json."""
        shape = {
            "architectures": [self.model_class], "model_type": self.name, "vocab_size": VOCABULARY,
            "hidden_size": WIDTH, "intermediate_size": HIDDEN, "num_hidden_layers": LAYERS, "head_dim": HEAD,
            "num_attention_heads": HEADS, "num_key_value_heads": KV_HEADS, "max_position_embeddings": CONTEXT,
            "original_max_position_embeddings": CONTEXT, "rms_norm_eps": EPSILON, "rope_theta": THETA,
            "tie_word_embeddings": self.tied, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0,
        }  # fmt: skip
        if self.gemma:
            kinds = ["sliding_attention" if self.windowed(layer) else "full_attention" for layer in range(LAYERS)]
            shape |= {"query_pre_attn_scalar": HEAD, "sliding_window": WINDOW, "layer_types": kinds}
        if self.architecture == "gemma2":
            shape |= {"attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0}
        if self.architecture == "gemma3":
            shape |= {"rope_local_base_freq": THETA}
        if self.architecture == "smollm3":
            shape |= {"no_rope_layers": [1] * LAYERS}
        return shape

    def windowed(self, layer: int) -> bool:
        """Whether a layer of a Gemma sees the last tokens only: every other one, and in Gemma 3 five of six."""
        return layer % 2 == 0 if self.architecture == "gemma2" else layer % 6 != 5

    def matrices(self) -> dict[str, tuple[int, int]]:
        """The modules of a layer that a LoRA can change: outputs and inputs by name."""
        queries, keys = HEADS * HEAD, KV_HEADS * HEAD
        if self.architecture == "phi3":
            attention = {"qkv_proj": (queries + 2 * keys, WIDTH)}
            block = {"gate_up_proj": (2 * HIDDEN, WIDTH)}
        else:
            attention = {"q_proj": (queries, WIDTH), "k_proj": (keys, WIDTH), "v_proj": (keys, WIDTH)}
            block = {"gate_proj": (HIDDEN, WIDTH), "up_proj": (HIDDEN, WIDTH)}
        named = {f"self_attn.{name}": shape for name, shape in (attention | {"o_proj": (WIDTH, queries)}).items()}
        return named | {f"mlp.{name}": shape for name, shape in (block | {"down_proj": (WIDTH, HIDDEN)}).items()}

    def modules(self) -> dict[str, tuple[int, int]]:
        """All modules that a LoRA can change, besides embeddings and output."""
        return {
            f"model.layers.{layer}.{name}": shape for layer in range(LAYERS) for name, shape in self.matrices().items()
        }

    def weights(self, seed: int = 0) -> Weights:
        """Random weights, by their names in transformers."""
        random = np.random.default_rng(seed)

        def drawn(*shape: int, size: float = 1.0) -> np.ndarray:
            return (random.standard_normal(shape) * size).astype(np.float32)

        found = {"model.embed_tokens.weight": drawn(VOCABULARY, WIDTH, size=0.3 if self.tied else 1.0)}
        found |= {f"{name}.weight": drawn(*shape, size=shape[1] ** -0.5) for name, shape in self.modules().items()}
        found |= {name: drawn(width, size=0.1) + (0 if self.gemma else 1) for name, width in self._norms()}
        if self.architecture == "qwen2":
            found |= {
                f"{name}.bias": drawn(shape[0], size=0.1)
                for name, shape in self.modules().items()
                if name.endswith(("q_proj", "k_proj", "v_proj"))
            }
        if not self.tied:
            found["lm_head.weight"] = drawn(VOCABULARY, WIDTH, size=0.3)
        return {name: value.astype(np.float32) for name, value in found.items()}

    def _norms(self) -> Iterable[tuple[str, int]]:
        yield "model.norm.weight", WIDTH
        names = ["input_layernorm", "post_attention_layernorm"]
        if self.gemma:
            names += ["pre_feedforward_layernorm", "post_feedforward_layernorm"]
        for layer in range(LAYERS):
            yield from ((f"model.layers.{layer}.{name}.weight", WIDTH) for name in names)
            if self.architecture in ("qwen3", "gemma3"):
                yield from ((f"model.layers.{layer}.self_attn.{name}_norm.weight", HEAD) for name in "qk")


MODELS = {
    "llama": SmallModel("llama", "LlamaForCausalLM"),
    "mistral": SmallModel("llama", "MistralForCausalLM"),
    "smollm3": SmallModel("smollm3", "SmolLM3ForCausalLM", tied=True),
    "qwen2": SmallModel("qwen2", "Qwen2ForCausalLM"),
    "qwen3": SmallModel("qwen3", "Qwen3ForCausalLM", tied=True),
    "gemma2": SmallModel("gemma2", "Gemma2ForCausalLM", tied=True),
    "gemma3": SmallModel("gemma3", "Gemma3ForCausalLM", tied=True),
    "phi3": SmallModel("phi3", "Phi3ForCausalLM"),
}


def write_checkpoint(model: SmallModel, weights: Weights, folder: Path) -> Path:
    """Write a model as transformers reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(model.config()))
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def write_gguf(model: SmallModel, weights: Weights, file: Path) -> Path:
    """Write a model as llama.cpp reads it."""
    writer = gguf.GGUFWriter(file, model.architecture)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_block_count(LAYERS)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_key_length(HEAD)
    writer.add_value_length(HEAD)
    writer.add_rope_dimension_count(HEAD)
    writer.add_rope_freq_base(THETA)
    writer.add_layer_norm_rms_eps(EPSILON)
    writer.add_vocab_size(VOCABULARY)
    writer.add_sliding_window(WINDOW if model.gemma else 0)
    writer.add_rope_scaling_orig_ctx_len(CONTEXT)
    if model.architecture == "gemma2":
        writer.add_attn_logit_softcapping(50.0)
        writer.add_final_logit_softcapping(30.0)
    _add_vocabulary(writer)
    names = gguf.get_tensor_name_map(_architecture(model), LAYERS)
    for name, value in weights.items():
        stem, kind = name.rsplit(".", 1)
        writer.add_tensor(f"{names.get_name(stem)}.{kind}", _as_llama_has_it(model, stem, value))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


def _architecture(model: SmallModel) -> Any:
    return next(value for value, name in gguf.MODEL_ARCH_NAMES.items() if name == model.architecture)


def _as_llama_has_it(model: SmallModel, module: str, value: np.ndarray) -> np.ndarray:
    if model.gemma and module.endswith("norm"):
        return value + 1
    if model.architecture in ("llama", "smollm3") and module.endswith(("q_proj", "k_proj")):
        half = HEAD // 2
        heads = [value[start : start + HEAD] for start in range(0, len(value), HEAD)]
        return np.stack([head[half * odd + row] for head in heads for row in range(half) for odd in (0, 1)])
    return value


def _add_vocabulary(writer: gguf.GGUFWriter) -> None:
    """Special tokens, bytes and words of letters, as sentencepiece has them."""
    special = ["<unk>", "<s>", "</s>"]
    tokens = special + [f"<0x{byte:02X}>" for byte in range(256)] + [f"\u2581w{word}" for word in range(WORDS)]
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    kinds = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL]
    writer.add_token_types(kinds + [gguf.TokenType.BYTE] * 256 + [gguf.TokenType.NORMAL] * WORDS)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)


def random_factors(shapes: Mapping[str, tuple[int, int]], rank: int, seed: int = 1) -> Weights:
    """The tensors of a LoRA for modules of these shapes, by their names in PEFT. It changes what a model says a lot."""
    random = np.random.default_rng(seed)
    found = {}
    for module, (outputs, inputs) in shapes.items():
        a = random.standard_normal((rank, inputs)) * inputs**-0.5
        b = random.standard_normal((outputs, rank)) * 0.4
        of_a, of_b = ("embedding_A", "embedding_B") if module.endswith("embed_tokens") else ("A.weight", "B.weight")
        found[f"base_model.model.{module}.lora_{of_a}"] = a.astype(np.float32)
        found[f"base_model.model.{module}.lora_{of_b}"] = b.astype(np.float32)
    return found


def write_lora(folder: Path, tensors: Weights, **config: Any) -> Path:
    """Write a LoRA as PEFT does. What `config` does not say is as PEFT has it by default."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    usual = {"peft_type": "LORA", "r": 8, "lora_alpha": 8, "bias": "none", "base_model_name_or_path": None}
    (folder / "adapter_config.json").write_text(json.dumps(usual | config))
    return folder


def merged(weights: Weights, tensors: Weights, scales: Mapping[str, float]) -> Weights:
    """The weights with a LoRA added to them. `scales`: by the end of a module's name; "" is for all others."""
    found = dict(weights)
    for name in tensors:
        if "_A" not in name:
            continue
        module = name.removeprefix("base_model.model.").split(".lora_")[0]
        change = tensors[name.replace("_A", "_B")] @ tensors[name]
        scale = next((scale for end, scale in scales.items() if end and module.endswith(end)), scales[""])
        change = change.T if "embedding" in name else change
        found[f"{module}.weight"] = found[f"{module}.weight"] + np.float32(scale) * change
    return found
