"""The export formats, and the function that writes one."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from diptych.sessions.exports.atomic_write import written_atomically
from diptych.sessions.exports.export_data import ExportData
from diptych.sessions.store_errors import TransferError


@dataclass(frozen=True)
class Format:
    """A format that a session can be exported to."""

    module: str
    """Name of a module in this folder with a function `write(data, path)`. It writes the file, or files into the
    folder, and returns remarks on what was left out. The module is imported on use, because the console starts
    without it."""
    about: str
    """What it is for, in a few words."""
    ending: str
    """How the name of a file of this format ends."""
    folder: bool = False
    """Whether it writes several files into a folder."""
    with_measures: bool = False
    """Whether it shows measures, which the caller must provide."""
    with_counted: bool = False
    """Whether it shows what each answer counts as, which the caller must provide."""
    of_sides: bool = False
    """Whether it needs to know the sides, and so cannot export answers whose sides are hidden."""


FORMATS = {
    "jsonl": Format("jsonl_export", "all that was saved; can be imported again", ".jsonl"),
    "csv": Format("csv_table", "a row per answer, for pandas or spreadsheets", ".csv", with_counted=True),
    "parquet": Format("parquet_table", "the same table, for pandas, DuckDB or R", ".parquet", with_counted=True),
    "inspect": Format("inspect_export", "a log per side, for inspect view", "-inspect", folder=True, of_sides=True),
    "llm-comparator": Format(
        "llm_comparator", "pairs of answers, for its web page", "-llm-comparator.json", of_sides=True
    ),
    "html": Format("html_report", "a report to read or to send", ".html", with_measures=True),
    "markdown": Format("markdown_summary", "a summary to paste", ".md", with_measures=True),
}


def export(data: ExportData, name: str, path: Path, force: bool = False) -> list[str]:
    """Write a session in a format and return remarks for the reader.

    An existing file is kept unless `force` is given. An error leaves no partial file. Raises TransferError, and
    StoreError if the session cannot be read.
    """
    chosen = FORMATS[name]
    if chosen.of_sides and data.hidden:
        raise TransferError(
            f"the sides of session {data.session.id} are hidden until its answers are labelled, and {name} shows sides",
            "label them first, or export another format",
        )
    with written_atomically(path, chosen.folder, force) as temporary:
        write: Callable[[ExportData, Path], list[str]] = import_module(
            f"diptych.sessions.exports.{chosen.module}"
        ).write
        return write(data, temporary)
