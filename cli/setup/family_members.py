"""Finds the members of a family: every value of x and seed, and every model that a pattern matches."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from diptych.backends import BackendError, Endpoint, FoundModel, connect, first_part, found_at, is_adapter_name
from diptych.cli.setup.config import Config
from diptych.cli.setup.family_config import (
    FamilyConfig,
    Member,
    MembersConfig,
    NamedModel,
    adapter_path,
    check_number,
    is_model_file,
    labelled,
)
from diptych.cli.setup.model_patterns import (
    expression,
    matched_paths,
    name_at,
    some_of,
    sorted_models,
    with_numbers,
    without_dose,
)
from diptych.probes import FileError
from diptych.sessions import FamilyRecord

LISTING_SECONDS = 10.0
"""How long a server may take to list its models."""


class FoundFamily(NamedTuple):
    """A family with all its members."""

    name: str
    config: FamilyConfig
    members: list[Member]
    endpoints: Mapping[str, Endpoint]
    """Those of the configuration, with the adapters that were found as files, and those of whole models."""

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
            endpoint = self._endpoints[entry.endpoint]
            if path := adapter_path(named.name, endpoint):
                models += self._adapters_at(path, named, entry.endpoint, where)
            elif is_model_file(named.name, endpoint):
                models += self._files_at(named.name, named, entry.endpoint, where)
            elif named.is_pattern:
                models += self._listed(named, entry.endpoint, where)
            else:
                models.append(named)
        return [entry.member(found) for found in models]

    def _listed(self, pattern: NamedModel, endpoint: str, where: str) -> list[NamedModel]:
        """The models of an endpoint that a pattern matches. Raises FileError."""
        names = self._models_of(endpoint, where)
        wanted, dose = without_dose(pattern.name)
        matched = [match for name in names if (match := expression(wanted).fullmatch(name))]
        if not matched:
            raise FileError(
                f"{where}.model: expected a pattern that matches a model of the endpoint {endpoint!r},"
                f" found {pattern.name!r}; it has: {some_of(names)}"
            )
        return sorted_models(with_numbers(match, pattern, match.string + dose) for match in matched)

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
        wanted, dose = without_dose(path)
        base = pattern.name.partition("+")[0]
        found = []
        for match in matched_paths(wanted, where, "a LoRA"):
            name = self._add_adapter(endpoint, match.string, name_at(Path(match.string), wanted), where)
            found.append(with_numbers(match, pattern, f"{base}+{name}{dose}"))
        return sorted_models(found)

    def _add_adapter(self, endpoint: str, path: str, name: str, where: str) -> str:
        """Give an endpoint an adapter, and return its name. Raises FileError."""
        own = self._endpoints[endpoint]
        if not is_adapter_name(name) or own.adapters.get(name, path) != path:
            raise FileError(f"{where}.model: an adapter cannot be named {name!r}; name it under the endpoint instead")
        self._endpoints[endpoint] = msgspec.structs.replace(own, adapters=own.adapters | {name: path})
        return name

    def _files_at(self, path: str, pattern: NamedModel, endpoint: str, where: str) -> list[NamedModel]:
        """The whole models at a path, which may be a pattern. Each gets an endpoint of its own, like the one that is
        named. Raises FileError."""
        found = []
        for match in matched_paths(path, where, "a GGUF file"):
            file = Path(match.string)
            if first_part(file) == file:
                name = name_at(file, path)
                model = with_numbers(match, pattern, name)
                found.append(model._replace(endpoint=self._add_endpoint(endpoint, file, name, where)))
        return sorted_models(found)

    def _add_endpoint(self, like: str, file: Path, name: str, where: str) -> str:
        """Make an endpoint for a file, and return its name. Raises FileError."""
        if not is_adapter_name(name):
            raise FileError(f"{where}.model: a model cannot be named {name!r}; rename {file}")
        if (found := _found_file(file, where)).is_adapter:
            raise FileError(f"{where}.model: {found.path} is a LoRA; it goes behind the name of its base and a +")
        self._endpoints[f"{like}/{name}"] = msgspec.structs.replace(
            self._endpoints[like], model=str(file), name=name, adapters={}
        )
        return f"{like}/{name}"


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


def _found_file(path: Path, where: str) -> FoundModel:
    """The model in a GGUF file. Raises FileError where it cannot be used."""
    try:
        found = found_at(path)
    except OSError as error:
        raise FileError(f"{where}.model: {path} cannot be read: {error.strerror}") from error
    if found is None:
        raise FileError(f"{where}.model: {path} is a GGUF file, but no model of text")
    if found.fault:
        raise FileError(f"{where}.model: {path} {found.fault}")
    return found
