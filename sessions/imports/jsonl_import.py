"""Imports files that `diptych sessions export --format jsonl` wrote. docs/jsonl.md describes them."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from diptych.sessions.encoding import storable_json
from diptych.sessions.exports.jsonl_export import VERSION, Head, Line
from diptych.sessions.imports.import_checks import check_answer, check_session, damaged_file
from diptych.sessions.imports.incoming_session import IncomingSession
from diptych.sessions.records import SavedAnswer, Session
from diptych.sessions.store_errors import TransferError

_Struct = TypeVar("_Struct")


class _Version(msgspec.Struct):
    """The part of the first line that is the same in every version."""

    format: str
    version: int


def recognises(path: Path, start: bytes) -> bool:
    """Return whether a file that starts with this line is one."""
    return b'"diptych-session"' in start[:200]


def read(files: Sequence[Path]) -> IncomingSession:
    """Read a file as a session. Raises TransferError."""
    if len(files) > 1:
        raise TransferError("each of these files is a separate session", "import one at a time")
    session, lines = _session_and_lines(files[0])
    return IncomingSession(session, ((line.answer, line.labels) for line in lines))


def read_saved(path: Path) -> tuple[Session, list[SavedAnswer]]:
    """Read the session of a file and its answers with the numbers that they have there, without storing them. Raises
    TransferError."""
    session, lines = _session_and_lines(path)
    return session, [SavedAnswer(line.id, line.answer) for line in lines]


def _session_and_lines(path: Path) -> tuple[Session, Iterator[Line]]:
    """Read the session, and each line of an answer when it is asked for. Raises TransferError."""
    lines = _lines(path)
    head = _head(path, next(lines))
    if head.hidden:
        raise TransferError(
            f"{path} was exported while the sides of {head.hidden} answers were hidden, so it does not contain them",
            "label them in the original session and export it again",
        )
    check_session(head.session, f"{path}, line 1")
    return head.session, _answers(path, lines, [side.name for side in head.session.sides])


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from file


def _head(path: Path, line: bytes) -> Head:
    version = _decode(path, 1, line, _Version).version
    if version > VERSION:
        raise TransferError(
            f"{path} was written by a newer diptych: it has schema version {version}, and this diptych reads up to"
            f" {VERSION}",
            "install that version or a newer one",
        )
    return _decode(path, 1, line, Head)


def _answers(path: Path, lines: Iterator[bytes], sides: Sequence[str]) -> Iterator[Line]:
    for number, line in enumerate(lines, 2):
        if line.strip():
            read = _decode(path, number, line, Line)
            check_answer(read.answer, sides, f"{path}, line {number}")
            yield read


def _decode(path: Path, number: int, line: bytes, kind: type[_Struct]) -> _Struct:
    """Decode a line. Raises TransferError that names it."""
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        # Only the standard library decodes halves of surrogate pairs, which other programs write.
        try:
            return msgspec.convert(storable_json(json.loads(line)), kind)
        except (ValueError, RecursionError) as error:
            raise damaged_file(f"{path}, line {number}", error) from error
