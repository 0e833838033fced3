"""`diptych claim`: which legs of a claim of self-knowledge stand, from what was asked before."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from diptych.cli.output.claim_table import print_card
from diptych.cli.output.hint_words import TERMINAL
from diptych.cli.output.printing import fail, print_json, sanitized
from diptych.cli.setup.config import Config, data_file
from diptych.cli.setup.family_members import find_family
from diptych.cli.setup.param_types import TextParam
from diptych.cli.setup.wiring import (
    all_probes,
    build_members,
    build_sides,
    find_pair,
    find_probe,
    find_rows,
    stored_session,
)
from diptych.compare import AskedGroup, claim_card, claim_facts, claim_probes, claim_sessions, export_claim
from diptych.probes import FileError, Probe
from diptych.sessions import Session, Store, TransferError

if TYPE_CHECKING:
    from diptych.detectors import TrainingRows


@click.command("claim", short_help="Say which legs of a claim of self-knowledge stand.")
@click.argument("text", type=TextParam(), default="")
@click.option("--probe", "probe_id", metavar="ID", help="The probe whose trait the claim is about.")
@click.option("--pair", metavar="NAME", help="The pair that was asked.")
@click.option("--family", metavar="NAME", help="The family that was asked, instead of a pair.")
@click.option("--side", metavar="NAME", default="", help="The side, or the arm of a family, that the claim is about.")
@click.option("--session", "chosen", metavar="ID", type=int, multiple=True, help="Read this session; may be repeated.")
@click.option("--rows", type=click.Path(path_type=Path), help="The training file, to see whether it names the trait.")
@click.option("--json", "as_json", is_flag=True, help="Print the card as JSON.")
@click.option("--html", "page", type=click.Path(path_type=Path), help="Write a page with the answers behind each leg.")
@click.option("--force", is_flag=True, help="Overwrite an existing page.")
@click.pass_obj
def claim(
    config: Config,
    text: str,
    probe_id: str | None,
    pair: str | None,
    family: str | None,
    side: str,
    chosen: tuple[int, ...],
    rows: Path | None,
    as_json: bool,
    page: Path | None,
    force: bool,
) -> None:
    """Print the card of a claim such as "it knows that it seeks risks".

    No model is asked: the card says what follows from stored sessions of the probe, of its mirrors and of its
    predictions, and names the commands that would do what is not done. TEXT is the claim in your words; without it, it
    is the one of the probe.
    """
    if pair is not None and family is not None:
        fail("--pair and --family exclude each other")
    store = Store(data_file())
    sessions = [stored_session(store, number) for number in chosen]
    probe = _probe(config, probe_id, sessions)
    probes = claim_probes(probe, all_probes(config))
    group = _group(config, store, probes, sessions, pair, family)
    found = claim_sessions(store, probes, group, chosen)
    if unread := sorted(set(chosen) - {each.session.id for each in found.read}):
        fail(f"session {unread[0]} asks another probe, or other models than {group.name}; see diptych sessions list")
    facts = claim_facts(store, group, found, _rows(config, group, [each.session for each in found.read], rows))
    card = claim_card(probe, group, found, claim=text, side=side, facts=facts)
    if as_json:
        print_json(msgspec.to_builtins(card))
    else:
        print_card(card)
    if page is not None:
        try:
            export_claim(store, card, found, page, force)
        except TransferError as error:
            fail(error.text(TERMINAL))
        click.echo(sanitized(f"wrote {page}"), err=True)


def _probe(config: Config, probe_id: str | None, sessions: Sequence[Session]) -> Probe:
    """The probe with the trait: the named one, or that of a session."""
    named = probe_id or next((session.probe for session in sessions if session.probe is not None), None)
    if named is None:
        fail("name the probe whose trait the claim is about: --probe ID")
    probe = find_probe(config, named)
    return find_probe(config, probe.part_of) if probe.part_of else probe


def _group(
    config: Config,
    store: Store,
    probes: Sequence[Probe],
    sessions: Sequence[Session],
    pair: str | None,
    family: str | None,
) -> AskedGroup:
    """The pair or family: that of a session, or as config.toml has it. The members of a family are those that were
    asked last, so that no server is asked."""
    if sessions and pair is None and family is None:
        return AskedGroup.of(sessions[0])
    ids = {probe.id for probe in probes}
    if family is not None:
        asked = (each for each in store.sessions() if each.family is not None and each.pair == family)
        last = next((each for each in asked if each.probe in ids), None)
        if last is not None:
            return AskedGroup.of(last)
        members = build_members(find_family(config, family))
        return AskedGroup(family, tuple(member.record() for member in members), is_family=True)
    name, found = find_pair(config, pair)
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
