"""Finds models and LoRAs on this machine: those of Ollama, of LM Studio, in the hub's cache, and in given folders."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from diptych.backends.servers.gguf_header import GGUFError, read_about
from diptych.backends.servers.llama_files import missing_parts, model_name, parts_of
from diptych.backends.servers.peft_folder import CONFIG, WEIGHTS

MODEL, LORA, PEFT = "model", "LoRA", "PEFT LoRA"
_KINDS = {"model": MODEL, "adapter": LORA}
"""What is listed, by the general.type of a GGUF file. Others are no model: the part for images of one, for example."""
_IMAGES = "clip"
"""The architecture of parts for images that name no type."""
_OLLAMA_MODEL, _OLLAMA_ADAPTER = (f"application/vnd.ollama.image.{kind}" for kind in ("model", "adapter"))
_OLLAMA_USUAL = ("registry.ollama.ai/library/", "registry.ollama.ai/")
"""What Ollama leaves out of the names that it shows."""
_OLLAMA_SERVICE = Path("/usr/share/ollama/.ollama/models")
"""Where Ollama keeps its models when it runs as a service on Linux."""


class FoundModel(msgspec.Struct, frozen=True):
    """A model or a LoRA on this machine."""

    name: str
    """As the program names it that keeps it; of files in folders, that of the file."""
    kind: str
    """MODEL, LORA (a GGUF file) or PEFT (a folder as PEFT writes it)."""
    size: int
    """Bytes, of all parts."""
    architecture: str
    """As llama.cpp names it, e.g. "qwen3"; of a PEFT folder, the base that it names."""
    path: str
    """The file; of several parts the first; or the folder."""
    source: str
    """Who keeps it."""
    fault: str = ""
    """Why it cannot be used, where that is seen. It goes on from the name: "is not a GGUF file"."""

    @property
    def is_adapter(self) -> bool:
        """Whether it is a LoRA, which needs its base."""
        return self.kind != MODEL

    def side_name(self, parts: int = 1) -> str:
        """A name for a side of a pair: the last part of its name, or the last `parts`, without + and @."""
        *folders, last = self.name.split("/")
        return re.sub(r"[+@]", "-", "/".join([*folders[len(folders) + 1 - parts :], model_name(last)]))


def find_models(folders: Iterable[Path] = ()) -> list[FoundModel]:
    """Find the models and LoRAs of Ollama, LM Studio and the hub's cache, and those in `folders`, without the folders
    in them. Nothing is loaded. What may not be read is left out."""
    found = [*_of_ollama(), *_of_lm_studio(), *_of_hub()]
    seen = {os.path.realpath(each.path) for each in found}
    for folder in dict.fromkeys(folders):
        found += [each for each in _of_folder(folder) if os.path.realpath(each.path) not in seen]
    return found


def searched_folders() -> list[Path]:
    """The folders of Ollama, LM Studio and the hub's cache, whether or not they exist."""
    return [*_ollama_folders(), _lm_studio_folder(), _hub_folder()]


def found_at(path: Path) -> FoundModel | None:
    """The GGUF file or the PEFT folder at a path, named by it; None for other folders, and for GGUF files that are no
    model. Raises OSError."""
    return _lora_folder(path, str(path), "") if path.is_dir() else _gguf(path, str(path), "")


def models_in(folder: Path) -> list[FoundModel]:
    """The models and LoRAs in a folder, without the folders in it."""
    return list(_of_folder(folder))


# Ollama: manifests/HOST/NAMESPACE/MODEL/TAG name layers, which are files blobs/sha256-DIGEST.


def _ollama_folders() -> list[Path]:
    named = os.environ.get("OLLAMA_MODELS")
    return [Path(named)] if named else [Path.home() / ".ollama" / "models", _OLLAMA_SERVICE]


def _of_ollama() -> list[FoundModel]:
    found: list[FoundModel] = []
    bases: list[FoundModel] = []
    for folder in _ollama_folders():
        for manifest in sorted(_files_below(folder / "manifests")):
            layers = _read_json(manifest).get("layers", ())
            blobs = {
                kind: folder / "blobs" / str(layer.get("digest")).replace(":", "-")
                for layer in (layers if isinstance(layers, list) else ())
                if isinstance(layer, dict) and (kind := layer.get("mediaType")) in (_OLLAMA_MODEL, _OLLAMA_ADAPTER)
            }
            name = _ollama_name(manifest.relative_to(folder / "manifests"))
            adapter, model = blobs.get(_OLLAMA_ADAPTER), blobs.get(_OLLAMA_MODEL)
            if adapter is not None:
                found += _readable(adapter, name, "Ollama")
            if model is not None:
                # Ollama gives a base with an adapter a name of its own, which is the adapter's here.
                listed = bases if adapter is not None else found
                listed += _readable(model, name if adapter is None else f"{name} base", "Ollama")
    paths = {each.path for each in found}
    return [*found, *(each for each in bases if each.path not in paths)]


