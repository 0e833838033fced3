"""Reads config.toml: the default with the user's file on top, as typed structs."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

import diptych
from diptych.backends import Endpoint, FromEnvironment
from diptych.cli.setup.endpoint_checks import check_endpoint
from diptych.cli.setup.family_config import FamilyConfig, check_family
from diptych.cli.setup.pair_config import PairConfig, SideConfig, check_side, names
from diptych.probes import DetectorSpec, FileError, JudgeSpec, judge_of, read_detector, read_toml, typed
from diptych.user_folders import data_folder

Theme = Literal["diptych-dark", "diptych-light", "diptych-contrast"]


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A complete configuration."""

    default_pair: str
    endpoints: dict[str, Endpoint]
    pairs: dict[str, PairConfig]
    families: dict[str, FamilyConfig] = {}
    theme: Theme = "diptych-dark"
    probes: str = "probes"
    """The folder of the user's own probes, relative to their config file."""
    detectors: dict[str, dict[str, Any]] = {}
    """Detectors that watch every answer, by name, as in a probe file. The default kind is `pattern`."""
    judge: SideConfig | None = None
    """The model that judges answers."""

    def own_detectors(self, path: Path) -> tuple[DetectorSpec, ...]:
        """Return the detectors of the configuration; `path` is named in errors. Raises FileError."""
        return tuple(read for read in self._read_detectors(path) if isinstance(read, DetectorSpec))

    def own_judges(self, path: Path) -> tuple[JudgeSpec, ...]:
        """Return the judges that stand in for detectors of the configuration; `path` is named in errors. Raises
        FileError."""
        return tuple(read for read in self._read_detectors(path) if isinstance(read, JudgeSpec))

    def _read_detectors(self, path: Path) -> list[DetectorSpec | JudgeSpec]:
        return [_read_detector(name, table, path) for name, table in self.detectors.items()]

    @property
    def own_probes(self) -> Path:
        """The folder of the user's own probes, whether or not it exists."""
        return Path(self.probes)


class _Rubric(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A detector that is nothing but the rubric of a judge."""

    judge: str
    label: str = ""


def _read_detector(name: str, table: dict[str, Any], path: Path) -> DetectorSpec | JudgeSpec:
    where = f"detectors.{name}"
    if "judge" not in table:
        return read_detector({"kind": "pattern", "label": name, **table}, (), path, where)
    if "kind" in table:
        return read_detector(table, (), path, where)
    own = typed(table, _Rubric, path, where)
    return judge_of(own.judge, own.label or name, (), path, where)


def load(path: Path | None) -> Config:
    """Return the default configuration with the user's file at `path` on top. Raises FileError."""
    own = path if path is not None else user_file()
    values = read_toml(_default_file())
    if path is not None or own.exists():
        values = _merged(values, read_toml(own))
    try:
        config = typed(values, Config, own if own.exists() else _default_file())
    except FileError as error:
        raise FileError(_with_table_name(str(error), values)) from error
    _check(config, own)
    endpoints = {name: _with_paths(endpoint, own.parent) for name, endpoint in config.endpoints.items()}
    families = {name: family.with_paths(own.parent, endpoints) for name, family in config.families.items()}
    return msgspec.structs.replace(
        config,
        probes=str(own.parent / Path(config.probes).expanduser()),
        endpoints=endpoints,
        families=families,
    )


def _with_paths(endpoint: Endpoint, folder: Path) -> Endpoint:
    """The endpoint with paths of files that do not depend on the working directory: they are relative to `folder`."""

    def path(named: str | None) -> str | None:
        return named and str(folder / Path(named).expanduser())

    return msgspec.structs.replace(
        endpoint,
        model=path(endpoint.model),
        chat_template=path(endpoint.chat_template),
        adapters={name: str(path(file)) for name, file in endpoint.adapters.items()},
    )


def data_file(folder: Path | None = None) -> Path:
    """Return the file of the store: in the `folder`, in DIPTYCH_DATA, or in the platform's data folder."""
    return (folder or data_folder()) / "sessions.db"


def user_file() -> Path:
    """Return the user's config file, whether or not it exists."""
    from platformdirs import user_config_path

    named = os.environ.get("DIPTYCH_CONFIG")
    return Path(named) if named else user_config_path("diptych", appauthor=False) / "config.toml"


def _default_file() -> Path:
    return Path(diptych.__file__).with_name("config.toml")


def _with_table_name(message: str, values: Mapping[str, Any]) -> str:
    """Put the name of the table into a message of msgspec, which leaves out the keys of a dictionary."""
    types: dict[str, Any] = {"endpoints": Endpoint, "pairs": PairConfig, "families": FamilyConfig}
    for table, type_ in types.items():
        if f"{table}[...]" in message:
            for name, value in values[table].items():
                try:
                    msgspec.convert(value, type_)
                except msgspec.ValidationError:
                    return _with_header_name(message.replace(f"{table}[...]", f"{table}.{name}"), value)
    return message


def _with_header_name(message: str, endpoint: Any) -> str:
    """Put the name of the header into a message."""
    if "headers[...]" not in message:
        return message
    for name, value in endpoint["headers"].items():
        try:
            msgspec.convert(value, str | FromEnvironment)
        except msgspec.ValidationError:
            return message.replace("headers[...]", f"headers.{name}")
    return message


def _merged(defaults: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Merge tables key by key. A pair, a family or an endpoint that is named again replaces the other one."""
    merged = dict(defaults)
    for key, value in own.items():
        old = merged.get(key)
        both = (
            key in ("endpoints", "pairs", "families", "detectors") and isinstance(old, dict) and isinstance(value, dict)
        )
        merged[key] = {**old, **value} if both else value  # type: ignore[dict-item]
    return merged


def _check(config: Config, own: Path) -> None:
    """Check what types cannot express."""
    if config.default_pair not in config.pairs:
        raise FileError(f"{own}: default_pair: expected one of {names(config.pairs)}, found {config.default_pair!r}")
    for name, endpoint in config.endpoints.items():
        check_endpoint(endpoint, f"{own}: endpoints.{name}")
    for name, pair in config.pairs.items():
        for side, chosen in pair.sides.items():
            check_side(chosen, config.endpoints, f"{own}: pairs.{name}.{side}")
    for name, family in config.families.items():
        check_family(family, config.endpoints, f"{own}: families.{name}")
    if config.judge is not None:
        check_side(config.judge, config.endpoints, f"{own}: judge")
    config.own_detectors(own)
