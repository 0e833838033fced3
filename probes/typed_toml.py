"""TOML files checked into typed structs, with errors for the person who wrote the file."""

import re
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import tomli

T = TypeVar("T")


class FileError(Exception):
    """A file of the user's that cannot be used: which, where in it, what was found, what was expected."""


def read_toml(path: Path) -> dict[str, Any]:
    """The file as plain values. Raises FileError."""
    try:
        return tomli.loads(path.read_text("utf-8"))
    except OSError as error:
        raise FileError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise FileError(f"{path}: is not UTF-8 text (byte {error.start})") from error
    except tomli.TOMLDecodeError as error:
        raise FileError(f"{path}: is not valid TOML: {error}") from error


def typed(value: Any, type_: type[T], where: Path) -> T:
    """Plain values as the struct `type_`. Raises FileError that names the key path."""
    try:
        return msgspec.convert(value, type_)
    except msgspec.ValidationError as error:
        raise FileError(f"{where}: {_in_words(str(error))}") from error


def _in_words(message: str) -> str:
    """msgspec says "Expected `str`, got `int` - at `$.a.b`"; a reader wants the key first."""
    said, _, path = message.partition(" - at ")
    keys = re.sub(r"^\$\.?", "", path.strip("`")) or "the top level"
    said = said.replace("`", "")
    if match := re.fullmatch(r"Object contains unknown field (\S+)", said):
        return f"{keys}: unknown key {match.group(1)}"
    if match := re.fullmatch(r"Object missing required field (\S+)", said):
        return f"{keys}: the key {match.group(1)} is missing"
    return f"{keys}: {said[0].lower()}{said[1:].replace('got', 'found')}"
