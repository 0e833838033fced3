"""CSV, for spreadsheets and for whatever else reads tables; UTF-8, comma, quoted as RFC 4180 has it.

A text that a spreadsheet would take for a formula (first character = + - @ tab or carriage return) has a ' put before
it, and control characters are shown as symbols; Parquet has both as they are.
"""

import csv
from pathlib import Path
from typing import Any

from sessions.exports.material import Material
from sessions.exports.table import table
from sessions.inert import visible

_ACTING = ("=", "+", "-", "@", "\t", "\r")


def write(material: Material, path: Path) -> list[str]:
    """Write the table."""
    written = table(material)
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
    # Signs that show nothing may stand before it: a spreadsheet drops them.
    quoted = f"'{value}" if value.lstrip(" \n").startswith(_ACTING) or value.startswith(_ACTING) else value
    return visible(quoted)
