"""A session for other programs and for readers: one module a format."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from diptych.sessions.exports.atomic_write import written_atomically
from diptych.sessions.exports.export_data import ExportData
from diptych.sessions.store_errors import TransferError


@dataclass(frozen=True)
class Format:
    """One of the formats that a session can be exported to."""

    module: str
    """Whose function `write` takes a ExportData and a path, writes the file, or into the folder, and returns what the
    reader should know of what was left out. Imported when it is asked for: the console starts without."""
    folder: bool = False
    """Whether it is several files, in a folder."""
    with_measures: bool = False
    """Whether it shows the measures, which whoever exports has to give."""
    with_counted: bool = False
    """Whether it says what each answer is counted as, which whoever exports has to give."""
    of_sides: bool = False
    """Whether it makes no sense as long as sides are hidden."""


FORMATS = {
    "jsonl": Format("jsonl_export"),
    "csv": Format("csv_table", with_counted=True),
    "parquet": Format("parquet_table", with_counted=True),
    "inspect": Format("inspect_export", folder=True, of_sides=True),
    "llm-comparator": Format("llm_comparator", of_sides=True),
    "html": Format("html_report", with_measures=True),
    "markdown": Format("markdown_summary", with_measures=True),
}


def export(data: ExportData, name: str, path: Path, force: bool = False) -> list[str]:
    """Write a session in the format of that name; returns remarks for the reader.

    What is there already stays, unless `force` is given; a fault leaves nothing half written. Raises TransferError,
    and StoreError where the session cannot be read.
    """
    chosen = FORMATS[name]
    if chosen.of_sides and data.hidden:
        raise TransferError(
            f"the sides of session {data.session.id} are hidden until its answers are labelled, and {name} is of sides",
            "label them first, or export another format",
        )
    with written_atomically(path, chosen.folder, force) as place:
        write: Callable[[ExportData, Path], list[str]] = import_module(
            f"diptych.sessions.exports.{chosen.module}"
        ).write
        return write(data, place)
