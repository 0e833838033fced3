"""A LoRA as PEFT saves it: a folder with adapter_config.json and adapter_model.safetensors."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from diptych.backends.backend_errors import NotReady

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
MERGE = "merge it into its base (PEFT: merge_and_unload) and compare the merged model"

_PLAIN_STARTS = ("gaussian", "eva", "orthogonal", "mica", "lora_ga")
"""Values of init_lora_weights that leave the weights of the base as they are. PiSSA, OLoRA, CorDA and LoftQ change
them, so that the LoRA fits only a base that was changed in the same way."""
_OTHER_METHODS = {
    "use_dora": "it also scales the weights of the base",
    "lora_bias": "it trains biases",
    "modules_to_save": "it replaces whole modules",
    "trainable_token_indices": "it replaces the embeddings of single tokens",
    "layer_replication": "it repeats layers of the base",
    "alora_invocation_tokens": "a text switches it on",
    "use_qalora": "its inputs are sums over groups",
    "use_bdlora": "its matrices are made of blocks",
    "arrow_config": "it chooses between adapters",
    "kasa_config": "it changes the weights of the base",
    "monteclora_config": "it is drawn at random",
}
"""What a LoRA may be besides a plain one, by the key of its config, and why it is then refused."""
_LEAST_ALPHA, _LARGEST_ALPHA = 1e-6, 1e6
"""To llama.cpp an alpha of 0 is one that is not given."""
_FACTOR = re.compile(r"(?:base_model\.model\.)?(.+)\.(?:lora_([AB])\.weight|lora_embedding_([AB]))")


class LoRAConfig(msgspec.Struct, frozen=True):
    """The part of adapter_config.json that is used."""

    lora_alpha: float
    peft_type: str = "LORA"
    bias: str = "none"
    use_rslora: bool = False
    alpha_pattern: dict[str, float] | None = None
    """Other alphas, by a regular expression for the end of a module's name."""
    base_model_name_or_path: str | None = None
    auto_mapping: dict[str, Any] | None = None


class Factors(NamedTuple):
    """The LoRA of one module: its weights (outputs, inputs) grow by scale · b @ a."""

    a: NDArray[np.float32]
    """(rank, inputs). For an embedding the inputs are the tokens."""
    b: NDArray[np.float32]
    """(outputs, rank)."""
    scale: float
    embedding: bool

    @property
    def rank(self) -> int:
        """The number of its components."""
        return int(self.a.shape[0])

    @property
    def shape(self) -> tuple[int, int]:
        """(outputs, inputs)."""
        return int(self.b.shape[0]), int(self.a.shape[1])


class LoRA(NamedTuple):
    """A LoRA, read and found plain."""

    folder: Path
    config: LoRAConfig
    modules: dict[str, Factors]
    """By the name of the module in transformers, e.g. "model.layers.0.self_attn.q_proj"."""


def refused(folder: Path, why: str, hint: str = "") -> NotReady:
    """The error for an adapter that cannot be used."""
    return NotReady(f"the adapter {folder} cannot be used: {why}", hint)


def read_lora(folder: Path) -> LoRA:
    """Read a LoRA. Raises NotReady where a file cannot be read, or where it is more than a plain LoRA."""
    config = _read_config(folder)
    pairs: dict[str, dict[str, NDArray[np.float32]]] = {}
    embeddings = set()
    for name, tensor in _read_tensors(folder).items():
        found = _FACTOR.fullmatch(name)
        if found is None and name.endswith(".base_layer.weight"):
            continue  # The base's own embeddings: PEFT saves them beside a LoRA of them.
        if found is None or tensor.ndim != 2:
            raise refused(folder, f"its tensor {name} is not part of a LoRA of a matrix", MERGE)
        module, factor, embedding = found.groups()
        pairs.setdefault(module, {})[factor or embedding] = tensor
        if embedding:
            embeddings.add(module)
    modules = {m: _factors(folder, config, m, pair, m in embeddings) for m, pair in sorted(pairs.items())}
    if not modules:
        raise refused(folder, f"{WEIGHTS} holds no LoRA")
    return LoRA(folder, config, modules)


