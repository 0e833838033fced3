"""LoRAs of PEFT in another form, made once and kept: converted for llama.cpp, or several summed to one for vLLM."""

from __future__ import annotations

import hashlib
import os
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import msgspec

from diptych.backends.backend_errors import NotReady
from diptych.backends.servers.peft_folder import CONFIG, WEIGHTS, read_lora
from diptych.user_folders import data_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from diptych.backends.servers.gguf_header import GGUFHeader

_VERSION, _SUM_VERSION = 1, 1
"""Of what the conversion and the sum write. What older ones wrote is not used."""


def gguf_lora(folder: Path, base: GGUFHeader) -> Path:
    """The GGUF adapter for a PEFT folder and the header of its base. It is converted at the first use, and again
    when a file of the folder has changed.

    Raises NotReady where the LoRA cannot be used with this base, or where the file cannot be written.
    """
    # All that decides what is written: the LoRA, and what the conversion looks at in its base.
    names = ("block_count", "attention.head_count", "attention.head_count_kv")
    about = [_VERSION, base.architecture, [base.of_architecture(name) for name in names], sorted(base.tensors.items())]
    return _kept(f"{_fingerprint(about, [folder])}.gguf", partial(_convert, folder, base))


def summed_lora(parts: Sequence[tuple[Path, float]]) -> Path:
    """The PEFT folder of the sum of LoRAs, each with its dose. It is written at the first use, and again when a file of
    one of them has changed.

    Raises NotReady where one cannot be used, or where the folder cannot be written.
    """
    from diptych.backends.servers.lora_sum import write_lora_sum

    about = ["sum", _SUM_VERSION, [dose for _, dose in parts]]
    name = _fingerprint(about, [folder for folder, _ in parts])
    return _kept(name, partial(write_lora_sum, parts))


def _convert(folder: Path, base: GGUFHeader, file: Path) -> None:
    from diptych.backends.servers.gguf_lora import write_gguf_lora

    write_gguf_lora(read_lora(folder), base, file)


def _kept(name: str, write: Callable[[Path], None]) -> Path:
    """The file or folder of that name among those that are kept. `write` writes it if it is not there. Raises
    NotReady."""
    kept = data_folder() / "adapters"
    path = kept / name
    if not path.exists():
        try:
            kept.mkdir(parents=True, exist_ok=True)
            # Others find the whole of it or nothing.
            with TemporaryDirectory(dir=kept) as unfinished:
                write(Path(unfinished, name))
                os.replace(Path(unfinished, name), path)
        except OSError as error:
            if not path.exists():
                hint = "free some space there, or set DIPTYCH_DATA to another folder"
                raise NotReady(f"an adapter cannot be written into {kept}: {error.strerror}", hint) from error
    return path


def _fingerprint(about: Any, folders: Sequence[Path]) -> str:
    digest = hashlib.sha256(msgspec.json.encode(about))
    for folder in folders:
        for name in (CONFIG, WEIGHTS):
            try:
                with (folder / name).open("rb") as file:
                    digest.update(hashlib.file_digest(file, "sha256").digest())
            except OSError:
                pass  # Reading the LoRA says what is wrong.
    return digest.hexdigest()[:32]
