"""What can go wrong with the store, in words for the person at the terminal."""

import sqlite3
from pathlib import Path


class StoreError(Exception):
    """What happened to the file of sessions, and in `mend` what to do about it."""

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend


def of_sqlite(error: sqlite3.Error | OSError, path: Path) -> StoreError:
    """A fault of SQLite or of the file system as a StoreError."""
    said = str(error).lower()
    if "full" in said or "no space" in said:
        return StoreError(f"the disk is full: {path} cannot grow", "free some space; what was saved is safe")
    if "readonly" in said or "read-only" in said or "permission" in said or "unable to open" in said:
        return StoreError(f"{path} cannot be written", "make it writable, or let DIPTYCH_DATA name another folder")
    if "locked" in said:
        return StoreError(f"{path} is locked by another program", "close that program and try again")
    if "malformed" in said or "not a database" in said:
        return StoreError(f"{path} is damaged", "move it aside; diptych then begins a new one")
    return StoreError(f"{path}: {error}", "let DIPTYCH_DATA name another folder")
