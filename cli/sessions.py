"""`diptych sessions`: what was asked before."""

import json

import click
import msgspec

from cli.config import data_file
from cli.discoveries import discover_session
from cli.exporting import export_session, import_session
from cli.printing import fail, inert, print_rows
from sessions import Store, masked, still_hidden


@click.group()
def sessions() -> None:
    """What was asked before."""


@sessions.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_sessions(as_json: bool) -> None:
    """All sessions, newest first, a line each."""
    rows = [msgspec.to_builtins(session) for session in Store(data_file()).sessions()]
    print_rows(
        rows, as_json, lambda row: f"{row['id']:5}  {row['created'][:16]}  {row['pair']:16} {inert(row['title'])}"
    )


@sessions.command("show")
@click.argument("session_id", metavar="ID", type=int)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show_session(session_id: int, as_json: bool) -> None:
    """One session with its answers and findings; of a blind comparison without its sides until it is labelled."""
    store = Store(data_file())
    session = store.session(session_id)
    if session is None:
        fail(f"there is no session {session_id}; diptych sessions list shows those that are there")
    saved = store.answers(session_id)
    hidden = still_hidden(saved, store.labels(session_id))
    answers = [row.answer for row in masked(saved, hidden)]
    if as_json:
        document = msgspec.to_builtins(session) | {"answers": [msgspec.to_builtins(answer) for answer in answers]}
        if hidden:
            document["sides"] = []
        click.echo(json.dumps(document, indent=2))
        return
    click.echo(f"session {session.id}  {session.created[:16]}  {session.pair}  {inert(session.title)}")
    for answer in answers:
        # Of a hidden answer neither the request is shown nor how many tokens came.
        tokens = f"{answer.tokens} tokens  " if answer.request else ""
        click.echo(f"\n{answer.side}  {answer.state}  {tokens}› {inert(answer.prompt)}")
        click.echo(inert(answer.text) if answer.failure is None else inert(answer.failure.message))
        for finding in answer.findings:
            click.echo(f"  {'●' if finding.outcome == 'present' else '○'} {inert(finding.evidence)}")


sessions.add_command(discover_session)
sessions.add_command(export_session)
sessions.add_command(import_session)
