"""Reads what `diptych open` is given for a side: files, folders, ids of the hub, models of endpoints.

A side is a model, or several parts with + between them: a model and LoRAs. LoRAs alone go on the model of BASE.
"""

import asyncio
import os
import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from diptych.backends import BackendError, Endpoint, FoundModel, connect, found_at, hub_snapshot, models_in
from diptych.cli.setup.config import Config
from diptych.cli.setup.models_on_disk import models_on_disk
from diptych.probes import FileError

LISTING_SECONDS = 10.0
"""How long a server may take to list its models."""
_HUB_ID = re.compile(r"([\w.-]+/[\w.-]+)((?:/[\w.-]+)*)")
_PATH_STARTS = ("/", "~", ".")
_NAMED = 6
"""Of several files with one name an error lists so many."""


class OnDisk(NamedTuple):
    """A model from a file, perhaps with LoRAs."""

    model: FoundModel
    adapters: tuple[tuple[FoundModel, float], ...] = ()
    """Each with its dose."""


class Served(NamedTuple):
    """A model of an endpoint of the configuration."""

    endpoint: str
    model: str


Reference = OnDisk | Served


class DosedLoRA(NamedTuple):
    """A LoRA from a file, and its dose."""

    lora: FoundModel
    dose: float


Adapter = DosedLoRA | str
"""One from a file, or the name that it has at an endpoint."""


class References:
    """Finds what a text means, on disk and then on the servers of the configuration."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def read(self, text: str, base: Reference | None = None) -> Reference:
        """The model that a text means. `base` is what BASE means; None for BASE itself. Raises FileError."""
        if not _path(text).exists():
            endpoint, _, model = text.partition(":")
            if model and endpoint in self._config.endpoints:
                return Served(endpoint, model)
            # Beside a base on a server, an adapter of the hub is rather the one there than the one on disk.
            if isinstance(base, Served) and (served := self._listed(text)) is not None:
                return served
        parts = [_with_dose(part) for part in _parts(text)]
        found = [self._on_disk(part) for part, _ in parts]
        if None not in found:
            return _together([(each, dose) for each, (_, dose) in zip(found, parts, strict=True) if each], base)
        if (served := self._listed(text)) is not None:
            return served
        missing = found.index(None)
        raise FileError(_why_missing(parts[missing][0], is_base=base is None and missing == 0))

    def read_introspection(self, text: str, sides: Iterable[Reference]) -> Adapter:
        """The introspection adapter that a text means, for all of these sides. Raises FileError."""
        served = [isinstance(side, Served) for side in sides]
        if all(served):
            if _path(text).exists():
                raise FileError(f"{text} is a file; these sides are on an endpoint: name an adapter that it has")
            return text
        if any(served):
            raise FileError("--introspect: expected sides that are all from files or all from servers, found both")
        part, dose = _with_dose(text)
        found = self._on_disk(part)
        if found is None:
            raise FileError(_why_missing(part, is_base=False))
        if not found.is_adapter:
            raise FileError(f"{found.path} is a model; --introspect puts a LoRA on models")
        return DosedLoRA(found, 1.0 if dose is None else dose)

    # On disk

    def _on_disk(self, part: str) -> FoundModel | None:
        """What a path or a name means; None where there is nothing. Raises FileError."""
        path = _path(part)
        if not path.exists():
            return self._named(part)
        try:
            found = self._listed_at(path) or found_at(path.absolute())
        except OSError as error:
            raise FileError(f"{part} cannot be read: {error.strerror}") from error
        if found is None and path.is_dir():
            return _only(part, models_in(path.absolute()), "is a folder with neither a GGUF file nor a LoRA of PEFT")
        if found is None:
            raise FileError(f"{part} is a GGUF file, but neither a model of text nor a LoRA")
        return _only(part, [found])

    def _listed_at(self, path: Path) -> FoundModel | None:
        """What is listed at a path whose own name says nothing: blobs of Ollama, snapshots of the hub."""
        if path.suffix == ".gguf":
            return None
        return next((each for each in self._found if os.path.realpath(each.path) == os.path.realpath(path)), None)

    def _named(self, name: str) -> FoundModel | None:
        """What is listed under a name, or below it: the files of a hub id. Ollama's tag "latest" may be left out."""
        exact = [each for each in self._found if each.name in (name, f"{name}:latest")]
        below = [each for each in self._found if each.name.startswith(f"{name}/")]
        return _only(name, exact[:1] or below) if exact or below else None

    @cached_property
    def _found(self) -> list[FoundModel]:
        return models_on_disk(self._config)

    # On servers

    def _listed(self, model: str) -> Served | None:
        """The endpoint that lists a model; None for what looks like a path. Raises FileError where several list it."""
        if model.endswith(".gguf") or model.startswith(_PATH_STARTS):
            return None
        endpoints = [name for name, models in self._listings.items() if model in models]
        if len(endpoints) > 1:
            several = " or ".join(f"{name}:{model}" for name in endpoints)
            raise FileError(f"more than one endpoint has {model}; name one: {several}")
        return Served(endpoints[0], model) if endpoints else None

    @cached_property
    def _listings(self) -> dict[str, tuple[str, ...]]:
        """The models of every endpoint with an address that answers."""
        endpoints = {name: each for name, each in self._config.endpoints.items() if each.base_urls}

        async def ask_all() -> list[tuple[str, ...]]:
            return await asyncio.gather(*map(_models, endpoints.values()))

        return dict(zip(endpoints, asyncio.run(ask_all()), strict=True))


