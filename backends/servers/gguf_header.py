"""Reads the beginning of a GGUF file: what it says about the model, and the shapes of its tensors.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. The package `gguf` reads it too, but takes
seconds for the vocabulary of a large model, which is not needed here.
"""

import mmap
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

_MAGIC = b"GGUF"
_OLD_MAGICS = (b"lmgg", b"fmgg", b"tjgg", b"algg")
"""Formats of llama.cpp before GGUF."""
_OLDEST = 2
"""The oldest version that llama.cpp still reads."""
_LATEST = 3
_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
"""The types of numbers, as `struct` names them."""
_TEXT, _ARRAY = 8, 9
_VOCABULARY = "tokenizer."
"""How the keys of the vocabulary begin."""


class GGUFHeader(NamedTuple):
    """What the beginning of a GGUF file says."""

    values: dict[str, Any]
    """Its metadata: numbers, texts, and tuples of numbers. Lists of texts (the vocabulary) are left out."""
    tensors: dict[str, tuple[int, ...]]
    """The shape of each tensor. The first dimension is the one whose numbers stand side by side."""

    @property
    def architecture(self) -> str:
        """The architecture of the model, e.g. "llama"."""
        return str(self.values.get("general.architecture", ""))

    def of_architecture(self, key: str, default: Any = None) -> Any:
        """A value of the model's architecture, e.g. of "llama.context_length" for "context_length"."""
        return self.values.get(f"{self.architecture}.{key}", default)


class GGUFError(Exception):
    """The file is not one that llama.cpp reads. The message goes on from the name of the file."""


def read_header(path: Path) -> GGUFHeader:
    """Read the header of a file. Raises OSError, GGUFError."""
    with _opened(path) as reader:
        tensor_count, value_count = reader.counts()
        return GGUFHeader(dict(reader.values(value_count)), dict(reader.tensors(tensor_count)))


def read_about(path: Path) -> GGUFHeader:
    """Read what a file says about itself before its vocabulary, which is long; without the tensors. Raises OSError,
    GGUFError."""
    with _opened(path) as reader:
        _, value_count = reader.counts()
        return GGUFHeader(dict(reader.values(value_count, before=_VOCABULARY)), {})


@contextmanager
def _opened(path: Path) -> Iterator["_Reader"]:
    with path.open("rb") as file:
        magic = file.read(4)
        if magic in _OLD_MAGICS:
            raise GGUFError("is in a format from before GGUF, which llama.cpp no longer reads")
        if magic != _MAGIC:
            raise GGUFError("is not a GGUF file")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            try:
                yield _Reader(data)
            except (struct.error, IndexError) as error:
                raise GGUFError("is damaged: its header is cut off or cannot be read") from error


class _Reader:
    """Reads one value after another."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self._at = len(_MAGIC)

    def counts(self) -> tuple[int, int]:
        """How many tensors and values the header has. They follow its version, which is checked."""
        version = self.number("I")
        if not _OLDEST <= version <= _LATEST:
            raise GGUFError(f"is a GGUF file of version {version}; llama.cpp reads versions {_OLDEST} to {_LATEST}")
        return self.number("Q"), self.number("Q")

    def values(self, count: int, before: str | None = None) -> Iterator[tuple[str, Any]]:
        """The values by key, without lists of texts, or those before a key that begins with `before`."""
        for _ in range(count):
            key = self.text()
            if before is not None and key.startswith(before):
                return
            value = self.value(self.number("I"))
            if value is not None:
                yield key, value

    def tensors(self, count: int) -> Iterator[tuple[str, tuple[int, ...]]]:
        for _ in range(count):
            name, shape = self.text(), self.numbers("Q", self.number("I"))
            self.numbers("I", 1)  # its type
            self.numbers("Q", 1)  # where its data begins
            yield name, shape

    def number(self, letter: str) -> Any:
        return self.numbers(letter, 1)[0]

    def numbers(self, letter: str, count: int) -> tuple[Any, ...]:
        form = f"<{count}{letter}"
        if count > len(self._data):
            raise struct.error("more numbers than the file has bytes")
        found = struct.unpack_from(form, self._data, self._at)
        self._at += struct.calcsize(form)
        return found

    def text(self) -> str:
        length = self.number("Q")
        start = self._at
        self._skip(length)
        return self._data[start : self._at].decode(errors="replace")

    def value(self, kind: int) -> Any:
        """A value of a kind; None for a list of texts."""
        if kind == _TEXT:
            return self.text()
        if kind == _ARRAY:
            kind, count = self.number("I"), self.number("Q")
            if kind == _TEXT:
                for _ in range(count):
                    self._skip(self.number("Q"))
                return None
            return self.numbers(_number(kind), count)
        return self.number(_number(kind))

    def _skip(self, length: int) -> None:
        self._at += length
        if self._at > len(self._data):
            raise struct.error("the text is longer than the file")


def _number(kind: int) -> str:
    if kind not in _NUMBERS:
        raise GGUFError(f"is damaged: its header has a value of the unknown kind {kind}")
    return _NUMBERS[kind]
