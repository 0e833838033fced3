"""What can go wrong with the store, in words for the person at the terminal."""

import errno
import sqlite3
from pathlib import Path

from diptych.errors import DiptychError


class StoreError(DiptychError):
    """What happened to the file of sessions, and in `hint` what to do about it."""


_LONGEST_MESSAGE = 1_000


class TransferError(DiptychError):
    """What hinders an export or an import, and in `hint` what to do about it."""

    def __init__(self, message: str, hint: str) -> None:
        # Whatever a file holds, what is said of it can be read.
        super().__init__(message if len(message) <= _LONGEST_MESSAGE else f"{message[:_LONGEST_MESSAGE]}…", hint)


_FULL = {"SQLITE_FULL", errno.ENOSPC, errno.EDQUOT}
_FAILING = {"SQLITE_IOERR", errno.EIO, errno.EFBIG}
_UNWRITABLE = {
    "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT,
}  # fmt: skip
_NO_FOLDER = {errno.ENOTDIR, errno.EEXIST}
_LOCKED = {"SQLITE_BUSY", "SQLITE_LOCKED"}
_DAMAGED = {"SQLITE_CORRUPT", "SQLITE_NOTADB"}


def of_sqlite(error: sqlite3.Error | OSError, path: Path) -> StoreError:
    """A fault of SQLite or of the file system as a StoreError."""
    code = error.errno if isinstance(error, OSError) else _family(getattr(error, "sqlite_errorname", ""))
    if code in _FULL:
        return StoreError(f"the disk is full: {path} cannot grow", "free some space; what was saved is safe")
    if code in _FAILING:
        return StoreError(
            f"{path} cannot grow: the disk is full, at its quota, or failing",
            "free some space or let DIPTYCH_DATA name a folder on another disk; what was saved is safe",
        )
    if code in _UNWRITABLE:
        return StoreError(f"{path} cannot be written", "make it writable, or let DIPTYCH_DATA name another folder")
    if code in _NO_FOLDER:
        return StoreError(f"{path.parent} is not a folder", "let DIPTYCH_DATA name a folder")
    if code in _LOCKED:
        return StoreError(f"{path} is locked by another program", "close that program and try again")
    if code in _DAMAGED:
        return StoreError(
            f"{path} is damaged",
            f"move it and {path.name}-wal aside, and diptych begins a new one; `sqlite3 OLD .recover | sqlite3 NEW`"
            " saves what can be read, and so does the last backup",
        )
    return StoreError(f"{path}: {error}", "let DIPTYCH_DATA name another folder")


def _family(name: str) -> str:
    """SQLITE_IOERR_WRITE and the like without what comes behind the family."""
    return "_".join(name.split("_")[:2])
