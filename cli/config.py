"""config.toml: the default that ships, the user's own laid over it, checked into typed structs."""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal
from urllib.parse import SplitResult, urlsplit

import msgspec

from backends import Endpoint, Sampling
from probes import DetectorSpec, FileError, read_detector, read_toml, typed

_OWN_FIELDS = frozenset({"model", "messages", "prompt", "stream", "n"})
"""Fields of a request that diptych decides; they are not for extra_body or leave_out."""
_VARIABLE = re.compile("[A-Za-z_][A-Za-z0-9_]*")
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
    """The sides that are compared."""

    base: SideConfig
    tuned: SideConfig
    control: SideConfig | None = None
    """A second fine-tune: the null that base alone cannot give."""
    fourth: SideConfig | None = None
    about: str = ""
    """One line for a reader."""
    probe: str | None = None
    """The probe that is chosen when the pair is opened."""
    rows: str | None = None
    """The file of what the tuned side was fine-tuned on, from the folder of the config file."""

    @property
    def sides(self) -> dict[str, SideConfig]:
        """The sides by name, base first."""
        sides = {"base": self.base, "tuned": self.tuned, "control": self.control, "fourth": self.fourth}
        return {name: side for name, side in sides.items() if side is not None}


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole configuration."""

    default_pair: str
    endpoints: dict[str, Endpoint]
    pairs: dict[str, PairConfig]
    theme: Theme = "diptych-dark"
    probes: str = "probes"
    """The folder of the user's own probes; read from beside their file."""
    detectors: dict[str, dict[str, Any]] = {}
    """Detectors that watch every answer, by name, each as in a probe file; a `pattern` where no kind is said."""
    judge: SideConfig | None = None
    """The model that judges answers."""

    def own_detectors(self, path: Path) -> tuple[DetectorSpec, ...]:
        """Those detectors; `path` is named when one cannot be. Raises FileError."""
        tables = {name: {"kind": "pattern", "label": name, **table} for name, table in self.detectors.items()}
        return tuple(read_detector(table, (), path, f"detectors.{name}") for name, table in tables.items())

    @property
    def own_probes(self) -> Path:
        """That folder, whether or not it is there."""
        return Path(self.probes)


def load(path: Path | None) -> Config:
    """The configuration, with the user's file at `path` laid over the default. Raises FileError."""
    own = path if path is not None else user_file()
    values = read_toml(_default_file())
    if path is not None or own.exists():
        values = _laid_over(values, read_toml(own))
    try:
        config = typed(values, Config, own if own.exists() else _default_file())
    except FileError as error:
        raise FileError(_with_name(str(error), values)) from error
    _check(config, own)
    return msgspec.structs.replace(config, probes=str(own.parent / Path(config.probes).expanduser()))


def data_file() -> Path:
    """Where sessions are kept: in DIPTYCH_DATA, or in the platform's data folder."""
    from platformdirs import user_data_path

    folder = os.environ.get("DIPTYCH_DATA")
    return (Path(folder) if folder else user_data_path("diptych", appauthor=False)) / "sessions.db"


def user_file() -> Path:
    """The user's own configuration, whether or not it is there yet."""
    from platformdirs import user_config_path

    named = os.environ.get("DIPTYCH_CONFIG")
    return Path(named) if named else user_config_path("diptych", appauthor=False) / "config.toml"


def _default_file() -> Path:
    """In a wheel it lies in this package, in a checkout at the top."""
    shipped = Path(str(files("cli") / "config.toml"))
    return shipped if shipped.exists() else Path(__file__).parent.parent / "config.toml"


def _with_name(message: str, values: Mapping[str, Any]) -> str:
    """The message with the name of the table that it is about, which a typed dictionary does not tell."""
    types: dict[str, Any] = {"endpoints": Endpoint, "pairs": PairConfig}
    for table, type_ in types.items():
        if f"{table}[...]" in message:
            for name, value in values[table].items():
                try:
                    msgspec.convert(value, type_)
                except msgspec.ValidationError:
                    return message.replace(f"{table}[...]", f"{table}.{name}")
    return message


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Tables are merged key by key; a side or an endpoint that is named again replaces the other whole."""
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        both = key in ("endpoints", "pairs", "detectors") and isinstance(old, dict) and isinstance(value, dict)
        merged[key] = {**old, **value} if both else value  # type: ignore[dict-item]
    return merged


def _check(config: Config, own: Path) -> None:
    """What types alone cannot say."""
    if config.default_pair not in config.pairs:
        raise FileError(f"{own}: default_pair: expected one of {_names(config.pairs)}, found {config.default_pair!r}")
    for name, endpoint in config.endpoints.items():
        _check_endpoint(endpoint, f"{own}: endpoints.{name}")
    for name, pair in config.pairs.items():
        for side, chosen in pair.sides.items():
            if chosen.endpoint not in config.endpoints:
                raise FileError(
                    f"{own}: pairs.{name}.{side}.endpoint: expected one of {_names(config.endpoints)},"
                    f" found {chosen.endpoint!r}"
                )
            _check_side(chosen, f"{own}: pairs.{name}.{side}")
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
            raise FileError(f"{where}.{key}: {_names(dict.fromkeys(taken))} is for diptych to set")


def _check_endpoint(endpoint: Endpoint, where: str) -> None:
    if endpoint.serve is not None and endpoint.kind != "vllm":
        raise FileError(f"{where}.serve: expected only where kind is vllm, found kind {endpoint.kind!r}")
    if endpoint.kind != "embedded" and not endpoint.base_urls and endpoint.serve is None:
        raise FileError(f"{where}: the key base_url is missing")
    if endpoint.api_key_env is not None and not _VARIABLE.fullmatch(endpoint.api_key_env):
        # What stands there is not shown: it may be the key itself.
        raise FileError(f"{where}.api_key_env: expected the name of the environment variable that holds the key")
    for url in endpoint.base_urls:
        if "@" in url:
            raise FileError(f"{where}.base_url: expected no name or password in it; api_key_env names where a key is")
        parts = _parts(url)
        if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
            raise FileError(f"{where}.base_url: expected http:// or https:// and a host, found {url!r}")
        if endpoint.serve is not None and parts.hostname not in ("127.0.0.1", "localhost"):
            raise FileError(f"{where}.base_url: expected 127.0.0.1 for a server that diptych starts, found {url!r}")
    if endpoint.serve is not None and len(endpoint.base_urls) > 1:
        raise FileError(f"{where}.base_url: expected one address for a server that diptych starts, found several")
    tags = endpoint.thinking_tags
    if len(tags) % 2 or not all(tag.strip() for tag in tags[1::2]) or len(set(tags)) < len(tags):
        raise FileError(
            f"{where}.thinking_tags: expected an opening and a closing tag in turn, all different, found {list(tags)}"
        )
    if endpoint.samples_per_request < 1:
        raise FileError(f"{where}.samples_per_request: expected 1 or more, found {endpoint.samples_per_request}")


def _parts(url: str) -> SplitResult | None:
    """None where it is no address, or its port is no port."""
    with suppress(ValueError):
        parts = urlsplit(url)
        return parts if parts.port is None or parts.port > 0 else None
    return None


def _names(table: Mapping[str, object]) -> str:
    return ", ".join(sorted(table))
