"""Builds sides, probes, judges and training rows from names in a configuration."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from diptych.backends import Backend, Endpoint, connect
from diptych.cli.setup.config import Config
from diptych.cli.setup.family_members import FoundFamily, find_family
from diptych.cli.setup.pair_config import PairConfig
from diptych.cli.setup.side_config import SideConfig
from diptych.compare import Side
from diptych.errors import SESSIONS
from diptych.probes import (
    DetectorSpec,
    FileError,
    JudgeSpec,
    Probe,
    load_probe_of_id,
    load_probes,
    probe_files,
    without_judged,
)
from diptych.sessions import Session, Store

if TYPE_CHECKING:
    from diptych.detectors import TrainingRows


def find_pair(config: Config, name: str | None) -> tuple[str, PairConfig]:
    """Return the pair of that name, or the default pair. Raises FileError."""
    chosen = name if name is not None else config.default_pair
    if chosen not in config.pairs:
        raise FileError(f"there is no pair {chosen!r}; config.toml has: {', '.join(sorted(config.pairs))}")
    return chosen, config.pairs[chosen]


def find_probe(config: Config, probe_id: str) -> Probe:
    """Return the probe of that id. Raises FileError."""
    found = load_probe_of_id(probe_id, config.own_probes)
    if found is None:
        known = ", ".join(sorted(probe_files(config.own_probes)))
        raise FileError(f"there is no probe {probe_id!r}; there are: {known}")
    return _with_own(found, *_own(config))


def probe_of(config: Config, session: Session) -> Probe | None:
    """Return the probe of a session; None if it has none, or its probe no longer exists."""
    try:
        return find_probe(config, session.probe) if session.probe is not None else None
    except FileError:
        return None


def all_probes(config: Config) -> list[Probe]:
    """Return every probe, with the detectors and judges of the configuration added. Raises FileError."""
    own = _own(config)
    return [_with_own(probe, *own) for probe in load_probes(config.own_probes).values()]


def _own(config: Config) -> tuple[tuple[DetectorSpec, ...], tuple[JudgeSpec, ...]]:
    path = config.own_probes.parent
    return config.own_detectors(path), config.own_judges(path)


def _with_own(probe: Probe, detectors: Sequence[DetectorSpec], judges: Sequence[JudgeSpec]) -> Probe:
    """The probe with these besides its own. A judge stands in for the detectors of its measure."""
    kept, names = without_judged(probe.detectors, judges), {judge.name for judge in probe.judges}
    added = (judge for judge in judges if judge.name not in names)
    return msgspec.structs.replace(probe, detectors=(*kept, *detectors), judges=(*probe.judges, *added))


def stored_session(store: Store, session_id: int) -> Session:
    """Return the session of that number. Raises FileError, StoreError."""
    session = store.session(session_id)
    if session is None:
        raise FileError(f"there is no session {session_id}", SESSIONS)
    return session


def build_sides(config: Config, pair: PairConfig) -> tuple[Side, ...]:
    """Return the sides of a pair. Sides with the same endpoint share its backend."""
    backends: dict[str, Backend] = {}
    for side in pair.sides.values():
        if side.endpoint not in backends:
            models = [other.model for other in pair.sides.values() if other.endpoint == side.endpoint]
            backends[side.endpoint] = connect(config.endpoints[side.endpoint], models)
    introspect = {name: pair.introspect for name in pair.sides if name != pair.without_introspection}
    return tuple(
        _side(config.endpoints, name, side, backends[side.endpoint], introspect.get(name))
        for name, side in pair.sides.items()
    )


def pair_of(config: Config, session: Session) -> PairConfig | None:
    """Return the pair of a session; None if it asks a family, or its pair no longer exists."""
    return config.pairs.get(session.pair) if session.family is None else None


def sides_of_session(config: Config, session: Session) -> tuple[Side, ...]:
    """Return the sides of the pair, or the members of the family, that a session asks. Servers may be asked for the
    models of a family: not to be called while an event loop runs in the thread. Raises FileError."""
    if session.family is not None:
        return build_members(find_family(config, session.family.name))
    return build_sides(config, find_pair(config, session.pair)[1])


def build_members(family: FoundFamily) -> tuple[Side, ...]:
    """Return the members of a family as sides. Those with the same endpoint share its backend, which has only the first
    model ready when it starts."""
    backends: dict[str, Backend] = {}
    sides = []
    for member in family.members:
        name = member.side.endpoint
        if name not in backends:
            backends[name] = connect(family.endpoints[name], (member.side.model,))
        side = _side(family.endpoints, member.label, member.side, backends[name])
        sides.append(replace(side, arm=member.arm, x=member.x, training_seed=member.training_seed))
    return tuple(sides)


def sides_of_readers(config: Config, session: Session) -> tuple[Side, ...]:
    """Return the sides of a session as the configuration has them, to read each other's answers. Raises FileError for a
    session of a family, where a side has another model now, and where none is left."""
    if session.family is not None:
        raise FileError(
            f"session {session.id} asks the family {session.pair}; only the sides of a pair read each other's answers"
        )
    name, pair = find_pair(config, session.pair)
    models = {side.name: side.model for side in session.sides}
    sides = tuple(side for side in build_sides(config, pair) if side.name in models)
    for side in sides:
        if side.model != models[side.name]:
            was = f"was {models[side.name]} in session {session.id}"
            raise FileError(f"pair {name!r}: {side.name} is {side.model} now and {was}")
    if not sides:
        raise FileError(f"pair {name!r} has none of the sides of session {session.id}")
    return sides


def find_rows(config: Config, pair: PairConfig | None, named: Path | None = None) -> "TrainingRows | None":
    """Return the training rows of the given file, or of the pair's file; None if there is none. Raises FileError."""
    if named is None and pair is not None and pair.rows is not None:
        named = config.own_probes.parent / Path(pair.rows).expanduser()
    if named is None:
        return None
    from diptych.probes import read_rows

    return read_rows(named)


def build_judge(config: Config, sides: Sequence[Side]) -> Side | None:
    """Return the model that judges, if the configuration names one. It shares the backend of a side with the same
    endpoint."""
    if config.judge is None:
        return None
    shared = next((side.backend for side in sides if side.endpoint == config.judge.endpoint), None)
    backend = shared or connect(config.endpoints[config.judge.endpoint], (config.judge.model,))
    return _side(config.endpoints, "judge", config.judge, backend)


def _side(
    endpoints: Mapping[str, Endpoint], name: str, side: SideConfig, backend: Backend, introspect: str | None = None
) -> Side:
    return Side(
        name=name,
        endpoint=side.endpoint,
        base_url=", ".join(endpoints[side.endpoint].base_urls) or None,
        model=backend.model_name(side.model),
        system=side.system,
        sampling=side.sampling,
        backend=backend,
        introspect=introspect,
    )
