"""`diptych sessions`: search, rename, tag, note, delete, backup and redetect."""

import sys
from pathlib import Path

import click

from diptych.cli.output.hint_words import TERMINAL
from diptych.cli.output.printing import StatusLine, fail, in_one_line, print_json, print_rows, sanitized
from diptych.cli.setup.config import Config, data_file
from diptych.cli.setup.wiring import find_probe, find_rows, pair_of, stored_session
from diptych.probes import FileError
from diptych.sessions import Hit, Session, Store, backup, delete, rename, set_note, set_tags

_session_id = click.argument("session_id", metavar="ID", type=int)


@click.command("search", short_help="Find a text in all prompts and answers.")
@click.argument("text")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def search_sessions(text: str, as_json: bool) -> None:
    """Find TEXT in all prompts and answers. Shows the newest hit of each session, newest first.

    Case is ignored; every other character matches itself. Of a very common text only the newest 20,000 hits are
    examined. Exits with 1 if nothing is found.
    """
    hits = Store(data_file()).search(text)
    if as_json:
        print_json([hit._asdict() for hit in hits])
    else:
        for hit in hits:
            click.echo(_line(hit))
    sys.exit(0 if hits else 1)


def _line(hit: Hit) -> str:
    where = in_one_line("prompt" if hit.in_prompt else hit.side)
    before, found, after = map(in_one_line, (hit.before, hit.hit, hit.after))
    mark = ("\x1b[1;7m", "\x1b[0m") if sys.stdout.isatty() else ("»", "«")
    return f"{hit.session:5}  {where:8} …{before}{mark[0]}{found}{mark[1]}{after}…"


@click.command("rename")
@_session_id
@click.argument("title")
def rename_session(session_id: int, title: str) -> None:
    """Change the title of a session."""
    rename(data_file(), session_id, title)


@click.command("tag", short_help="Replace the tags of a session.")
@_session_id
@click.argument("tags", nargs=-1)
def tag_session(session_id: int, tags: tuple[str, ...]) -> None:
    """Replace the tags of a session; without TAGS they are removed."""
    set_tags(data_file(), session_id, tags)


@click.command("note")
@_session_id
@click.argument("text")
def note_session(session_id: int, text: str) -> None:
    """Replace the note of a session."""
    set_note(data_file(), session_id, text)


@click.command("delete")
@_session_id
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def delete_session(session_id: int, yes: bool) -> None:
    """Delete a session with all its answers."""
    session = find_session(Store(data_file()), session_id)
    if not yes:
        click.confirm(f"delete session {session.id}  {in_one_line(session.title)}?", abort=True)
    delete(data_file(), session_id)


@click.command("backup", short_help="Copy all sessions into a new file.")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
def backup_sessions(path: Path) -> None:
    """Copy all sessions into a new file, even while diptych is running."""
    backup(data_file(), path)
    click.echo(
        sanitized(f"copied all sessions to {path}; to open it, name it sessions.db and set DIPTYCH_DATA to its folder")
    )


@click.command("redetect")
@_session_id
@click.option("--probe", "probe_id", help="Use the detectors of this probe instead of the session's.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def redetect_session(context: click.Context, session_id: int, probe_id: str | None, as_json: bool) -> None:
    """Run the current detectors on stored answers again.

    The answers do not change. Earlier findings stay in the store with their version, but no longer count where a
    detector now finds something else. Verdicts of judges stay.
    """
    from diptych.compare import DEFAULT_DETECTORS, redetect

    config: Config = context.obj
    session = find_session(Store(data_file()), session_id)
    chosen = probe_id or session.probe
    probe = find_probe(config, chosen) if chosen is not None else None
    rows_file = Path(session.run.rows) if session.run is not None and session.run.rows is not None else None
    rows = find_rows(config, pair_of(config, session), rows_file)
    own = config.own_detectors(config.own_probes.parent)
    specs = probe.detectors if probe is not None else (*DEFAULT_DETECTORS, *own)
    status = StatusLine()
    found = redetect(data_file(), session_id, specs, rows, status)
    status.clear()
    print_rows(
        [row._asdict() for row in found],
        as_json,
        lambda row: f"{row['detector']} {row['version']}: {row['changed']:,} of {row['answers']:,} findings changed",
    )


def find_session(store: Store, session_id: int) -> Session:
    """Return the session of that number; exit with a message if there is none."""
    try:
        return stored_session(store, session_id)
    except FileError as error:
        fail(error.text(TERMINAL))


COMMANDS = (
    search_sessions,
    rename_session,
    tag_session,
    note_session,
    delete_session,
    backup_sessions,
    redetect_session,
)
