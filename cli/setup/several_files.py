"""Reads several files of one command; a file that cannot be read does not stop the others."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import click

from diptych.cli.output.printing import in_one_line
from diptych.probes import FileError

T = TypeVar("T")


def read_each(paths: Sequence[Path], read: Callable[[Path], T]) -> tuple[list[tuple[Path, T]], int]:
    """Return what each readable file contains, with its path, and the number of skipped files. Skipped files are
    reported on standard error. Raises FileError if no file can be read."""
    found: list[tuple[Path, T]] = []
    for path in dict.fromkeys(paths):
        try:
            found.append((path, read(path)))
        except FileError as error:
            if len(paths) == 1:
                raise
            click.echo(in_one_line(f"skipped  {error}"), err=True)
    skipped = len(dict.fromkeys(paths)) - len(found)
    if not found:
        raise FileError(f"none of the {skipped} files can be read")
    return found, skipped
