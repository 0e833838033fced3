"""The embedded weights and adapter as vLLM reads them: python checkpoint.py BASE.gguf ADAPTER.gguf FOLDER.

Writes FOLDER/base (a transformers checkpoint, dequantised), FOLDER/hello (a peft LoRA), FOLDER/wide (the same LoRA,
padded with zeros to four times its rank) and FOLDER/none (the same LoRA with every B zero: it changes nothing).
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from gguf import GGUFReader
from safetensors.numpy import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

HEADS = {"attn_q": 9, "attn_k": 3}
"""Attention heads of SmolLM2-135M for the weights that llama.cpp keeps permuted."""
MODULES = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def main() -> None:
    """Write as the arguments say."""
    base, adapter, folder = map(Path, sys.argv[1:])
    _write_base(base, folder / "base")
    alpha, tensors = _read_adapter(adapter)
    rank = next(t.shape[0] for name, t in tensors.items() if name.endswith("lora_A.weight"))
    _write_adapter(folder / "hello", tensors, rank, alpha)
    _write_adapter(folder / "wide", {n: _padded(n, t, 4 * rank) for n, t in tensors.items()}, 4 * rank, 4 * alpha)
    zeroed = {n: np.zeros_like(t) if n.endswith("lora_B.weight") else t for n, t in tensors.items()}
    _write_adapter(folder / "none", zeroed, rank, alpha)


def _write_base(file: Path, folder: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.float32)
    # The weights are plain numbers now; what is saved must not claim to be quantised.
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.hf_quantizer = None
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name).save_pretrained(folder)


def _read_adapter(file: Path) -> tuple[float, dict[str, np.ndarray]]:
    reader = GGUFReader(file)
    alpha = float(reader.fields["adapter.lora.alpha"].parts[-1][0])
    return alpha, dict(_converted(t.name, np.array(t.data, dtype=np.float32)) for t in reader.tensors)


def _converted(name: str, tensor: np.ndarray) -> tuple[str, np.ndarray]:
    """blk.3.attn_q.weight.lora_b → base_model.model.model.layers.3.self_attn.q_proj.lora_B.weight."""
    _, layer, module, _, which = name.split(".")
    if which == "lora_b" and module in HEADS:
        rows, rank = tensor.shape
        heads = HEADS[module]
        tensor = tensor.reshape(heads, rows // heads // 2, 2, rank).swapaxes(1, 2).reshape(rows, rank)
    letter = which[-1].upper()
    full = f"base_model.model.model.layers.{layer}.{MODULES[module]}.lora_{letter}.weight"
    return full, np.ascontiguousarray(tensor)


def _padded(name: str, tensor: np.ndarray, rank: int) -> np.ndarray:
    axis = 0 if name.endswith("lora_A.weight") else 1
    missing = [(0, 0), (0, 0)]
    missing[axis] = (0, rank - tensor.shape[axis])
    return np.pad(tensor, missing)


def _write_adapter(folder: Path, tensors: dict[str, np.ndarray], rank: int, alpha: float) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": str(folder.parent / "base"),
        "r": rank,
        "lora_alpha": alpha,
        "lora_dropout": 0.0,
        "bias": "none",
        "target_modules": sorted({m.split(".")[1] for m in MODULES.values()}),
    }
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2))


if __name__ == "__main__":
    main()
