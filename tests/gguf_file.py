"""Writes small GGUF files: a header, without the data of the tensors."""

import struct
from collections.abc import Mapping, Sequence

_KINDS = {str: 8, int: 4, float: 6}

LLAMA = {
    "general.architecture": "llama",
    "llama.block_count": 2,
    "llama.context_length": 8192,
    "llama.embedding_length": 64,
    "llama.attention.head_count": 4,
    "llama.attention.head_count_kv": 2,
    "tokenizer.ggml.tokens": ["a", "b", "c"],
    "tokenizer.ggml.scores": [0.5, 0.25],
    "tokenizer.chat_template": "{{ messages }}",
}
"""What a model of the architecture llama says about itself."""
TENSORS = {
    "token_embd.weight": (64, 1000), "output.weight": (64, 1000),
    "blk.0.attn_q.weight": (64, 64), "blk.0.attn_k.weight": (64, 32),
}  # fmt: skip
LORA = {"general.architecture": "llama", "general.type": "adapter", "adapter.type": "lora", "adapter.lora.alpha": 16.0}
LORA_TENSORS = {
    "blk.0.attn_k.weight.lora_a": (64, 8),
    "blk.0.attn_k.weight.lora_b": (8, 32),
    "token_embd.weight.lora_a": (8, 1000),
    "token_embd.weight.lora_b": (8, 64),
}
"""A LoRA of rank 8 for it."""

Value = str | int | float | Sequence[str] | Sequence[int] | Sequence[float]


def gguf(
    values: Mapping[str, Value] = LLAMA, tensors: Mapping[str, tuple[int, ...]] = TENSORS, version: int = 3
) -> bytes:
    """The bytes of a file with these values and tensors."""
    parts = [b"GGUF", struct.pack("<IQQ", version, len(tensors), len(values))]
    for key, value in values.items():
        if isinstance(value, str | int | float):
            parts += [_text(key), struct.pack("<I", _KINDS[type(value)]), _value(value)]
        else:
            parts += [_text(key), struct.pack("<IIQ", 9, _KINDS[type(value[0])], len(value)), *map(_value, value)]
    for name, shape in tensors.items():
        parts += [_text(name), struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, 0)]
    return b"".join(parts)


def _value(value: str | int | float) -> bytes:
    return _text(value) if isinstance(value, str) else struct.pack("<I" if isinstance(value, int) else "<f", value)


def _text(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()
