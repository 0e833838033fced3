"""`diptych sessions export` and `import`."""

from functools import partial
from pathlib import Path

import click

from diptych.cli.output.hint_words import TERMINAL
from diptych.cli.output.printing import fail, sanitized
from diptych.cli.setup.config import data_file
from diptych.cli.setup.wiring import probe_of
from diptych.sessions import FORMATS, Store, TransferError, import_files


@click.command("export")
@click.argument("session_id", metavar="ID", type=int)
@click.option("--format", "name", type=click.Choice(tuple(FORMATS)), required=True, help="The format.")
@click.option(
    "-o",
    "--output",
    "path",
    type=click.Path(path_type=Path),
    required=True,
    help="The file to write; for inspect a folder.",
)
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@click.pass_context
def export(context: click.Context, session_id: int, name: str, path: Path, force: bool) -> None:
    """Export a session for another program or for reading.

    jsonl contains everything and can be imported again. csv and parquet are one table with a row for each answer.
    inspect is one log for each side, for inspect view; llm-comparator opens in LLM Comparator; html and markdown are
    for reading. Sides that are still hidden stay hidden.
    """
    from diptych.compare import export_session

    try:
        remarks = export_session(
            Store(data_file()), session_id, name, path, partial(probe_of, context.obj), force=force
        )
    except TransferError as error:
        fail(error.text(TERMINAL))
    click.echo(sanitized(f"exported session {session_id} to {path}"))
    for remark in remarks:
        click.echo(sanitized(remark), err=True)


@click.command("import", short_help="Import exported sessions, or files of other programs.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
def import_session(files: tuple[Path, ...]) -> None:
    """Import an exported session (jsonl), or files of other programs, as a new session.

    Other programs: result files of llmcomp and logs of Inspect. Name the files of both models, those of the base first.
    """
    try:
        imported = import_files(files, data_file())
    except TransferError as error:
        fail(error.text(TERMINAL))
    click.echo(sanitized(f"session {imported.session}  {imported.title}: {imported.answers:,} answers"))
    click.echo(sanitized("  ".join(f"{side.name}: {side.model}" for side in imported.sides)))
    for remark in imported.remarks:
        click.echo(sanitized(remark), err=True)
