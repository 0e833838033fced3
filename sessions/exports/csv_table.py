"""The CSV export: UTF-8, commas, quoted as in RFC 4180.

A spreadsheet takes a text for a formula if its first character, after blanks, is = + - or @ (or a full-width one), or
if it begins with a tab or carriage return. Such a text gets a leading '. Control characters are shown as symbols. The
Parquet export keeps both unchanged.
"""

import csv
from pathlib import Path
from typing import Any

from diptych.sessions.exports.export_data import ExportData
from diptych.sessions.exports.tidy_table import table
from diptych.sessions.sanitize import visible

_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def write(data: ExportData, path: Path) -> list[str]:
    """Write the table."""
    written = table(data)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([safe_cell(name) for name in written.columns])
        for row in written.rows():
            writer.writerow([safe_cell(row.get(name)) for name in written.columns])
    return []


def safe_cell(value: Any) -> Any:
    """Return a value that no spreadsheet takes for a formula and no terminal for a command."""
    if not isinstance(value, str):
        return value
    # A spreadsheet drops leading blanks.
    is_formula = value.startswith(("\t", "\r")) or value.lstrip().startswith(_FORMULA_STARTS)
    return visible(f"'{value}" if is_formula else value)