def _read_config(folder: Path) -> LoRAConfig:
    try:
        values = msgspec.json.decode((folder / CONFIG).read_bytes())
        config = msgspec.convert(values, LoRAConfig)
        for pattern in config.alpha_pattern or {}:
            re.compile(pattern)
    except OSError as error:
        raise refused(folder, f"{CONFIG} cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, re.error, ValueError, OverflowError, RecursionError) as error:
        raise refused(folder, f"{CONFIG} is damaged: {error}") from error
    if config.peft_type != "LORA":
        raise refused(folder, f"it is of type {config.peft_type}, not a LoRA", MERGE)
    for key, why in _OTHER_METHODS.items():
        if values.get(key):
            raise refused(folder, f"{why} ({key} in {CONFIG})", MERGE)
    if config.bias != "none":
        raise refused(folder, f"it trains biases (bias = {config.bias!r})", MERGE)
    start = values.get("init_lora_weights")
    if isinstance(start, str) and start.lower() not in _PLAIN_STARTS:
        hint = "save it with path_initial_model_for_weight_conversion, which makes it a plain LoRA"
        raise refused(folder, f"it changes the weights of its base (init_lora_weights = {start!r})", hint)
    return config


def _read_tensors(folder: Path) -> dict[str, NDArray[np.float32]]:
    from safetensors import SafetensorError, deserialize

    try:
        tensors = deserialize((folder / WEIGHTS).read_bytes())
    except OSError as error:
        if (folder / "adapter_model.bin").exists():
            hint = "save it again with save_pretrained(…, safe_serialization=True)"
            raise refused(folder, "its weights are a pickle, which may run code", hint) from error
        raise refused(folder, f"{WEIGHTS} cannot be read: {error.strerror}") from error
    except SafetensorError as error:
        raise refused(folder, f"{WEIGHTS} is damaged: {error}") from error
    return {name: _plain(folder, name, tensor) for name, tensor in tensors}


def _plain(folder: Path, name: str, tensor: dict[str, Any]) -> NDArray[np.float32]:
    """A tensor of 16 or 32 bits as 32-bit numbers."""
    import numpy as np

    kind, data = tensor["dtype"], tensor["data"]
    if kind == "BF16":
        # The upper half of a 32-bit number.
        numbers = (np.frombuffer(data, np.uint16).astype(np.uint32) << 16).view(np.float32)
    elif kind in ("F16", "F32"):
        numbers = np.frombuffer(data, np.float16 if kind == "F16" else np.float32).astype(np.float32, copy=False)
    else:
        raise refused(folder, f"its tensor {name} holds numbers of type {kind}", "save it in 16 or 32 bits")
    return numbers.reshape(tensor["shape"])


def _factors(
    folder: Path, config: LoRAConfig, module: str, pair: dict[str, NDArray[np.float32]], embedding: bool
) -> Factors:
    if len(pair) != 2 or not pair["A"].size or pair["A"].shape[0] != pair["B"].shape[1]:
        raise refused(folder, f"{WEIGHTS} is damaged: the two matrices of {module} do not belong together")
    rank, alpha = pair["A"].shape[0], _alpha(config, module)
    if not _LEAST_ALPHA <= abs(alpha) <= _LARGEST_ALPHA:
        raise refused(folder, f"its alpha for {module} is {alpha:g}")
    return Factors(pair["A"], pair["B"], alpha / (rank**0.5 if config.use_rslora else rank), embedding)


def _alpha(config: LoRAConfig, module: str) -> float:
    """The alpha of a module: the first pattern that fits the end of its name decides, as in PEFT."""
    for pattern, alpha in (config.alpha_pattern or {}).items():
        if re.fullmatch(rf"(?:.*\.)?(?:{pattern})", module):
            return alpha
    return config.lora_alpha
