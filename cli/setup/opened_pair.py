"""Makes a pair, and the endpoints that it needs, from the models that `diptych open` is given."""

import re
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

import msgspec

from diptych.backends import Endpoint, FoundModel
from diptych.cli.setup.config import Config
from diptych.cli.setup.config_writing import Tables
from diptych.cli.setup.model_references import OnDisk, Reference
from diptych.cli.setup.pair_config import PairConfig
from diptych.probes import FileError

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_MOST_PARTS = 20
"""Of a path that stand in a name."""


def check_new_name(config: Config, name: str) -> None:
    """Check that a pair can be saved under a name. Raises FileError."""
    if not _NAME.fullmatch(name):
        raise FileError(f"--save: expected a name of letters, digits and . _ -, found {name!r}")
    if _is_taken(config, name):
        raise FileError(f"--save: there is a pair or an endpoint {name!r} already; choose another name")


def free_name(config: Config, sides: Mapping[str, Reference]) -> str:
    """A name for a pair that is not saved: that of its tuned model, with a number if it is taken."""
    tuned = pair_tables("", sides)["pairs", ""]["tuned"]["model"]
    numbered = (tuned if number == 1 else f"{tuned}-{number}" for number in count(1))
    return next(name for name in numbered if not _is_taken(config, name))


def pair_tables(name: str, sides: Mapping[str, Reference]) -> Tables:
    """The tables of config.toml for a pair with these sides. Sides with the same model file share an endpoint."""
    on_disk = [side for side in sides.values() if isinstance(side, OnDisk)]
    models = _different_names(side.model for side in on_disk)
    endpoints: dict[str, str] = {}
    """Their names, by the path of the model."""
    tables: dict[tuple[str, str], dict[str, Any]] = {}
    pair: dict[str, Any] = {}
    for side_name, side in sides.items():
        if not isinstance(side, OnDisk):
            pair[side_name] = {"endpoint": side.endpoint, "model": side.model}
            continue
        path = side.model.path
        adapters = _different_names(a for each in on_disk if each.model.path == path for a, _ in each.adapters)
        if path not in endpoints:
            endpoints[path] = f"{name}-{side_name}" if endpoints else name
            table: dict[str, Any] = {"kind": "llama", "model": path, "name": models[path]}
            if adapters:
                table["adapters"] = {adapter: file for file, adapter in adapters.items()}
            tables["endpoints", endpoints[path]] = table
        added = (adapters[each.path] + (f"@{dose:g}" if dose != 1 else "") for each, dose in side.adapters)
        pair[side_name] = {"endpoint": endpoints[path], "model": "+".join((models[path], *added))}
    return tables | {("pairs", name): pair}


def with_tables(config: Config, tables: Tables) -> Config:
    """The configuration with these endpoints and pairs besides its own."""
    endpoints, pairs = dict(config.endpoints), dict(config.pairs)
    for (key, name), values in tables.items():
        if key == "endpoints":
            endpoints[name] = msgspec.convert(values, Endpoint)
        else:
            pairs[name] = msgspec.convert(values, PairConfig)
    return msgspec.structs.replace(config, endpoints=endpoints, pairs=pairs)


def _is_taken(config: Config, name: str) -> bool:
    """Whether a pair, or an endpoint of it, would have the name of another."""
    endpoints = (name, *(f"{name}-{side}" for side in ("tuned", "control")))
    return name in config.pairs or any(endpoint in config.endpoints for endpoint in endpoints)


def _different_names(models: Iterable[FoundModel]) -> dict[str, str]:
    """A name for each model or adapter, by its path: the last part of its own, or as many as make all different."""
    by_path = {model.path: model for model in models}
    names: dict[str, str] = {}
    for parts in range(1, _MOST_PARTS + 1):
        names = {path: model.side_name(parts) for path, model in by_path.items()}
        if len(set(names.values())) == len(names):
            break
    return names
