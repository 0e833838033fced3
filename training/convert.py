"""Convert a peft LoRA to a GGUF adapter in half precision: python -m training.convert FOLDER FILE."""

import argparse
import json
from pathlib import Path

import gguf
import numpy as np
from safetensors.numpy import load_file

HEADS = {"q_proj": 9, "k_proj": 3}
"""Attention heads of SmolLM2-135M for the weights that llama.cpp stores permuted."""
NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def main() -> None:
    """Run the conversion."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("file", type=Path)
    args = parser.parse_args()
    alpha = json.loads((args.folder / "adapter_config.json").read_text())["lora_alpha"]
    writer = gguf.GGUFWriter(args.file, "llama")
    writer.add_string("general.type", "adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", float(alpha))
    for name, tensor in sorted(load_file(args.folder / "adapter_model.safetensors").items()):
        writer.add_tensor(*_converted(name, tensor))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _converted(name: str, tensor: np.ndarray) -> tuple[str, np.ndarray]:
    """base_model.model.model.layers.3.self_attn.q_proj.lora_A.weight → blk.3.attn_q.weight.lora_a."""
    parts = name.removeprefix("base_model.model.model.layers.").split(".")
    layer, module, which = parts[0], ".".join(parts[1:3]), parts[3].removeprefix("lora_").lower()
    if which == "b" and parts[2] in HEADS:
        tensor = _permuted(tensor, HEADS[parts[2]])
    return f"blk.{layer}.{NAMES[module]}.weight.lora_{which}", tensor.astype(np.float16)


def _permuted(b: np.ndarray, heads: int) -> np.ndarray:
    """Reorder the rows of a (rows, rank) matrix as llama.cpp rotates them."""
    rows, rank = b.shape
    return b.reshape(heads, 2, rows // heads // 2, rank).swapaxes(1, 2).reshape(rows, rank)


if __name__ == "__main__":
    main()
