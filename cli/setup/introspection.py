"""Pairs with an introspection adapter: a LoRA that makes a fine-tuned model describe what was done to it.

Such an adapter is trained once for a base and put on any fine-tune of it (diff interpretation tuning, arXiv
2510.05092). What the base describes with the same adapter are its false alarms, so both sides have it. The fine-tune
without it is one more side.
"""

from collections.abc import Mapping

import msgspec

from diptych.backends import ENDPOINT_KINDS, Endpoint, read_name
from diptych.cli.setup.side_config import SideConfig
from diptych.probes import FileError
from diptych.sessions import SIDE_NAMES


def side_without(sides: Mapping[str, SideConfig]) -> str:
    """The name of the side that is the fine-tune without the adapter, in a pair that has these sides."""
    return next(name for name in SIDE_NAMES if name not in sides)


def with_introspection(sides: Mapping[str, SideConfig], adapter: str) -> dict[str, SideConfig]:
    """The sides, each with the adapter, and the tuned side without it."""
    found = {name: msgspec.structs.replace(side, model=f"{side.model}+{adapter}") for name, side in sides.items()}
    found[side_without(sides)] = sides["tuned"]
    return {name: found[name] for name in SIDE_NAMES if name in found}


def check_introspection(
    sides: Mapping[str, SideConfig], adapter: str, endpoints: Mapping[str, Endpoint], where: str
) -> None:
    """Check that the adapter can be put on every side. `sides`: those without it; `where` names the setting. Raises
    FileError."""
    read = read_name(f"+{adapter}", ("",))
    if read is None or len(read.adapters) != 1:
        raise FileError(f"{where}: expected an adapter, as in NAME or NAME@.5, found {adapter!r}")
    if len(sides) == len(SIDE_NAMES):
        raise FileError(
            f"{where}: expected base, tuned and at most one more side, because it adds tuned without the adapter;"
            f" take out {SIDE_NAMES[-1]}"
        )
    for name, side in sides.items():
        _check_side(name, side, read.adapters[0].adapter, endpoints[side.endpoint], where)


def _check_side(name: str, side: SideConfig, adapter: str, endpoint: Endpoint, where: str) -> None:
    if not ENDPOINT_KINDS[endpoint.kind].takes_adapters:
        kinds = ", ".join(sorted(kind for kind, each in ENDPOINT_KINDS.items() if each.takes_adapters))
        raise FileError(
            f"{where}: expected an endpoint that puts adapters on a model (kind {kinds}), found"
            f" {side.endpoint!r} of kind {endpoint.kind} for {name}"
        )
    known = endpoint.adapters if endpoint.model is not None else None
    if endpoint.serve is not None:
        known = endpoint.serve.adapters
    if known is not None and adapter not in known:
        table = "adapters" if endpoint.model is not None else "serve.adapters"
        raise FileError(
            f"{where}: expected an adapter of the endpoint {side.endpoint!r}"
            f" ({', '.join(known) or 'it has none'}), found {adapter!r}; name its file or folder in {table} there"
        )
    if adapter in [part.partition("@")[0] for part in side.model.split("+")[1:]]:
        raise FileError(f"{where}: expected an adapter that {name} has not yet, found {adapter!r} in {side.model!r}")
