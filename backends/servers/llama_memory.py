"""Estimates the memory that llama.cpp takes."""

from typing import NamedTuple

import psutil

from diptych.backends.backend_errors import NotReady
from diptych.backends.servers.gguf_header import GGUFHeader
from diptych.backends.servers.llama_files import ModelFile
from diptych.backends.servers.scoring_child import PART
from diptych.errors import AGAIN
from diptych.number_words import three_digits

_BATCH = 512
"""Tokens that llama.cpp computes at once."""
_PROCESS = 50_000_000
"""Bytes of the program and its libraries, in the process that scores (seen: 45 MB)."""
_HALF, _FLOAT = 2, 4
"""Bytes of a number in the cache and in a computation."""
_GB = 1_000_000_000


class Memory(NamedTuple):
    """Bytes of memory, an upper estimate."""

    weights: int
    """Shared by all models on one base, because the file is mapped."""
    each: int
    """For each model: the keys and values of its context, and its computations."""
    scoring: int
    """For each model from the first answer on that it scores, in a process of its own."""


def memory_of(model: ModelFile, context: int, slots: int) -> Memory:
    """Estimate what a model takes that serves some slots, each for `context` tokens.

    Keys and values of all layers are kept in half precision. The largest tensor of a computation holds a number for
    each word of the vocabulary at each token of a batch. With one to three models on SmolLM2-135M a process took what
    is estimated here, and up to a tenth less. Models that keep less (sliding windows, recurrent layers) take less.
    The process that scores has one such context. It computes the logits of a part of an answer, and keeps a copy.
    """
    header = model.header
    layers, width = _numbers(header, "block_count", 0)[0], _numbers(header, "embedding_length", 0)[0]
    heads = max(*_numbers(header, "attention.head_count", 1), 1)
    kept = _numbers(header, "attention.head_count_kv", heads)
    kept_heads = sum(kept) if len(kept) > 1 else kept[0] * layers
    numbers = sum(max(_numbers(header, f"attention.{part}_length", width // heads)) for part in ("key", "value"))
    words = header.tensors.get("token_embd.weight", (0, 0))[-1]
    cache = context * kept_heads * numbers * _HALF
    computed = 4 * _BATCH * width * _FLOAT
    return Memory(
        weights=model.size,
        each=slots * cache + _BATCH * words * _FLOAT + computed,
        scoring=_PROCESS + cache + 2 * PART * words * _FLOAT + computed,
    )


def _numbers(header: GGUFHeader, key: str, default: int) -> tuple[int, ...]:
    """A setting of the architecture: one number, or one for each layer."""
    value = header.of_architecture(key)
    numbers = value if isinstance(value, tuple) else (value,)
    return numbers if numbers and all(isinstance(number, int) for number in numbers) else (default,)


def free_memory() -> int:
    """Bytes that can be had without swapping."""
    return int(psutil.virtual_memory().available)


def check_memory(model: ModelFile, memory: Memory, new: int, running: int) -> str:
    """Check that `new` models fit beside those that are `running`. Returns the estimate in words.

    Raises NotReady.
    """
    weights = 0 if running else memory.weights
    needed, free = weights + new * memory.each, free_memory()
    if needed <= free:
        return f"about {_gb(needed)} of {_gb(free)} free"
    each = f"{_gb(memory.each)} for the context{f' of each of {new} models' if new > 1 else ''}"
    parts = f"{_gb(weights)} of weights, {each}" if weights else each
    raise NotReady(
        f"{model.path.name} needs about {_gb(needed)} of memory ({parts}), and {_gb(free)} are free",
        f"set context lower for the endpoint in config.toml, or use a smaller file, then {AGAIN}",
    )


def scoring_words(memory: Memory, models: int) -> str:
    """What so many models take in addition once they score."""
    return f"{_gb(models * memory.scoring)} more to score answers"


def lacking_to_score(memory: Memory) -> str:
    """Why a model cannot score answers for want of memory; "" where it can."""
    free = free_memory()
    if memory.scoring <= free:
        return ""
    return f"one pass needs about {_gb(memory.scoring)} of memory, and {_gb(free)} are free"


def _gb(size: int) -> str:
    return f"{three_digits(round(size / _GB, 2))} GB"
