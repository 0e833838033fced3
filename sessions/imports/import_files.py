"""Files of diptych and of other programs become a session: one module a format."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from diptych.sessions.imports.incoming_session import IncomingSession, save_session
from diptych.sessions.records import SideRecord
from diptych.sessions.store_errors import TransferError


class Imported(NamedTuple):
    """What came of an import."""

    session: int
    """Its number in the store."""
    title: str
    sides: Sequence[SideRecord]
    answers: int
    remarks: Sequence[str]
    """What the reader should know of it."""


def import_files(files: Sequence[Path], store: Path) -> Imported:
    """Keep what the files hold as one new session, all of it or nothing.

    A session that `diptych sessions export` wrote as jsonl, alone; result files of llmcomp; or logs of Inspect. The
    models of the latter two become sides in the order in which they come, the first the base. Raises TransferError,
    StoreError.
    """
    incoming = _read(files)
    session, answers = save_session(incoming, store)
    return Imported(session, incoming.session.title, incoming.session.sides, answers, incoming.remarks)


def _read(files: Sequence[Path]) -> IncomingSession:
    readers = [_reader(path) for path in files]
    if len(set(readers)) > 1:
        raise TransferError("these files are of several kinds", "import those of each kind for themselves")
    return readers[0](files)


def _reader(path: Path) -> Callable[[Sequence[Path]], IncomingSession]:
    """What reads a file, by how it begins. Raises TransferError."""
    from diptych.sessions.imports import (  # late: the console starts without
        inspect_import,
        jsonl_import,
        llmcomp_import,
    )

    try:
        with path.open("rb") as file:
            start = file.readline(1 << 20)
    except OSError as error:
        raise TransferError(f"{path} cannot be read: {error.strerror}", "name a file that is there") from error
    if jsonl_import.recognises(path, start):
        return jsonl_import.read
    if llmcomp_import.recognises(path, start):
        return llmcomp_import.read
    if inspect_import.recognises(path, start):
        return inspect_import.read
    raise TransferError(
        f"{path} is nothing that can be imported",
        "there can be: jsonl of diptych sessions export, result files of llmcomp, logs of Inspect",
    )
