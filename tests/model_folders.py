"""Folders of models as Ollama, LM Studio and the hub's cache keep them, with small files."""

import json
from pathlib import Path

import pytest

from tests.gguf_file import LORA, LORA_TENSORS, gguf

REVISION = "0123456789abcdef0123456789abcdef01234567"
PEFT_CONFIG = {"peft_type": "LORA", "lora_alpha": 16, "base_model_name_or_path": "some-lab/Tiny"}


def at_home(folder: Path, patch: pytest.MonkeyPatch) -> Path:
    """Make a folder the home of the user, without other places of models. Returns it."""
    for variable in ("OLLAMA_MODELS", "HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "XDG_CACHE_HOME"):
        patch.delenv(variable, raising=False)
    patch.setenv("HOME", str(folder))
    return folder


def write(path: Path, content: bytes | str | object) -> Path:
    """Write a file: bytes, a text, or JSON. Returns its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def write_lora(path: Path) -> Path:
    """Write a LoRA as a GGUF file. Returns its path."""
    return write(path, gguf(LORA, LORA_TENSORS))


def write_peft(folder: Path) -> Path:
    """Write a folder that looks like a LoRA of peft. Returns it."""
    write(folder / "adapter_config.json", PEFT_CONFIG)
    write(folder / "adapter_model.safetensors", b"weights")
    return folder


def pull(models: Path, manifest: str, **layers: bytes) -> dict[str, Path]:
    """Put a model into Ollama's folder, as `ollama pull` does. `manifest`: HOST/NAMESPACE/MODEL/TAG; `layers` by kind.
    Returns the files of the layers."""
    digests = {kind: f"{kind}{len(content):08x}" for kind, content in layers.items()}
    listed = [
        {"mediaType": f"application/vnd.ollama.image.{kind}", "digest": f"sha256:{digest}", "size": len(layers[kind])}
        for kind, digest in digests.items()
    ]
    write(models / "manifests" / manifest, {"schemaVersion": 2, "config": {"digest": "sha256:0"}, "layers": listed})
    return {k: write(models / "blobs" / f"sha256-{digest}", layers[k]) for k, digest in digests.items()}


def download(cache: Path, hub_id: str, **files: bytes) -> Path:
    """Put files into the hub's cache, as `hf download` does: links into a snapshot. Returns the snapshot. A name of a
    file has __ for a dot."""
    kept = cache / f"models--{hub_id.replace('/', '--')}"
    write(kept / "refs" / "main", REVISION)
    snapshot = kept / "snapshots" / REVISION
    for number, (name, content) in enumerate(files.items()):
        blob = write(kept / "blobs" / f"{number:064x}", content)
        link = snapshot / name.replace("__", ".")
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(blob)
    return snapshot
