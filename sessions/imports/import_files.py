"""Imports files of diptych and of other programs as a session."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from diptych.sessions.imports.incoming_session import IncomingSession, save_session
from diptych.sessions.records import SideRecord
from diptych.sessions.store_errors import TransferError


class Imported(NamedTuple):
    """The result of an import."""

    session: int
    """The number of the new session."""
    title: str
    sides: Sequence[SideRecord]
    answers: int
    remarks: Sequence[str]
    """What the user should know about it."""


def import_files(files: Sequence[Path], store: Path) -> Imported:
    """Store the content of the files as one new session, completely or not at all.

    Accepts one file that `diptych sessions export` wrote as jsonl, result files of llmcomp, or logs of Inspect. The
    models of the latter two become sides in the order of the files; the first is the base. Raises TransferError,
    StoreError.
    """
    incoming = _read(files)
    session, answers = save_session(incoming, store)
    return Imported(session, incoming.session.title, incoming.session.sides, answers, incoming.remarks)


def _read(files: Sequence[Path]) -> IncomingSession:
    readers = [_reader(path) for path in files]
    if len(set(readers)) > 1:
        raise TransferError("these files have different formats", "import the files of each format separately")
    return readers[0](files)


def _reader(path: Path) -> Callable[[Sequence[Path]], IncomingSession]:
    """Return the reader for a file by its first line. Raises TransferError."""
    from diptych.sessions.imports import (  # late: the console starts without them
        inspect_import,
        jsonl_import,
        llmcomp_import,
    )

    try:
        with path.open("rb") as file:
            start = file.readline(1 << 20)
    except OSError as error:
        raise TransferError(f"{path} cannot be read: {error.strerror}", "name an existing file") from error
    if jsonl_import.recognises(path, start):
        return jsonl_import.read
    if llmcomp_import.recognises(path, start):
        return llmcomp_import.read
    if inspect_import.recognises(path, start):
        return inspect_import.read
    raise TransferError(
        f"{path} cannot be imported: its format is unknown",
        "import jsonl exports of diptych, result files of llmcomp, or logs of Inspect",
    )
