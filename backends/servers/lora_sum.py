"""Writes several LoRAs as one, for servers that apply one adapter to a request, as vLLM does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from diptych.backends.servers.peft_folder import CONFIG, WEIGHTS, Factors, LoRA, read_lora, refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


def write_lora_sum(parts: Sequence[tuple[Path, float]], folder: Path) -> None:
    """Write the sum of LoRAs as one PEFT folder. Its rank is the sum of their ranks.

    `parts`: the folder of each LoRA and its dose, 1 for the LoRA as it is. Raises NotReady where one cannot be used, or
    where they are for different bases; OSError where the folder cannot be written.
    """
    from safetensors.numpy import save_file

    loras = [(read_lora(part), dose) for part, dose in parts]
    modules: dict[str, list[tuple[Factors, float]]] = {}
    for lora, dose in loras:
        for name, factors in lora.modules.items():
            _check_same_shape(lora, name, factors, modules.setdefault(name, []))
            modules[name].append((factors, dose))
    # One rank for all modules, because servers need not support several.
    rank = max(sum(factors.rank for factors, _ in summands) for summands in modules.values())
    tensors = {}
    for name, summands in modules.items():
        of_a, of_b = _endings(summands[0][0])
        tensors[f"base_model.model.{name}.{of_a}"], tensors[f"base_model.model.{name}.{of_b}"] = _sum(summands, rank)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})
    config = _config(loras[0][0].config.base_model_name_or_path, modules, rank)
    (folder / CONFIG).write_bytes(msgspec.json.format(msgspec.json.encode(config)))


def _check_same_shape(lora: LoRA, name: str, factors: Factors, others: list[tuple[Factors, float]]) -> None:
    for other, _ in others:
        if (factors.embedding, factors.shape) != (other.embedding, other.shape):
            raise refused(lora.folder, f"it is for another base than the first: {name} differs in shape")


def _endings(factors: Factors) -> tuple[str, str]:
    return ("lora_embedding_A", "lora_embedding_B") if factors.embedding else ("lora_A.weight", "lora_B.weight")


def _sum(summands: list[tuple[Factors, float]], rank: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The matrices of one module, side by side, with zeros for the components that are missing to the rank."""
    import numpy as np

    a = np.concatenate([factors.a for factors, _ in summands])
    b = np.concatenate([factors.b * np.float32(factors.scale * dose) for factors, dose in summands], axis=1)
    missing = rank - len(a)
    return np.pad(a, ((0, missing), (0, 0))), np.ascontiguousarray(np.pad(b, ((0, 0), (0, missing))))


def _config(base: str | None, modules: dict[str, list[tuple[Factors, float]]], rank: int) -> dict[str, Any]:
    return {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base,
        "inference_mode": True,
        "r": rank,
        "lora_alpha": rank,  # The scales are in the weights.
        "lora_dropout": 0.0,
        "bias": "none",
        "target_modules": sorted({name.rpartition(".")[2] for name in modules}),
    }
