"""LoRAs of PEFT that were converted for llama.cpp, kept so that each is converted once."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from diptych.backends.backend_errors import NotReady
from diptych.backends.servers.gguf_header import GGUFHeader
from diptych.backends.servers.peft_folder import CONFIG, WEIGHTS, read_lora
from diptych.user_folders import data_folder

_VERSION = 1
"""Of what the conversion writes. What an older one wrote is not used."""


def gguf_lora(folder: Path, base: GGUFHeader) -> Path:
    """The GGUF adapter for a PEFT folder and the header of its base. It is converted at the first use, and again
    when a file of the folder has changed.

    Raises NotReady where the LoRA cannot be used with this base, or where the file cannot be written.
    """
    kept = data_folder() / "adapters"
    file = kept / f"{_fingerprint(folder, base)}.gguf"
    if not file.exists():
        from diptych.backends.servers.gguf_lora import write_gguf_lora

        lora = read_lora(folder)
        try:
            kept.mkdir(parents=True, exist_ok=True)
            # Others find the whole file or none.
            with TemporaryDirectory(dir=kept) as unfinished:
                written = Path(unfinished, file.name)
                write_gguf_lora(lora, base, written)
                os.replace(written, file)
        except OSError as error:
            hint = "free some space there, or set DIPTYCH_DATA to another folder"
            raise NotReady(f"an adapter cannot be written into {kept}: {error.strerror}", hint) from error
    return file


def _fingerprint(folder: Path, base: GGUFHeader) -> str:
    """Of all that decides what is written: the LoRA, and what the conversion looks at in its base."""
    names = ("block_count", "attention.head_count", "attention.head_count_kv")
    about = [_VERSION, base.architecture, [base.of_architecture(name) for name in names], sorted(base.tensors.items())]
    digest = hashlib.sha256(msgspec.json.encode(about))
    for name in (CONFIG, WEIGHTS):
        try:
            with (folder / name).open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        except OSError:
            pass  # Reading the LoRA says what is wrong.
    return digest.hexdigest()[:32]
