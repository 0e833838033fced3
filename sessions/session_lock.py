"""Keeps two diptych processes from writing answers into the same session."""

import os
import sqlite3

from diptych.sessions.store_errors import StoreError


def process_alive(pid: int | None) -> bool:
    """Return whether the process that last wrote into a session still exists."""
    if pid is None:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def refuse_if_in_use(db: sqlite3.Connection, session: int, except_pid: int | None = None) -> None:
    """Raises StoreError if a running process other than `except_pid` has unfinished answers in the session."""
    row = db.execute(
        "SELECT owner, EXISTS (SELECT 1 FROM answers WHERE session_id = sessions.id AND state = 'streaming')"
        " FROM sessions WHERE id = ?",
        (session,),
    ).fetchone()
    if row is not None and row[1] and row[0] != except_pid and process_alive(row[0]):
        raise StoreError(
            f"session {session} is in use by another diptych (process {row[0]})", "stop its answers there first"
        )