def _ollama_name(manifest: Path) -> str:
    name = f"{manifest.parent.as_posix()}:{manifest.name}"
    return next((name.removeprefix(usual) for usual in _OLLAMA_USUAL if name.startswith(usual)), name)


# LM Studio: models/PUBLISHER/REPOSITORY/FILE.gguf


def _lm_studio_folder() -> Path:
    home = Path.home()
    pointer, old = home / ".lmstudio-home-pointer", home / ".cache" / "lm-studio"
    try:
        own = Path(pointer.read_text("utf-8").strip())
    except (OSError, UnicodeDecodeError):
        own = old if old.is_dir() else home / ".lmstudio"
    named = _read_json(own / "settings.json").get("downloadsFolder")
    return Path(named) if isinstance(named, str) and named else own / "models"


def _of_lm_studio() -> Iterator[FoundModel]:
    folder = _lm_studio_folder()
    for path in _first_parts(_files_below(folder)):
        yield from _readable(path, path.relative_to(folder).as_posix(), "LM Studio")


# The hub's cache: models--OWNER--NAME/snapshots/REVISION/FILE, where refs/main names the revision.


def _hub_folder() -> Path:
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if named := os.environ.get(variable):
            return Path(named).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(os.environ.get("HF_HOME") or f"{cache}/huggingface").expanduser() / "hub"


def hub_snapshot(hub_id: str) -> Path | None:
    """The folder of a model of the hub, OWNER/NAME, in the hub's cache; None where it is not there."""
    return _snapshot(_hub_folder() / f"models--{hub_id.replace('/', '--')}")


def _snapshot(kept: Path) -> Path | None:
    """The snapshot of the main branch, or else the newest."""
    try:
        main = kept / "snapshots" / (kept / "refs" / "main").read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        main = None
    if main is not None and main.is_dir():
        return main
    return max(_entries(kept / "snapshots"), key=lambda each: each.stat().st_mtime, default=None)


def _of_hub() -> Iterator[FoundModel]:
    for kept in _entries(_hub_folder()):
        kind, _, hub_id = kept.name.partition("--")
        snapshot = _snapshot(kept) if kind == "models" else None
        if snapshot is None:
            continue
        hub_id = hub_id.replace("--", "/", 1)
        files = _files_below(snapshot)
        for path in _first_parts(files):
            yield from _readable(path, f"{hub_id}/{path.relative_to(snapshot).as_posix()}", "hub cache")
        for path in sorted(each.parent for each in files if each.name == CONFIG):
            within = path.relative_to(snapshot).as_posix()
            found = _lora_folder(path, hub_id if within == "." else f"{hub_id}/{within}", "hub cache")
            if found is not None:
                yield found


# Any folder


def _of_folder(folder: Path) -> Iterator[FoundModel]:
    lora = _lora_folder(folder, folder.name, "endpoint")
    if lora is not None:
        yield lora
    for path in _first_parts(each for each in _entries(folder) if each.is_file()):
        yield from _readable(path, path.name, "endpoint")


def _first_parts(files: Iterable[Path]) -> list[Path]:
    """The GGUF files; of those in several parts the first, whether or not it exists."""
    return sorted({parts_of(path)[0] for path in files if path.suffix == ".gguf"})


def _readable(path: Path, name: str, source: str) -> list[FoundModel]:
    try:
        found = _gguf(path, name, source)
    except OSError:
        return []
    return [found] if found is not None else []


def _gguf(path: Path, name: str, source: str) -> FoundModel | None:
    parts = parts_of(path)
    there = [part for part in parts if part.is_file()]
    fault = f"lacks a part: {missing}" if len(parts) > 1 and (missing := missing_parts(parts)) else ""
    size = sum(part.stat().st_size for part in there)
    try:
        header = read_about(path if len(parts) == 1 or not there else there[0])
    except (GGUFError, ValueError) as error:
        return FoundModel(name, MODEL, size, "", str(path), source, str(error))
    kind = header.values.get("general.type", "model")
    if kind not in _KINDS or header.architecture == _IMAGES:
        return None
    return FoundModel(name, _KINDS[kind], size, header.architecture, str(path), source, fault)


def _lora_folder(path: Path, name: str, source: str) -> FoundModel | None:
    """A folder as PEFT writes it."""
    if not (path / CONFIG).is_file():
        return None
    base = _read_json(path / CONFIG).get("base_model_name_or_path") or ""
    weights = path / WEIGHTS
    size = weights.stat().st_size if weights.is_file() else 0
    return FoundModel(name, PEFT, size, str(base), str(path), source, "" if size else f"lacks {WEIGHTS}")


def _files_below(folder: Path) -> list[Path]:
    """All files, also those in linked folders, but in each folder once."""
    files, seen = [], set()
    for within, folders, names in os.walk(folder, followlinks=True):
        if (real := os.path.realpath(within)) in seen:
            folders.clear()
        else:
            seen.add(real)
            files += [Path(within, name) for name in names]
    return files


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _read_json(path: Path) -> Mapping[str, Any]:
    try:
        values = msgspec.json.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return values if isinstance(values, dict) else {}
