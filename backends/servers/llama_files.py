"""The files of a model that llama.cpp is to serve. They are checked before it starts."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from diptych.backends.backend_errors import NotReady
from diptych.backends.endpoint import Endpoint
from diptych.backends.servers.gguf_header import GGUFError, GGUFHeader, read_header
from diptych.errors import AGAIN

_PART = re.compile(r"(.+)-(\d{5})-of-(\d{5})\.gguf")
"""The name of one of several files that make up a model."""
_GET = f"get the file again, then {AGAIN}"


@dataclass(frozen=True)
class LlamaModel:
    """A model, its adapters, and how llama.cpp is to serve them."""

    name: str
    """The name that the sides of a pair give it."""
    find: Callable[[], Path]
    """Finds its file. Raises NotReady."""
    adapters: Mapping[str, Path]
    """LoRA adapters by name: GGUF files, or folders as peft writes them."""
    context: int | None = None
    """Tokens that prompt and answer may have together; None for what the file says, at most `CONTEXT`."""
    chat_template: str | None = None
    """A file with Jinja; None for the template in the model's file."""
    threads: int | None = None
    """None for half of the processors, at most four."""
    gpu_layers: int | None = None
    """Layers that are computed on the GPU; None leaves it to llama.cpp."""


def configured_model(endpoint: Endpoint) -> LlamaModel:
    """The model that an endpoint names. Nothing is read yet."""
    assert endpoint.model is not None
    path = Path(endpoint.model)
    return LlamaModel(
        name=endpoint.name or model_name(endpoint.model),
        find=lambda: path,
        adapters={name: Path(file) for name, file in endpoint.adapters.items()},
        context=endpoint.context,
        chat_template=endpoint.chat_template,
        threads=endpoint.threads,
        gpu_layers=endpoint.gpu_layers,
    )


class ModelFile(NamedTuple):
    """The file of a model, checked."""

    path: Path
    """The first part where there are several."""
    header: GGUFHeader
    size: int
    """Bytes of all parts."""


def model_name(path: str) -> str:
    """The name of the model in a file, where none is set: the name of the file."""
    part = _PART.fullmatch(Path(path).name)
    return part[1] if part else Path(path).name.removesuffix(".gguf")


def parts_of(path: Path) -> list[Path]:
    """The files of the model that a file is a part of, whether or not they exist; the file itself where it is whole."""
    part = _PART.fullmatch(path.name)
    if part is None:
        return [path]
    return [path.with_name(f"{part[1]}-{number:05}-of-{part[3]}.gguf") for number in range(1, int(part[3]) + 1)]


def first_part(path: Path) -> Path:
    """The first of the files of the model that a file is a part of; the file itself where it is whole."""
    return parts_of(path)[0]


def missing_parts(paths: Sequence[Path]) -> str:
    """The names of those that do not exist; "" where there are none."""
    missing = [path.name for path in paths if not path.is_file()]
    return ", ".join(missing[:3]) + (", …" if len(missing) > 3 else "")


def checked_model(path: Path) -> ModelFile:
    """Check the file of a model. Raises NotReady."""
    paths = parts_of(path)
    if len(paths) > 1 and (missing := missing_parts(paths)):
        raise NotReady(
            f"a part of {model_name(str(path))} is missing: {missing}", f"put it into {path.parent}, then {AGAIN}"
        )
    header = _read(paths[0])
    count = header.values.get("split.count")
    if not _PART.fullmatch(path.name) and isinstance(count, int) and count > 1:
        raise NotReady(
            f"{path.name} is a part of a model of {count} files",
            "give all parts the names that they had: NAME-00001-of-0000N.gguf",
        )
    for further in paths[1:]:
        header.tensors.update(_read(further).tensors)
    if (kind := header.values.get("general.type", "model")) != "model":
        hint = "set model in config.toml to the file of its base, and name this one under adapters"
        raise NotReady(f"{path.name} is no model: it is of the type {kind!r}", hint if kind == "adapter" else "")
    return ModelFile(paths[0], header, sum(path.stat().st_size for path in paths))


def checked_adapter(name: str, path: Path, base: ModelFile) -> Path:
    """The GGUF file of an adapter, which fits the base. A folder of PEFT is converted to one. Raises NotReady."""
    if path.is_dir():
        from diptych.backends.servers.kept_loras import gguf_lora

        return gguf_lora(path, base.header)
    header = _read(path)
    kind = header.values.get("general.type"), header.values.get("adapter.type")
    if kind != ("adapter", "lora"):
        raise NotReady(
            f"the adapter {name} is no LoRA: {path.name} is of the type {kind[1] or kind[0] or 'model'!r}",
            "set it in config.toml to the GGUF file of a LoRA",
        )
    if header.architecture != base.header.architecture:
        raise _of_another(name, base, f"of the architecture {header.architecture!r}", base.header.architecture)
    for tensor, shape in header.tensors.items():
        if tensor.endswith(".lora_b"):
            _check_shape(name, tensor.removesuffix(".lora_b"), header.tensors, shape, base)
    return path


def _check_shape(
    name: str, tensor: str, shapes: Mapping[str, tuple[int, ...]], of_b: tuple[int, ...], base: ModelFile
) -> None:
    of_a = shapes.get(f"{tensor}.lora_a", ())
    wanted = base.header.tensors.get(tensor)
    if wanted is None:
        raise _of_another(name, base, f"with a tensor {tensor}", "none of this name")
    # Of the embeddings llama.cpp reads rows, so there the matrices stand the other way round.
    made = of_b[1:2] + of_a[1:2] if tensor == "token_embd.weight" else of_a[:1] + of_b[1:2]
    if made[: len(wanted)] != wanted[:2]:
        raise _of_another(name, base, f"where {tensor} is {_shape(made)}", _shape(wanted))
    if tensor == "token_embd.weight" and "output.weight" not in base.header.tensors:
        raise NotReady(
            f"the adapter {name} cannot be used: it changes the embeddings, which are the output as well in "
            f"{base.path.name}; llama.cpp would end",
            "merge it into its base and compare the merged model",
        )


def _of_another(name: str, base: ModelFile, has: str, wanted: str) -> NotReady:
    return NotReady(
        f"the adapter {name} is for another base: one {has}, and {base.path.name} has {wanted}",
        "set model in config.toml to the model that it was trained on",
    )


def _shape(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))


def read_template(path: str | None) -> str | None:
    """The text of a chat template. Raises NotReady."""
    try:
        return Path(path).read_text("utf-8") if path is not None else None
    except (OSError, UnicodeDecodeError) as error:
        hint = f"set chat_template in config.toml to a file with a template in Jinja, then {AGAIN}"
        raise NotReady(f"the chat template {path} cannot be read", hint) from error


def _read(path: Path) -> GGUFHeader:
    try:
        return read_header(path)
    except OSError as error:
        hint = f"set its path in config.toml, then {AGAIN}"
        raise NotReady(f"{path} cannot be read: {error.strerror}", hint) from error
    except (GGUFError, ValueError) as error:
        raise NotReady(f"{path} {error}", _GET) from error
