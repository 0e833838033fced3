"""Writes a LoRA of PEFT as the GGUF adapter that llama.cpp reads, for the base that it is to be used with.

What llama.cpp changes in a model's weights when it converts them has to be changed in their LoRA as well. This was read
from its convert_hf_to_gguf.py and convert_lora_to_gguf.py, and is tested against transformers (tests/vllm).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from diptych.backends.servers.peft_folder import MERGE, LoRA, refused

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from diptych.backends.servers.gguf_header import GGUFHeader


class Architecture(NamedTuple):
    """A kind of model that LoRAs can be converted for."""

    classes: tuple[str, ...]
    """The names of its models in transformers."""
    permuted: bool
    """Whether llama.cpp rotates neighbouring rows of a head. transformers rotates the first half with the second."""


ARCHITECTURES = {
    "llama": Architecture(("LlamaForCausalLM", "MistralForCausalLM"), permuted=True),
    "smollm3": Architecture(("SmolLM3ForCausalLM",), permuted=True),
    "qwen2": Architecture(("Qwen2ForCausalLM",), permuted=False),
    "qwen3": Architecture(("Qwen3ForCausalLM",), permuted=False),
    "gemma2": Architecture(("Gemma2ForCausalLM",), permuted=False),
    "gemma3": Architecture(("Gemma3ForCausalLM", "Gemma3ForConditionalGeneration"), permuted=False),
    "phi3": Architecture(("Phi3ForCausalLM",), permuted=False),
}
"""By the name in llama.cpp."""

_HEADS = {"q_proj": "attention.head_count", "k_proj": "attention.head_count_kv"}
"""The setting that counts the heads of each module with rotated rows."""
_EMBEDDINGS, _OUTPUT = "token_embd", "output"
_LARGEST_HALF = 65504
"""A larger number does not fit into 16 bits."""


class _Tensors(NamedTuple):
    """What is written for one module."""

    name: str
    a: NDArray[np.float32]
    b: NDArray[np.float32]
    alpha: float
    """llama.cpp divides it by the rank."""


def write_gguf_lora(lora: LoRA, base: GGUFHeader, file: Path) -> None:
    """Write the adapter in half precision. Raises NotReady where the LoRA is not for this base, or where llama.cpp
    cannot apply it."""
    import gguf

    _check_architecture(lora, base)
    architecture: Any = next(number for number, name in gguf.MODEL_ARCH_NAMES.items() if name == base.architecture)
    names = gguf.get_tensor_name_map(architecture, base.of_architecture("block_count", 0))
    # Some models have their language part under this name.
    named = {module: names.get_name(module.replace("language_model.", "", 1)) for module in lora.modules}
    modules = [_converted(lora, base, module, named[module]) for module in lora.modules]
    alpha = modules[0].alpha
    writer = gguf.GGUFWriter(file, base.architecture)
    writer.add_string("general.type", "adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", alpha)
    for module in modules:
        writer.add_tensor(f"{module.name}.weight.lora_a", _half(module.a))
        # The file has one alpha. What another module has differently goes into its weights.
        writer.add_tensor(f"{module.name}.weight.lora_b", _half(module.b * (module.alpha / alpha)))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def permuted(b: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """The rows of a (rows, rank) matrix in the order in which llama.cpp rotates them: of each head, the first row of
    the first half, the first row of the second half, the second row of the first half, and so on."""
    rows, rank = b.shape
    return b.reshape(heads, 2, rows // heads // 2, rank).swapaxes(1, 2).reshape(rows, rank)


def _check_architecture(lora: LoRA, base: GGUFHeader) -> None:
    own = ARCHITECTURES.get(base.architecture)
    if own is None:
        known = ", ".join(ARCHITECTURES)
        why = f"its base is of the architecture {base.architecture!r}, for which LoRAs cannot be converted here"
        raise refused(lora.folder, f"{why} (they can for {known})", MERGE)
    name = _model_class(lora)
    if any(name in other.classes for other in ARCHITECTURES.values() if other is not own):
        why = f"it is for another base: a {name}, and this one is of the architecture {base.architecture!r}"
        raise refused(lora.folder, why)


def _model_class(lora: LoRA) -> str | None:
    """The class of the model that the LoRA was trained on, if its config or its base's says so."""
    named = (lora.config.auto_mapping or {}).get("base_model_class")
    if isinstance(named, str):
        return named
    if lora.config.base_model_name_or_path is None:
        return None
    config = Path(lora.config.base_model_name_or_path, "config.json")
    try:
        return msgspec.json.decode(config.read_bytes(), type=_BaseConfig).architectures[0]
    except (OSError, ValueError, msgspec.DecodeError, IndexError):
        return None


class _BaseConfig(msgspec.Struct):
    architectures: list[str] = []


def _converted(lora: LoRA, base: GGUFHeader, module: str, name: str | None) -> _Tensors:
    """What is written for a module, which has that `name` in llama.cpp. Raises NotReady."""
    if f"{_OUTPUT}.weight" not in base.tensors and name in (_EMBEDDINGS, _OUTPUT):
        why = f"it changes {module}, which is embeddings and output at once in its base"
        raise refused(lora.folder, f"{why}; llama.cpp cannot change one of them alone", MERGE)
    if name is None or f"{name}.weight" not in base.tensors:
        raise refused(lora.folder, f"it is for another base: {module} is not in this one")
    factors, shape = lora.modules[module], base.tensors[f"{name}.weight"]
    # llama.cpp has the embeddings of a token, not the weights of an output, in a row.
    own = factors.shape if factors.embedding else factors.shape[::-1]
    if own != shape:
        why = f"{module} is {_by(own)} in it, and {_by(shape)} in this one"
        raise refused(lora.folder, f"it is for another base: {why}")
    heads = _rotated_heads(lora, base, module)
    b = permuted(factors.b, heads) if heads else factors.b
    return _Tensors(name, factors.a.T if factors.embedding else factors.a, b, factors.scale * factors.rank)


def _by(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))


def _rotated_heads(lora: LoRA, base: GGUFHeader, module: str) -> int | None:
    """How many heads the rows of a module are rotated in; None where llama.cpp leaves the rows as they are."""
    setting = _HEADS.get(module.rpartition(".")[2])
    if setting is None or not ARCHITECTURES[base.architecture].permuted:
        return None
    heads = base.of_architecture(setting, base.of_architecture("attention.head_count"))
    if not isinstance(heads, int):
        raise refused(lora.folder, f"its base does not say how many heads {module} has")
    return heads


def _half(tensor: NDArray[np.float32]) -> NDArray[Any]:
    """The tensor in 16 bits, or as it is where these do not hold it."""
    import numpy as np

    return tensor.astype(np.float16) if np.abs(tensor).max() <= _LARGEST_HALF else np.ascontiguousarray(tensor)
