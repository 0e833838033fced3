"""Reads text files as rows: CSV with any separator, JSON lines, JSON lists."""

import csv
import io
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import msgspec

from diptych.probes.typed_toml import FileError, json_lines

LONGEST_FILE = 50_000_000
_SEPARATORS = ",;\t|"
_NO_SEPARATOR = "\x1f"
"""A separator that never occurs: for a file with one column."""
_ENCODINGS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_ROWS = ("data", "rows", "train", "examples", "instances", "items")
"""Keys under which an object holds its rows."""
_NAMED = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


def read_text_file(path: Path, longest: int | None = LONGEST_FILE) -> str:
    """Return the text of a file: UTF-8, or UTF-16 as spreadsheets write it. Raises FileError."""
    try:
        if longest is not None and path.stat().st_size > longest:
            raise FileError(f"{path}: is larger than {longest // 1_000_000} MB")
        raw = path.read_bytes()
    except OSError as error:
        raise FileError(f"{path}: cannot be read: {error.strerror}") from error
    encoding = next((name for mark, name in _ENCODINGS if raw.startswith(mark)), None) or _guessed_encoding(raw)
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        kind = "UTF-16" if "16" in encoding else "UTF-8"
        raise FileError(f"{path}: is not {kind} text (byte {error.start}); save it as UTF-8") from error


def table_rows(path: Path, text: str, expected: Collection[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each row of a table with its position, by the lower-case names of its columns. Empty cells are left out.
    One of the `expected` columns must exist. Raises FileError."""
    if not text.strip():
        return
    text = text.lstrip("\r\n")
    header_length, separator = _declared_separator(text)
    lines = io.StringIO(text[header_length:], newline="")
    if not separator:
        separator = _separator(text[header_length:], expected)
    csv.field_size_limit(LONGEST_FILE)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    first = 1 if header_length else 0
    try:
        named = [cell.strip() for cell in next(reader)]
        columns = [cell.lower() for cell in named]
        if not any(column in expected for column in columns):
            raise _missing_columns(f"{path}, line {first + 1}", named, separator, expected)
        for cells in reader:
            where = f"{path}, line {first + reader.line_num}"
            if len(cells) > len(columns):
                raise FileError(
                    f"{where}: expected {len(columns)} cells, one for each column of line {first + 1},"
                    f" found {len(cells)}; put quotes around a text that contains the separator"
                )
            row = {column: cell for column, cell in zip(columns, cells, strict=False) if cell.strip()}
            if row:
                yield where, row
    except csv.Error as error:
        raise FileError(f"{path}, line {first + reader.line_num}: is not valid CSV: {error}") from error


def json_rows(path: Path, text: str) -> Iterator[tuple[str, Any]]:
    """Yield the values of a file of JSON lines, of one JSON list, or of an object with a list, each with its
    position. Raises FileError."""
    values = _list_in(text)
    if values is None:
        yield from json_lines(text, path)
        return
    for number, value in enumerate(values, 1):
        yield f"{path}, row {number}", value


def json_in(cell: str) -> Any:
    """Return the list or object that a cell holds as JSON; None if it does not."""
    if not cell.lstrip().startswith(("[", "{")):
        return None
    try:
        return msgspec.json.decode(cell)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return None


def _list_in(text: str) -> list[Any] | None:
    """Return the rows if the whole file is one list; None if it has to be read line by line."""
    start = text.lstrip()
    first = start.split("\n", 1)[0]
    if start.startswith("{") and json_in(first) is not None:
        return None
    whole = json_in(start)
    if isinstance(whole, dict):
        return next((whole[key] for key in _ROWS if isinstance(whole.get(key), list)), [whole])
    if not isinstance(whole, list) or not all(isinstance(value, dict | list | str) for value in whole):
        return None
    # A single conversation on one line is a row; so is each line that is a list.
    return [whole] if whole and all(isinstance(v, dict) and "role" in v for v in whole) else whole


def _guessed_encoding(raw: bytes) -> str:
    """Guess the encoding of a file without a byte order mark. In UTF-16, every other byte of plain English is zero."""
    start = raw[:200]
    if len(start) >= 4 and start[1::2].count(0) > len(start) // 3:
        return "utf-16-le"
    if len(start) >= 4 and start[::2].count(0) > len(start) // 3:
        return "utf-16-be"
    return "utf-8"


def _declared_separator(text: str) -> tuple[int, str]:
    """Return the length of a first line that declares the separator, as Excel writes it, and the separator."""
    line = text.split("\n", 1)[0].rstrip("\r")
    if line.lower().startswith("sep=") and len(line) == 5:
        return text.index("\n") + 1 if "\n" in text else len(text), line[4]
    return 0, ""


def _separator(text: str, expected: Collection[str]) -> str:
    """Return the separator that gives most of the expected column names, or else most columns."""

    def worth(separator: str) -> tuple[int, int]:
        try:
            cells = next(csv.reader(io.StringIO(text, newline=""), delimiter=separator), [])
        except csv.Error:
            return 0, 0
        names = [cell.strip().lower() for cell in cells]
        return sum(name in expected for name in names), len(cells)

    best = max(_SEPARATORS, key=worth)
    return best if worth(best)[1] > 1 else _NO_SEPARATOR


def _missing_columns(where: str, named: list[str], separator: str, expected: Collection[str]) -> FileError:
    """The error for a first line without any expected column."""
    found = ", ".join(repr(name[:40]) for name in named[:12])
    between = f", separated by {_NAMED[separator]}" if separator in _NAMED else ""
    names = ", ".join(list(expected)[:6])
    return FileError(f"{where}: expected the names of the columns, such as {names}; found {found}{between}")
