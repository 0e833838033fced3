"""Writes endpoints and pairs into the user's config.toml and leaves the rest as it is.

tomlkit keeps comments and order, which tomli cannot write.
"""

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import tomli
import tomlkit
from tomlkit.items import InlineTable

from diptych.probes import FileError

Tables = Mapping[tuple[str, str], Mapping[str, Any]]
"""Tables of config.toml by key and name, e.g. ("pairs", "mine")."""


def add_tables(own: Path, tables: Tables) -> None:
    """Write tables into the file at `own`; one that exists is replaced. Raises FileError; then nothing is written."""
    _write(own, _with_tables(own, _read(own), tables))


def _with_tables(own: Path, before: str, tables: Tables) -> str:
    """Return the text of the file with the tables added. Raises FileError."""
    expected = tomli.loads(before)
    for (key, name), values in tables.items():
        expected.setdefault(key, {})[name] = values
    document = tomlkit.parse(before)
    apart = tomlkit.document()
    for (key, name), values in tables.items():
        _put_table(document, key, name, values)
        _put_table(apart, key, name, values)
    # tomlkit does not edit every hand-written file correctly, so its result is parsed and compared.
    for after in (tomlkit.dumps(document), f"{before.rstrip()}\n\n{tomlkit.dumps(apart)}"):
        with suppress(tomli.TOMLDecodeError):
            if tomli.loads(after) == expected:
                return after
    raise FileError(f"{own}: pairs cannot be added to this file; write [endpoints.NAME] and [pairs.NAME] as tables")


def _put_table(document: tomlkit.TOMLDocument, key: str, name: str, values: Mapping[str, Any]) -> None:
    if key not in document:
        document[key] = tomlkit.table(is_super_table=True)
    table = tomlkit.table()
    for field, value in values.items():
        table[field] = _inline_table(value) if isinstance(value, dict) else value
    parent: Any = document[key]
    parent[name] = _inline_table(values) if isinstance(parent, InlineTable) else table


def _inline_table(values: Mapping[str, Any]) -> InlineTable:
    table = tomlkit.inline_table()
    for key, value in values.items():
        table[key] = _inline_table(value) if isinstance(value, dict) else value
    return table


def _read(own: Path) -> str:
    try:
        return own.read_bytes().decode() if own.exists() else ""
    except OSError as error:
        raise FileError(f"{own}: cannot be read: {error.strerror}") from error


def _write(own: Path, text: str) -> None:
    """Replace the file in one step, so that an error leaves the old file intact."""
    target = own.resolve()
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # YAML may contain half of a surrogate pair, which is not valid UTF-8.
        unfinished.write_bytes(text.encode(errors="replace"))
        if target.exists():
            shutil.copymode(target, unfinished)
        unfinished.replace(target)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink()
        raise FileError(f"{own}: cannot be written: {error.strerror}") from error