async def _models(endpoint: Endpoint) -> tuple[str, ...]:
    """The names that an endpoint lists; none where it does not answer."""
    backend = connect(endpoint)
    try:
        async with asyncio.timeout(LISTING_SECONDS):
            await backend.start(lambda doing: None)
            return tuple(model.name for model in await backend.models())
    except (BackendError, TimeoutError):
        return ()
    finally:
        await backend.close()


def _path(text: str) -> Path:
    return Path(text).expanduser()


def _parts(text: str) -> list[str]:
    """The parts between the +; a path that itself has a + stays whole."""
    words = text.split("+")
    parts = []
    while words:
        taken = next((n for n in range(len(words), 1, -1) if _path("+".join(words[:n])).exists()), 1)
        parts.append("+".join(words[:taken]))
        del words[:taken]
    return parts


def _with_dose(part: str) -> tuple[str, float | None]:
    """A part without the number behind its @, and that number. Raises FileError."""
    name, at, number = part.rpartition("@")
    if not at or _path(part).exists():
        return part, None
    try:
        dose = float(number)
    except ValueError:
        dose = -1.0
    if not 0 <= dose < float("inf"):
        raise FileError(f"{part}: expected a number behind @, the dose, found {number!r}")
    return name, dose


def _only(name: str, found: Sequence[FoundModel], none: str = "") -> FoundModel:
    """The one model that was found under a name. Raises FileError."""
    if not found:
        raise FileError(f"{name} {none}")
    usable = [each for each in found if not each.fault]
    if len(usable) == 1:
        return usable[0]
    if usable:
        listed = ", ".join(each.path for each in usable[:_NAMED]) + (", …" if len(usable) > _NAMED else "")
        raise FileError(f"{name} holds several models; give the path of one: {listed}")
    raise FileError(f"{name} {found[0].fault}")


def _together(parts: Sequence[tuple[FoundModel, float | None]], base: Reference | None) -> OnDisk:
    """A model and its LoRAs; LoRAs without a model go on that of BASE. Raises FileError."""
    (first, dose), *rest = parts
    if not first.is_adapter:
        if dose is not None:
            raise FileError(f"{first.path} is a model; a dose goes behind a LoRA: MODEL+LORA@{dose:g}")
        on, adapters = OnDisk(first), rest
    elif base is None:
        raise FileError(f"{first.path} is a LoRA; give the file of the model that it was trained on as BASE")
    elif isinstance(base, Served):
        raise FileError(f"{first.path} is a LoRA; it goes on a BASE that is a GGUF file, not on one of an endpoint")
    else:
        on, adapters = base, list(parts)
    for adapter, _ in adapters:
        if not adapter.is_adapter:
            raise FileError(f"{adapter.path} is a model; only LoRAs go behind a +")
    applied = (*on.adapters, *((adapter, 1.0 if dose is None else dose) for adapter, dose in adapters))
    paths = [adapter.path for adapter, _ in applied]
    if twice := next((path for path in paths if paths.count(path) > 1), None):
        raise FileError(f"{twice} is applied twice; a dose makes a LoRA stronger: {twice}@2")
    return OnDisk(on.model, applied)


def _why_missing(part: str, is_base: bool) -> str:
    """What was expected in place of a text that means nothing, and what to do."""
    hub = _HUB_ID.fullmatch(part)
    if part.startswith(_PATH_STARTS) or hub is None or (part.endswith(".gguf") and _path(part).parent.is_dir()):
        return (
            f"there is no {part!r}: expected a GGUF file, the folder of a LoRA, an id of the hub, or endpoint:model;"
            " diptych models lists what is on this machine"
        )
    hub_id, within = hub[1], hub[2].lstrip("/")
    if within:
        wanted = f" {within}" if within.endswith(".gguf") else f' --include "{within}/*"'
    else:
        wanted = ' --include "*.gguf"' if is_base or "gguf" in part.lower() else ""
    fetch = f"hf download {hub_id}{wanted}"
    if hub_snapshot(hub_id) is not None:
        return f"{part} is on this machine, but with neither a GGUF file nor a LoRA; {fetch} fetches what is missing"
    return f"{part} is not on this machine, and no running server lists it; fetch it: {fetch}"
