"""What a person can do with stored sessions: rename, tag, note, label, copy, delete, back up."""

import os
import re
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from diptych.detectors import Finding
from diptych.errors import ANSWERS, SESSIONS
from diptych.sessions.batched_writes import insert_findings, insert_labels
from diptych.sessions.encoding import COLUMNS, finding_rows, now, read_finding, storable
from diptych.sessions.records import Label
from diptych.sessions.registration import Registration
from diptych.sessions.schema import connect, writing
from diptych.sessions.session_lock import refuse_if_in_use
from diptych.sessions.store_errors import StoreError, store_error

_COPIED = ", ".join(COLUMNS)
_COPY_OF = re.compile(r"^Copy of session \d+: ")
"""How the title of a copy begins."""


def rename(store: Path, session: int, title: str) -> None:
    """Change the title of a session. Raises StoreError."""
    with writing(store) as db:
        _check_found(db.execute("UPDATE sessions SET title = ? WHERE id = ?", (storable(title), session)), session)


def set_tags(store: Path, session: int, tags: Sequence[str]) -> None:
    """Replace the tags of a session. Raises StoreError."""
    words = " ".join(dict.fromkeys(" ".join(map(storable, tags)).split()))
    with writing(store) as db:
        _check_found(db.execute("UPDATE sessions SET tags = ? WHERE id = ?", (words, session)), session)


def set_note(store: Path, session: int, note: str) -> None:
    """Replace the note of a session. Raises StoreError."""
    with writing(store) as db:
        _check_found(db.execute("UPDATE sessions SET note = ? WHERE id = ?", (storable(note), session)), session)


def remember(store: Path, key: str, value: str) -> None:
    """Store a value for the next start. Raises StoreError."""
    with writing(store) as db:
        db.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (key, storable(value)))


def label(store: Path, given: Label) -> None:
    """Store a label of a person. Raises StoreError."""
    with writing(store) as db:
        if db.execute("SELECT 1 FROM answers WHERE id = ?", (given.answer,)).fetchone() is None:
            raise StoreError(f"there is no answer {given.answer}", ANSWERS)
        insert_labels(db, [given])


def register(store: Path, registration: Registration) -> str:
    """Store a registration and return its name. Raises StoreError."""
    with writing(store) as db:
        db.execute(
            "INSERT OR IGNORE INTO registrations VALUES (?, ?, ?)",
            (registration.id, registration.written, registration.file),
        )
    return registration.id


def duplicate(store: Path, session: int) -> int:
    """Copy a session with its answers, findings and labels, and return the number of the copy. Raises StoreError."""
    with writing(store) as db:
        titles = db.execute("SELECT title FROM sessions WHERE id = ?", (session,)).fetchall()
        title = _COPY_OF.sub("", titles[0][0]) if titles else ""
        copy = db.execute(
            "INSERT INTO sessions (title, created, pair, probe, sides, run, tags, note, family)"
            " SELECT ?, created, pair, probe, sides, run, tags, note, family FROM sessions WHERE id = ?",
            (f"Copy of session {session}: {title}", session),
        )
        _check_found(copy, session)
        number = copy.lastrowid
        assert number is not None
        answers = db.execute("SELECT id FROM answers WHERE session_id = ? ORDER BY id", (session,)).fetchall()
        for (answer,) in answers:
            _copy_answer(db, answer, number)
        db.execute("UPDATE answers SET state = 'interrupted' WHERE session_id = ? AND state = 'streaming'", (number,))
    return number


def delete(store: Path, session: int) -> None:
    """Delete a session with everything in it. Raises StoreError."""
    with writing(store) as db:
        refuse_if_in_use(db, session)
        _check_found(db.execute("DELETE FROM sessions WHERE id = ?", (session,)), session)


def supersede(store: Path, found: Mapping[int, Sequence[Finding]]) -> dict[int, list[Finding]]:
    """Store new findings for finished answers, by their numbers. The old findings stay but no longer count. Returns
    the findings of each answer that are new or different; equal ones are kept as they are. One transaction. Raises
    StoreError."""
    at = now()
    with writing(store) as db:
        return {answer: _supersede(db, answer, findings, at) for answer, findings in found.items()}


def _supersede(db: sqlite3.Connection, answer: int, findings: Sequence[Finding], at: str) -> list[Finding]:
    rows = db.execute("SELECT rowid, finding FROM findings WHERE answer_id = ? AND superseded IS NULL", (answer,))
    kept = [(row, read_finding(column)) for row, column in rows.fetchall()]
    same = [finding for _, finding in kept]
    changed = [finding for finding in findings if finding not in same]
    old = [(at, row) for row, before in kept if any(_replaces(finding, before) for finding in changed)]
    db.executemany("UPDATE findings SET superseded = ? WHERE rowid = ?", old)
    insert_findings(db, finding_rows(answer, tuple(changed)))
    return changed


def _replaces(now: Finding, before: Finding) -> bool:
    """Return whether a finding replaces an older one. A later version may use another label."""
    return now.detector == before.detector and (now.label == before.label or now.version > before.version)


def backup(store: Path, to: Path) -> None:
    """Copy the whole store into a new file, even while it is in use. Raises StoreError."""
    try:
        os.close(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError as error:
        raise StoreError(f"{to} already exists", "name a new file") from error
    except OSError as error:
        raise store_error(error, to) from error
    try:
        with closing(connect(store)) as db, closing(sqlite3.connect(to)) as copy:
            db.backup(copy)
    except BaseException as error:
        to.unlink(missing_ok=True)
        if isinstance(error, sqlite3.Error):
            raise store_error(error, to) from error
        raise


def _check_found(done: sqlite3.Cursor, session: int) -> None:
    if done.rowcount != 1:
        raise StoreError(f"there is no session {session}", SESSIONS)


def _copy_answer(db: sqlite3.Connection, answer: int, session: int) -> None:
    copy = db.execute(
        f"INSERT INTO answers (session_id, {_COPIED}) SELECT ?, {_COPIED} FROM answers WHERE id = ?",  # noqa: S608
        (session, answer),
    ).lastrowid
    db.execute(
        "INSERT INTO findings SELECT ?, detector, version, label, outcome, finding, superseded"
        " FROM findings WHERE answer_id = ? ORDER BY rowid",
        (copy, answer),
    )
    db.execute(
        "INSERT INTO labels (answer_id, value, blind, created, question, seed)"
        " SELECT ?, value, blind, created, question, seed FROM labels WHERE answer_id = ? ORDER BY rowid",
        (copy, answer),
    )
