"""The errors of the store, of exports and of imports, worded for the user."""

import errno
import sqlite3
from pathlib import Path

from diptych.errors import DiptychError


class StoreError(DiptychError):
    """The store failed. `hint` says what to do."""


_LONGEST_MESSAGE = 1_000


class TransferError(DiptychError):
    """An export or an import failed. `hint` says what to do."""

    def __init__(self, message: str, hint: str) -> None:
        # A file may contain anything, and the message must stay readable.
        super().__init__(message if len(message) <= _LONGEST_MESSAGE else f"{message[:_LONGEST_MESSAGE]}…", hint)


_FULL = {"SQLITE_FULL", errno.ENOSPC, errno.EDQUOT}
_FAILING = {"SQLITE_IOERR", errno.EIO, errno.EFBIG}
_UNWRITABLE = {
    "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT,
}  # fmt: skip
_NO_FOLDER = {errno.ENOTDIR, errno.EEXIST}
_LOCKED = {"SQLITE_BUSY", "SQLITE_LOCKED"}
_DAMAGED = {"SQLITE_CORRUPT", "SQLITE_NOTADB"}


def store_error(error: sqlite3.Error | OSError, path: Path) -> StoreError:
    """Turn an error of SQLite or of the file system into a StoreError."""
    code = error.errno if isinstance(error, OSError) else _family(getattr(error, "sqlite_errorname", ""))
    if code in _FULL:
        return StoreError(f"the disk is full: {path} cannot grow", "free some space; what was saved is safe")
    if code in _FAILING:
        return StoreError(
            f"{path} cannot grow: the disk is full, at its quota, or failing",
            "free some space or set DIPTYCH_DATA to a folder on another disk; what was saved is safe",
        )
    if code in _UNWRITABLE:
        return StoreError(f"{path} cannot be written", "make it writable, or set DIPTYCH_DATA to another folder")
    if code in _NO_FOLDER:
        return StoreError(f"{path.parent} is not a folder", "set DIPTYCH_DATA to a folder")
    if code in _LOCKED:
        return StoreError(f"{path} is locked by another program", "close that program and try again")
    if code in _DAMAGED:
        return StoreError(
            f"{path} is damaged",
            f"move it and {path.name}-wal away, and diptych creates a new one; `sqlite3 OLD .recover | sqlite3 NEW`"
            " recovers what can be read; or use the last backup",
        )
    return StoreError(f"{path}: {error}", "set DIPTYCH_DATA to another folder")


def _family(name: str) -> str:
    """Return the family of an error name: SQLITE_IOERR for SQLITE_IOERR_WRITE."""
    return "_".join(name.split("_")[:2])
