"""Reads config.toml: the default with the user's file on top, as typed structs."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

import diptych
from diptych.backends import Endpoint, FromEnvironment, Sampling
from diptych.cli.setup.endpoint_checks import check_endpoint
from diptych.cli.setup.introspection import check_introspection, side_without, with_introspection
from diptych.probes import DetectorSpec, FileError, JudgeSpec, judge_of, read_detector, read_toml, typed
from diptych.user_folders import data_folder

_OWN_FIELDS = frozenset({"model", "messages", "prompt", "stream", "n"})
"""Request fields that diptych sets itself. extra_body and leave_out may not contain them."""
Theme = Literal["diptych-dark", "diptych-light", "diptych-contrast"]


class SideConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One side of a pair."""

    endpoint: str
    model: str
    system: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    max_tokens: int | None = None
    logprobs: int | None = None
    stop: tuple[str, ...] | None = None
    extra_body: dict[str, Any] | None = None
    leave_out: tuple[str, ...] | None = None

    @property
    def sampling(self) -> Sampling:
        """Its own sampling parameters."""
        return Sampling(**{name: getattr(self, name) for name in Sampling.__struct_fields__})


class PairConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The sides to compare."""

    base: SideConfig
    tuned: SideConfig
    control: SideConfig | None = None
    """A second fine-tune: the null that the base alone cannot give."""
    fourth: SideConfig | None = None
    introspect: str | None = None
    """The name of an adapter, perhaps with a dose, that makes a model describe what was done to it. All sides get it,
    and tuned without it is one more side."""
    about: str = ""
    """One line that describes the pair."""
    probe: str | None = None
    """The probe that is selected when the pair is opened."""
    rows: str | None = None
    """The training file of the tuned side, relative to the folder of the config file."""

    @property
    def own_sides(self) -> dict[str, SideConfig]:
        """The sides that the file names, base first."""
        sides = {"base": self.base, "tuned": self.tuned, "control": self.control, "fourth": self.fourth}
        return {name: side for name, side in sides.items() if side is not None}

    @property
    def sides(self) -> dict[str, SideConfig]:
        """The sides by name, base first."""
        return self.own_sides if self.introspect is None else with_introspection(self.own_sides, self.introspect)

    @property
    def without_introspection(self) -> str | None:
        """The name of the side that is tuned without the introspection adapter."""
        return None if self.introspect is None else side_without(self.own_sides)


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A complete configuration."""

    default_pair: str
    endpoints: dict[str, Endpoint]
    pairs: dict[str, PairConfig]
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
    return msgspec.structs.replace(
        config, probes=str(own.parent / Path(config.probes).expanduser()), endpoints=endpoints
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
    types: dict[str, Any] = {"endpoints": Endpoint, "pairs": PairConfig}
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
    """Merge tables key by key. A side or an endpoint that is named again replaces the other one completely."""
    merged = dict(defaults)
    for key, value in own.items():
        old = merged.get(key)
        both = key in ("endpoints", "pairs", "detectors") and isinstance(old, dict) and isinstance(value, dict)
        merged[key] = {**old, **value} if both else value  # type: ignore[dict-item]
    return merged


def _check(config: Config, own: Path) -> None:
    """Check what types cannot express."""
    if config.default_pair not in config.pairs:
        raise FileError(f"{own}: default_pair: expected one of {_names(config.pairs)}, found {config.default_pair!r}")
    for name, endpoint in config.endpoints.items():
        check_endpoint(endpoint, f"{own}: endpoints.{name}")
    for name, pair in config.pairs.items():
        for side, chosen in pair.own_sides.items():
            if chosen.endpoint not in config.endpoints:
                raise FileError(
                    f"{own}: pairs.{name}.{side}.endpoint: expected one of {_names(config.endpoints)},"
                    f" found {chosen.endpoint!r}"
                )
            _check_side(chosen, f"{own}: pairs.{name}.{side}")
        if pair.introspect is not None:
            check_introspection(pair.own_sides, pair.introspect, config.endpoints, f"{own}: pairs.{name}.introspect")
    if config.judge is not None:
        if config.judge.endpoint not in config.endpoints:
            raise FileError(
                f"{own}: judge.endpoint: expected one of {_names(config.endpoints)}, found {config.judge.endpoint!r}"
            )
        _check_side(config.judge, f"{own}: judge")
    config.own_detectors(own)


def _check_side(side: SideConfig, where: str) -> None:
    if side.logprobs is not None and not 0 <= side.logprobs <= 20:
        raise FileError(f"{where}.logprobs: expected 0 to 20 alternatives, found {side.logprobs}")
    for key, fields in (("extra_body", side.extra_body or {}), ("leave_out", side.leave_out or ())):
        if taken := _OWN_FIELDS.intersection(fields):
            raise FileError(f"{where}.{key}: diptych sets {_names(dict.fromkeys(taken))} itself")


def _names(table: Mapping[str, object]) -> str:
    return ", ".join(sorted(table))
