"""CSV, for spreadsheets and for whatever else reads tables; UTF-8, comma, quoted as RFC 4180 has it.

A text that a spreadsheet would take for a formula (its first character, blanks aside, is = + - or @, in full width too,
or it begins with a tab or carriage return) has a ' put before it, and control characters are shown as symbols; Parquet
has both as they are.
"""

import csv
from pathlib import Path
from typing import Any

from diptych.sessions.exports.export_data import ExportData
from diptych.sessions.exports.tidy_table import table
from diptych.sessions.sanitize import visible

_ACTING = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def write(data: ExportData, path: Path) -> list[str]:
    """Write the table."""
    written = table(data)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([inert_cell(name) for name in written.columns])
        for row in written.rows():
            writer.writerow([inert_cell(row.get(name)) for name in written.columns])
    return []


def inert_cell(value: Any) -> Any:
    """A value that no spreadsheet takes for a formula and no terminal for a command."""
    if not isinstance(value, str):
        return value
    # Blanks may stand before it: a spreadsheet drops them.
    acting = value.startswith(("\t", "\r")) or value.lstrip().startswith(_ACTING)
    return visible(f"'{value}" if acting else value)
