"""Files read and checked, TOML into typed structs, with errors for the person who wrote the file."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import tomli

from diptych.errors import DiptychError

T = TypeVar("T")

LONGEST_MESSAGE = 1_000
"""Characters: whatever a file holds, what is said of it can be read."""


class FileError(DiptychError):
    """A file of the user's that cannot be used: which, where in it, what was found, what was expected."""

    def __init__(self, message: str) -> None:
        super().__init__(message if len(message) <= LONGEST_MESSAGE else f"{message[:LONGEST_MESSAGE]}…")


def read_text(path: Path, encoding: str = "utf-8") -> str:
    """The text of a file, "utf-8-sig" where it may begin with a byte order mark. Raises FileError."""
    try:
        return path.read_text(encoding)
    except OSError as error:
        raise FileError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise FileError(f"{path}: is not UTF-8 text (byte {error.start})") from error


def json_lines(text: str, path: Path) -> Iterator[tuple[str, Any]]:
    """The value of each line that is not blank, with the place of the line for messages. Raises FileError."""
    # No other end of a line: a text may hold whatever else Unicode counts as one.
    for number, line in enumerate(text.split("\n"), 1):
        place = f"{path}, line {number}"
        if not line.strip():
            continue
        try:
            yield place, msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError) as error:
            raise FileError(f"{place}: is not valid JSON: {error}") from error


def read_toml(path: Path) -> dict[str, Any]:
    """The file as plain values. Raises FileError."""
    text = read_text(path)
    try:
        return tomli.loads(text)
    except (ValueError, RecursionError) as error:  # tomli's own, and Python's for numbers and nesting without end
        raise FileError(f"{path}: is not valid TOML: {error}") from error


def typed(value: Any, type_: type[T], path: Path, within: str = "") -> T:
    """Plain values as the struct `type_`. Raises FileError that names the line and the key.

    `within`: the key path of the value in its file, where it is not the whole.
    """
    try:
        return msgspec.convert(value, type_)
    except msgspec.ValidationError as error:
        key, said = _in_words(str(error))
        key = f"{within}.{key}" if within and key and not key.startswith("[") else within + key
        named = ".".join(filter(None, (key, said.removeprefix("unknown key ")))) if said.startswith("unknown") else key
        raise FileError(f"{path}{at_line(path, named)}: {key or 'the top level'}: {said}") from error


def line_of(text: str, key: str) -> int | None:
    """The line, from 1, of a TOML text in which a key path such as conditions[1].prompts stands, or else begins to.

    Strings of several lines that look like tables may mislead it: it helps a reader, nothing depends on it.
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


def at_line(path: Path, key: str) -> str:
    """For a message: the line of a key path, as ", line 12"; "" where it cannot be told."""
    try:
        line = line_of(path.read_text("utf-8"), key)
    except (OSError, UnicodeDecodeError):
        return ""
    return f", line {line}" if line else ""


def _in_words(message: str) -> tuple[str, str]:
    """msgspec says "Expected `str`, got `int` - at `$.a.b`"; a reader wants the key first."""
    said, _, path = message.partition(" - at ")
    key = re.sub(r"^\$\.?", "", path.strip("`"))
    said = said.replace("`", "")
    if match := re.fullmatch(r"Object contains unknown field (\S+)", said):
        return key, f"unknown key {match.group(1)}"
    if match := re.fullmatch(r"Object missing required field (\S+)", said):
        return key, f"the key {match.group(1)} is missing"
    return key, f"{said[0].lower()}{said[1:].replace('got', 'found')}"
