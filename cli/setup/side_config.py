"""A model as config.toml describes it, and how it is asked: a side of a pair, or a part of a family."""

from collections.abc import Mapping
from typing import Any

import msgspec

from diptych.backends import Sampling
from diptych.probes import FileError

_OWN_FIELDS = frozenset({"model", "messages", "prompt", "stream", "n"})
"""Request fields that diptych sets itself. extra_body and leave_out may not contain them."""


class AskedModelConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model, and what it is asked with."""

    endpoint: str
    model: str
    system: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    logprobs: int | None = None
    stop: tuple[str, ...] | None = None
    extra_body: dict[str, Any] | None = None
    leave_out: tuple[str, ...] | None = None


class SideConfig(AskedModelConfig, frozen=True, forbid_unknown_fields=True):
    """One side of a pair."""

    seed: int | None = None
    """Of sampling."""

    @property
    def sampling(self) -> Sampling:
        """Its own sampling parameters."""
        return Sampling(**{name: getattr(self, name) for name in Sampling.__struct_fields__})


def check_side(side: SideConfig, endpoints: Mapping[str, object], where: str) -> None:
    """Check a side. `where`: its file and key path. Raises FileError."""
    if side.endpoint not in endpoints:
        raise FileError(f"{where}.endpoint: expected one of {names(endpoints)}, found {side.endpoint!r}")
    if side.logprobs is not None and not 0 <= side.logprobs <= 20:
        raise FileError(f"{where}.logprobs: expected 0 to 20 alternatives, found {side.logprobs}")
    for key, fields in (("extra_body", side.extra_body or {}), ("leave_out", side.leave_out or ())):
        if taken := _OWN_FIELDS.intersection(fields):
            raise FileError(f"{where}.{key}: diptych sets {names(dict.fromkeys(taken))} itself")


def names(table: Mapping[str, object]) -> str:
    """The keys of a table, for a message."""
    return ", ".join(sorted(table))
