"""Finds the members of a family: every value of x and seed, and every model that a pattern matches."""

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from glob import glob
from pathlib import Path
from typing import NamedTuple

import msgspec

from diptych.backends import BackendError, Endpoint, connect, is_adapter_name
from diptych.cli.setup.config import Config
from diptych.cli.setup.family_config import (
    FamilyConfig,
    Member,
    MembersConfig,
    NamedModel,
    adapter_path,
    check_number,
    labelled,
)
from diptych.probes import FileError
from diptych.sessions import FamilyRecord

LISTING_SECONDS = 10.0
"""How long a server may take to list its models."""
_NAMED = 8
"""Of the models that a pattern does not match, an error lists so many."""
_SIGNS = {"*": ".*", "?": ".", "{x}": r"(?P<x>[0-9]+(?:\.[0-9]+)?)", "{seed}": "(?P<seed>[0-9]+)"}
"""What the signs of a pattern match."""
_SIGN = re.compile(r"(\*|\?|\{x\}|\{seed\})")
_DOSE = re.compile(r"@[0-9.]+$")


class FoundFamily(NamedTuple):
    """A family with all its members."""

    name: str
    config: FamilyConfig
    members: list[Member]
    endpoints: Mapping[str, Endpoint]
    """Those of the configuration, with the adapters that were found as files."""

    @property
    def record(self) -> FamilyRecord:
        """The family as it is stored with a session."""
        return FamilyRecord(self.name, self.config.x, self.config.scale)


def find_family(config: Config, name: str) -> FoundFamily:
    """Return the family of that name. Servers are asked for their models where a pattern needs it, so this must not be
    called while an event loop runs in the thread. Raises FileError."""
    if name not in config.families:
        known = ", ".join(sorted(config.families)) or "none"
        raise FileError(f"there is no family {name!r}; config.toml has: {known}")
    return _Finder(config, name).found()


class _Finder:
    def __init__(self, config: Config, name: str) -> None:
        self._name = name
        self._family = config.families[name]
        self._endpoints = dict(config.endpoints)
        self._listings: dict[str, Sequence[str]] = {}
        """The models that endpoints have."""

    def found(self) -> FoundFamily:
        """The family. Raises FileError."""
        members: list[Member] = []
        for number, entry in enumerate(self._family.members):
            members += self._members(entry, f"config.toml: families.{self._name}.members[{number}]")
            check_number(len(members), f"config.toml: families.{self._name}")
        labels = labelled(members, f"config.toml: families.{self._name}")
        return FoundFamily(self._name, self._family, labels, self._endpoints)

    def _members(self, entry: MembersConfig, where: str) -> list[Member]:
        models: list[NamedModel] = []
        for named in entry.models:
            if path := adapter_path(named.name, self._endpoints[entry.endpoint]):
                models += self._adapters_at(path, named, entry.endpoint, where)
            elif named.is_pattern:
                models += self._listed(named, entry.endpoint, where)
            else:
                models.append(named)
        return [entry.member(found) for found in models]

    def _listed(self, pattern: NamedModel, endpoint: str, where: str) -> list[NamedModel]:
        """The models of an endpoint that a pattern matches. Raises FileError."""
        names = self._models_of(endpoint, where)
        wanted, dose = _without_dose(pattern.name)
        matched = [match for name in names if (match := _expression(wanted).fullmatch(name))]
        if not matched:
            raise FileError(
                f"{where}.model: expected a pattern that matches a model of the endpoint {endpoint!r},"
                f" found {pattern.name!r}; it has: {_some(names)}"
            )
        return _sorted(_with_numbers(match, pattern, match.string + dose) for match in matched)

    def _models_of(self, endpoint: str, where: str) -> Sequence[str]:
        if endpoint not in self._listings:
            serve = self._endpoints[endpoint].serve
            try:
                listed = (
                    ("base", serve.model, *serve.adapters)
                    if serve is not None
                    else asyncio.run(_models(self._endpoints[endpoint]))
                )
            except (BackendError, TimeoutError) as error:
                why = error.message if isinstance(error, BackendError) else f"no reply for {LISTING_SECONDS:g} s"
                raise FileError(f"{where}.model: the endpoint {endpoint!r} does not list its models: {why}") from error
            self._listings[endpoint] = listed
        return self._listings[endpoint]

    def _adapters_at(self, path: str, pattern: NamedModel, endpoint: str, where: str) -> list[NamedModel]:
        """The adapters at a path, which may be a pattern; the endpoint gets them. Raises FileError."""
        wanted, dose = _without_dose(path)
        expression = _expression(wanted, within="[^/]")
        everything = sorted(glob(_SIGN.sub("*", wanted)))
        matched = [match for found in everything if (match := expression.fullmatch(found))]
        if not matched:
            raise FileError(f"{where}.model: expected a path that matches a LoRA, found {path!r}; {_beside(wanted)}")
        fixed = len(Path(_SIGN.split(wanted)[0]).parts) - 1 if _SIGN.search(wanted) else len(Path(wanted).parts) - 1
        base = pattern.name.partition("+")[0]
        found = []
        for match in matched:
            name = self._add(endpoint, Path(match.string), fixed, where)
            found.append(_with_numbers(match, pattern, f"{base}+{name}{dose}"))
        return _sorted(found)

    def _add(self, endpoint: str, path: Path, fixed: int, where: str) -> str:
        """Give an endpoint an adapter, and return its name: the part of its path that differs. Raises FileError."""
        parts = path.with_suffix("").parts if path.suffix == ".gguf" else path.parts
        name = "/".join(parts[max(1, min(fixed, len(parts) - 1)) :])
        own = self._endpoints[endpoint]
        if not is_adapter_name(name) or own.adapters.get(name, str(path)) != str(path):
            raise FileError(f"{where}.model: an adapter cannot be named {name!r}; name it under the endpoint instead")
        self._endpoints[endpoint] = msgspec.structs.replace(own, adapters=own.adapters | {name: str(path)})
        return name


