"""Reads the card of a claim: finds the probe, the pair or family and the training rows that a user named."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from diptych.cli.setup.config import Config
from diptych.cli.setup.family_members import find_family
from diptych.cli.setup.wiring import (
    all_probes,
    build_members,
    build_sides,
    find_pair,
    find_probe,
    find_rows,
    stored_session,
)
from diptych.compare import AskedGroup, ClaimReading, claim_card, claim_facts, claim_probes, claim_sessions
from diptych.errors import SESSIONS
from diptych.probes import FileError, Probe
from diptych.sessions import Session, Store

if TYPE_CHECKING:
    from diptych.detectors import TrainingRows


class NamedClaim(NamedTuple):
    """What the user named of a claim."""

    text: str = ""
    """The claim in the user's words; that of the trait if empty."""
    probe: str | None = None
    """None: that of the first session."""
    pair: str | None = None
    family: str | None = None
    side: str = ""
    """The side or arm that it is about; the second one if empty."""
    sessions: Sequence[int] = ()
    """Those to read in place of the newest ones."""
    rows: Path | None = None


def read_claim(config: Config, store: Store, named: NamedClaim) -> ClaimReading:
    """Return the card of a claim with the sessions that it was made from. The servers of a family that was never asked
    may be asked for their models: not to be called while an event loop runs in the thread. Raises FileError, StoreError
    and ClaimError."""
    sessions = [stored_session(store, number) for number in named.sessions]
    probe = _probe(config, named.probe, sessions)
    probes = claim_probes(probe, all_probes(config))
    group = _group(config, store, probes, sessions, named)
    found = claim_sessions(store, probes, group, named.sessions)
    read = [each.session for each in found.read]
    if unread := sorted(set(named.sessions) - {session.id for session in read}):
        raise FileError(f"session {unread[0]} asks another probe, or other models than {group.name}", SESSIONS)
    facts = claim_facts(store, group, found, _rows(config, group, read, named.rows))
    return ClaimReading(claim_card(probe, group, found, claim=named.text, side=named.side, facts=facts), found)


def _probe(config: Config, named: str | None, sessions: Sequence[Session]) -> Probe:
    """The probe with the trait: the named one, or that of a session."""
    chosen = named or next((session.probe for session in sessions if session.probe is not None), None)
    if chosen is None:
        raise FileError("no probe given", "name the one whose trait the claim is about")
    probe = find_probe(config, chosen)
    return find_probe(config, probe.part_of) if probe.part_of else probe


def _group(
    config: Config, store: Store, probes: Sequence[Probe], sessions: Sequence[Session], named: NamedClaim
) -> AskedGroup:
    """The pair or family: that of a session, or as config.toml has it. The members of a family are those that were
    asked last, so that no server is asked."""
    if sessions and named.pair is None and named.family is None:
        return AskedGroup.of(sessions[0])
    if named.family is not None:
        ids = {probe.id for probe in probes}
        asked = (each for each in store.sessions() if each.family is not None and each.pair == named.family)
        last = next((each for each in asked if each.probe in ids), None)
        if last is not None:
            return AskedGroup.of(last)
        members = build_members(find_family(config, named.family))
        return AskedGroup(named.family, tuple(member.record() for member in members), is_family=True)
    name, found = find_pair(config, named.pair)
    return AskedGroup(name, tuple(side.record() for side in build_sides(config, found)))


def _rows(config: Config, group: AskedGroup, sessions: Sequence[Session], named: Path | None) -> "TrainingRows | None":
    """The training rows: of the named file, of the pair, or of a run that was given some."""
    pair = config.pairs.get(group.name) if not group.is_family else None
    if (rows := find_rows(config, pair, named)) is not None:
        return rows
    for session in sessions:
        if session.run is not None and session.run.rows is not None:
            try:
                return find_rows(config, None, Path(session.run.rows))
            except FileError:
                continue
    return None
