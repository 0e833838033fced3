"""`diptych sessions`: lists and shows sessions, and collects the other session commands."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import click
import msgspec

from diptych.cli.commands.sessions_discover import discover_session
from diptych.cli.commands.sessions_export import export, import_session
from diptych.cli.commands.sessions_label import label_answers
from diptych.cli.commands.sessions_manage import COMMANDS, find_session
from diptych.cli.commands.sessions_recognise import recognise_session
from diptych.cli.commands.sessions_replay import replay_session
from diptych.cli.commands.sessions_score import score_session
from diptych.cli.output.printing import in_one_line, print_json, print_rows, sanitized
from diptych.cli.setup.config import data_file
from diptych.cli.setup.wiring import probe_of
from diptych.sessions import Label, Store, masked, still_hidden

if TYPE_CHECKING:
    from diptych.compare import FamilyDocument, RegisteredResult, StoredMeasures
    from diptych.probes import Probe
    from diptych.sessions import SavedAnswer, Session

_INDENT = 4 * " "
_OF_SESSION = frozenset(("session", "probe", "family", "x", "scale", "planned", "judging"))
"""Keys of a family's document that the session has itself, or that only its run knows."""


@click.group()
def sessions() -> None:
    """Saved sessions."""


@sessions.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_sessions(as_json: bool) -> None:
    """List all sessions, newest first."""
    rows = [msgspec.to_builtins(session) for session in Store(data_file()).sessions()]
    if not rows:
        click.echo("there are no sessions yet: diptych or diptych run PROBE creates one", err=True)
    print_rows(rows, as_json, lambda row: f"{row['id']:5}  {row['created'][:16]}  {row['pair']:16} {row['title']}")


@sessions.command("show", short_help="Show a session with its answers and findings.")
@click.argument("session_id", metavar="ID", type=int)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def show_session(context: click.Context, session_id: int, as_json: bool) -> None:
    """Show a session with its measures, answers and findings. The sides of a blind session stay hidden until it is
    labelled."""
    from diptych.compare import label_agreement, registered_result

    store = Store(data_file())
    session = find_session(store, session_id)
    saved, labels = store.answers(session_id), store.labels(session_id)
    hidden = still_hidden(saved, labels)
    models = store.models(session_id) if not hidden else {}
    shown = masked(saved, hidden)
    labels_of = defaultdict(list)
    for label in labels:
        labels_of[label.answer].append(label)
    agreement = [] if hidden else label_agreement(saved, labels)
    probe = probe_of(context.obj, session)
    registered = registered_result(store, session, probe, saved) if not hidden else None
    measures, table = _counted(session, saved, hidden, probe, labels, registered)
    if as_json:
        document = msgspec.to_builtins(session)
        document["answers"] = [
            msgspec.to_builtins(answer.with_advice())
            | {"number": number, "labels": _label_values(labels_of[number]), "unscored": answer.unscored}
            for number, answer in shown
        ]
        document["agreement"] = [row._asdict() | {"interval": row.interval} for row in agreement]
        document |= {key: value for key, value in msgspec.to_builtins(measures).items() if key not in _OF_SESSION}
        if hidden:
            document |= {"sides": [], "members": []} if session.family is not None else {"sides": []}
        print_json(document)
        return
    click.echo(in_one_line(f"session {session.id}  {session.created[:16]}  {session.pair}  {session.title}"))
    if session.tags or session.note:
        click.echo(in_one_line("  ".join(part for part in (" ".join(session.tags), session.note) if part)))
    for line in (*table, *(f"⚠ {warning}" for warning in measures.warnings)):
        click.echo(in_one_line(line))
    for row in agreement:
        click.echo(sanitized(f"label {row.value!r} against {row.detector} {row.label!r}: {row.words}"))
    for number, answer in shown:
        # A hidden answer shows neither its request nor its number of tokens.
        tokens = f"{answer.tokens} tokens  " if answer.request and answer.tokens_known else ""
        known = f"[{number}] " if number else ""
        # The model is named where the side had several.
        model = f"{answer.request.get('model')}  " if len(models.get(answer.side, ())) > 1 else ""
        click.echo(f"\n{known}{_indented(f'{answer.side}  {model}{answer.state}  {tokens}› {answer.prompt}')}")
        click.echo(_INDENT + _indented(answer.text if answer.failure is None else answer.failure.message))
        for label in labels_of[number]:
            click.echo(in_one_line(f"  ✎ {label.words}"))
        for finding in answer.findings:
            click.echo(in_one_line(f"  {'●' if finding.outcome == 'present' else '○'} {finding.words}"))


def _counted(
    session: "Session",
    saved: "Sequence[SavedAnswer]",
    hidden: Collection[int],
    probe: "Probe | None",
    labels: Sequence[Label],
    registered: "RegisteredResult | None",
) -> tuple["StoredMeasures | FamilyDocument", list[str]]:
    """The measures of a session, and their table."""
    from diptych.cli.output.family_table import family_measures_table
    from diptych.cli.output.result_table import measures_table
    from diptych.compare import stored_family, stored_measures

    if session.family is not None:
        document = stored_family(session, saved, hidden, probe, labels, registered)
        return document, family_measures_table(document)
    measures = stored_measures(session, saved, hidden, probe, labels, registered)
    return measures, measures_table(measures)


def _label_values(labels: Sequence[Label]) -> list[str]:
    return [label.words if label.question else label.value for label in labels]


def _indented(text: str) -> str:
    """Indent the lines of an answer, so that they cannot be mistaken for our own lines."""
    return sanitized(text).replace("\n", f"\n{_INDENT}")


sessions.add_command(discover_session)
sessions.add_command(export)
sessions.add_command(import_session)
sessions.add_command(label_answers)
sessions.add_command(recognise_session)
sessions.add_command(replay_session)
sessions.add_command(score_session)
for command in COMMANDS:
    sessions.add_command(command)
