"""Reads and checks files, such as TOML into typed structs, with errors for the person who wrote the file."""

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import tomli

from diptych.errors import DiptychError

T = TypeVar("T")

LONGEST_MESSAGE = 1_000
"""Characters of an error message; a file may contain anything."""


class FileError(DiptychError):
    """A file of the user cannot be used: which file, where in it, what was found and what was expected."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message if len(message) <= LONGEST_MESSAGE else f"{message[:LONGEST_MESSAGE]}…", hint)


def read_text(path: Path, encoding: str = "utf-8") -> str:
    """Return the text of a file. Use the encoding "utf-8-sig" if it may begin with a byte order mark. Raises
    FileError."""
    try:
        return path.read_text(encoding)
    except OSError as error:
        raise FileError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise FileError(f"{path}: is not UTF-8 text (byte {error.start})") from error


def json_lines(text: str, path: Path) -> Iterator[tuple[str, Any]]:
    """Yield the value of each line that is not blank, with the position of the line for messages. Raises FileError."""
    # Not splitlines(): a JSON text may contain other characters that Unicode counts as line ends.
    for number, line in enumerate(text.split("\n"), 1):
        where = f"{path}, line {number}"
        if not line.strip():
            continue
        try:
            yield where, msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError) as error:
            raise FileError(f"{where}: is not valid JSON: {error}") from error


def read_toml(path: Path) -> dict[str, Any]:
    """Return a TOML file as plain values. Raises FileError."""
    text = read_text(path)
    try:
        return tomli.loads(text)
    except (ValueError, RecursionError) as error:  # tomli's own error, and Python's for huge numbers and deep nesting
        raise FileError(f"{path}: is not valid TOML: {error}") from error


def typed(value: Any, type_: type[T], path: Path, within: str = "") -> T:
    """Convert plain values to the struct `type_`. Raises FileError that names the line and the key.

    `within`: the key path of the value in its file, if it is not the whole file.
    """
    try:
        return msgspec.convert(value, type_)
    except msgspec.ValidationError as error:
        key, message = _in_words(str(error))
        key = f"{within}.{key}" if within and key and not key.startswith("[") else within + key
        unknown = message.removeprefix("unknown key ") if message.startswith("unknown key ") else ""
        named = ".".join(filter(None, (key, unknown)))
        raise FileError(f"{path}{line_suffix(path, named)}: {key or 'the top level'}: {message}") from error


def line_of(text: str, key: str) -> int | None:
    """Return the line, from 1, of a key path such as conditions[1].prompts in a TOML text, or of its beginning.

    Multi-line strings that look like tables may mislead it. It only helps a reader; nothing depends on it.
    """
    names = re.findall(r"[^.\[\]]+|\[\d+\]", key)
    found: int | None = None
    lines = text.splitlines()
    at = 0
    for index, name in enumerate(names):
        if name.startswith("["):
            continue
        table = re.escape(".".join(n for n in names[: index + 1] if not n.startswith("[")))
        number = int(names[index + 1][1:-1]) if index + 1 < len(names) and names[index + 1].startswith("[") else 0
        tables = [i for i in range(at, len(lines)) if re.match(rf"\s*\[\[?\s*{table}\s*\]", lines[i])]
        keys = [i for i in range(at, len(lines)) if re.match(rf"\s*{re.escape(name)}\s*=", lines[i])]
        if number < len(tables):
            at = tables[number]
        elif keys:
            at = keys[0]
        else:
            break
        found = at + 1
    return found


def line_suffix(path: Path, key: str) -> str:
    """Return the line of a key path for a message, as ", line 12"; "" if it is not found."""
    try:
        line = line_of(path.read_text("utf-8"), key)
    except (OSError, UnicodeDecodeError):
        return ""
    return f", line {line}" if line else ""


def check_known(name: str, names: Collection[str], path: Path, where: str) -> None:
    """Raises FileError for a name at the key path `where` that is not among `names`."""
    if name not in names:
        known = ", ".join(map(repr, names))
        raise FileError(f"{path}{line_suffix(path, where)}: {where}: expected one of {known}, found {name!r}")


def _in_words(message: str) -> tuple[str, str]:
    """Turn msgspec's "Expected `str`, got `int` - at `$.a.b`" into the key and the message without it."""
    text, _, path = message.partition(" - at ")
    key = re.sub(r"^\$\.?", "", path.strip("`"))
    text = text.replace("`", "")
    if match := re.fullmatch(r"Object contains unknown field (\S+)", text):
        return key, f"unknown key {match.group(1)}"
    if match := re.fullmatch(r"Object missing required field (\S+)", text):
        return key, f"the key {match.group(1)} is missing"
    return key, f"{text[0].lower()}{text[1:].replace('got', 'found')}"
