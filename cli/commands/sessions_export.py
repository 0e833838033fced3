"""`diptych sessions export` and `import`: sessions for other programs, and theirs for us."""

from dataclasses import replace
from pathlib import Path

import click

from diptych.cli.output.hint_words import TERMINAL
from diptych.cli.output.printing import fail, sanitized
from diptych.cli.setup.config import data_file
from diptych.cli.setup.wiring import probe_of
from diptych.probes import Probe
from diptych.sessions import FORMATS, ExportData, Store, TransferError, export, import_files


@click.command("export")
@click.argument("session_id", metavar="ID", type=int)
@click.option("--format", "name", type=click.Choice(tuple(FORMATS)), required=True, help="What to write.")
@click.option(
    "-o", "--output", "path", type=click.Path(path_type=Path), required=True, help="The file; for inspect a folder."
)
@click.option("--force", is_flag=True, help="Overwrite what is there.")
@click.pass_context
def export_session(context: click.Context, session_id: int, name: str, path: Path, force: bool) -> None:
    """Write a session for another program or a reader.

    jsonl has all that is kept, and can be imported again. csv and parquet are one table, a row an answer. inspect is a
    log a side for inspect view; llm-comparator opens on its page; html and markdown are for people. Sides that are
    still hidden stay so.
    """
    try:
        data = ExportData.of(Store(data_file()), session_id)
        if FORMATS[name].with_measures:
            data = _measured(data, probe_of(context.obj, data.session))
        if FORMATS[name].with_counted:
            data = _counted(data)
        remarks = export(data, name, path, force)
    except TransferError as error:
        fail(error.text(TERMINAL))
    click.echo(sanitized(f"session {session_id} is in {path}"))
    for remark in remarks:
        click.echo(sanitized(remark), err=True)


def _measured(data: ExportData, probe: Probe | None) -> ExportData:
    """The same with its measures."""
    from diptych.compare import stored_measures

    saved = data.store.answers(data.session.id)
    return replace(data, measures=stored_measures(data.session, saved, data.hidden, probe))


def _counted(data: ExportData) -> ExportData:
    """The same with what each answer is counted as."""
    from diptych.compare import counted_as

    saved = data.store.answers(data.session.id)
    return replace(data, counted=counted_as(data.session, saved, data.hidden))


@click.command("import", short_help="Keep what was exported, or what other programs wrote.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
def import_session(files: tuple[Path, ...]) -> None:
    """Keep as a new session what was exported as jsonl, or what other programs wrote.

    Result files of llmcomp and logs of Inspect: name those of both models, the base's first.
    """
    try:
        imported = import_files(files, data_file())
    except TransferError as error:
        fail(error.text(TERMINAL))
    click.echo(sanitized(f"session {imported.session}  {imported.title}: {imported.answers:,} answers"))
    click.echo(sanitized("  ".join(f"{side.name}: {side.model}" for side in imported.sides)))
    for remark in imported.remarks:
        click.echo(sanitized(remark), err=True)