async def _models(endpoint: Endpoint) -> list[str]:
    """The names that an endpoint lists. A server that diptych would have to start is not started. Raises BackendError,
    TimeoutError."""
    backend = connect(endpoint)
    try:
        async with asyncio.timeout(LISTING_SECONDS):
            if endpoint.base_urls:
                await backend.start(lambda doing: None)
            return [model.name for model in await backend.models()]
    finally:
        await backend.close()


def _expression(pattern: str, within: str = ".") -> re.Pattern[str]:
    """The regular expression of a pattern. `within`: what * and ? may stand for. The second {x} of a pattern must match
    the same as the first."""
    parts, seen = [], set()
    for part in _SIGN.split(pattern):
        if part in seen:
            parts.append(f"(?P={part[1:-1]})")
        elif part in ("{x}", "{seed}"):
            seen.add(part)
            parts.append(_SIGNS[part])
        else:
            parts.append(_SIGNS[part].replace(".", within) if part in _SIGNS else re.escape(part))
    return re.compile("".join(parts))


def _with_numbers(match: re.Match[str], pattern: NamedModel, name: str) -> NamedModel:
    """A model with the numbers that its name holds, or else those of the pattern."""
    read = match.groupdict()
    x = float(read["x"]) if "x" in read else pattern.x
    return NamedModel(name, x, int(read["seed"]) if "seed" in read else pattern.training_seed)


def _sorted(models: Iterable[NamedModel]) -> list[NamedModel]:
    """By x, seed and name; 10 stands behind 9."""

    def place(model: NamedModel) -> tuple[float, int, list[tuple[int, str]]]:
        parts = [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", model.name)]
        return model.x or 0.0, model.training_seed or 0, parts

    return sorted(models, key=place)


def _without_dose(name: str) -> tuple[str, str]:
    """A name without the dose of its adapter, and that dose with its @."""
    found = _DOSE.search(name) if "+" in name or "/" in name else None
    return (name[: found.start()], found.group()) if found is not None else (name, "")


def _beside(path: str) -> str:
    """What there is instead of a path, for a message."""
    folder = Path(_SIGN.split(path)[0] + "x").parent
    if not folder.is_dir():
        return f"there is no folder {folder}"
    return f"{folder} has: {_some(sorted(each.name for each in folder.iterdir()))}"


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMED]) or "none"
    return f"{shown} and {len(names) - _NAMED} more" if len(names) > _NAMED else shown
