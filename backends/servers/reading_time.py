"""Estimates how long a model takes to be read from the disk."""

import os
import time

from diptych.backends.servers.llama_files import ModelFile

_PIECES, _PIECE = 8, 1 << 20
"""How many pieces of a file are read to see how fast that goes, and bytes of each. They lie far apart: what the system
has in its cache is seldom the whole file."""


def reading_words(model: ModelFile) -> str:
    """How long it takes to read all parts of a model, in words; "" where that cannot be told."""
    seconds = _reading_seconds(model)
    if seconds is None:
        return ""
    return f"{'less than a second' if seconds < 1 else f'about {seconds:.0f} s'} to read"


def _reading_seconds(model: ModelFile) -> float | None:
    """The bytes of the model, at the rate at which pieces of its first part could be read just now."""
    began, read = time.perf_counter(), 0
    try:
        with model.path.open("rb", buffering=0) as file:
            last = max(0, os.fstat(file.fileno()).st_size - _PIECE)
            for number in range(_PIECES):
                file.seek(last * number // (_PIECES - 1))
                read += len(file.read(_PIECE))
    except OSError:
        return None
    return model.size * (time.perf_counter() - began) / read if read else None
