"""The schema of the store as numbered migration steps, and opening the file."""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from diptych.sessions.store_errors import StoreError, store_error


def _first(db: sqlite3.Connection) -> None:
    """Before: an empty file."""
    db.execute(
        """
        CREATE TABLE sessions (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            title TEXT NOT NULL,
            created TEXT NOT NULL,
            pair TEXT NOT NULL,
            probe TEXT,
            sides TEXT NOT NULL,
            owner INTEGER
        )"""
    )
    db.execute(
        """
        CREATE TABLE answers (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            session_id INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
            exchange INTEGER NOT NULL,
            side TEXT NOT NULL,
            condition TEXT,
            sample INTEGER NOT NULL,
            state TEXT NOT NULL,
            prompt TEXT NOT NULL,
            request TEXT NOT NULL,
            text TEXT NOT NULL,
            model TEXT,
            fingerprint TEXT,
            request_id TEXT,
            finish_reason TEXT,
            prompt_tokens INTEGER,
            completion_tokens INTEGER,
            ended_at REAL,
            error_kind TEXT,
            error_message TEXT,
            error_mend TEXT,
            timeline BLOB NOT NULL,
            logprobs BLOB
        )"""
    )
    db.execute("CREATE INDEX answers_by_session ON answers (session_id, exchange)")
    db.execute(
        """
        CREATE TABLE findings (
            answer_id INTEGER NOT NULL REFERENCES answers (id) ON DELETE CASCADE,
            detector TEXT NOT NULL,
            version INTEGER NOT NULL,
            label TEXT NOT NULL,
            outcome TEXT NOT NULL,
            finding TEXT NOT NULL
        )"""
    )
    db.execute("CREATE INDEX findings_by_answer ON findings (answer_id)")
    db.execute("CREATE TABLE notes (key TEXT PRIMARY KEY, value TEXT NOT NULL)")


def _forms_and_labels(db: sqlite3.Connection) -> None:
    """Before: only chat without prefill; no separate reasoning, no blind answers, no labels."""
    db.execute("ALTER TABLE answers ADD COLUMN form TEXT NOT NULL DEFAULT 'chat'")
    db.execute("ALTER TABLE answers ADD COLUMN prefill TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE answers ADD COLUMN reasoning TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE answers ADD COLUMN place INTEGER")
    db.execute(
        """
        CREATE TABLE labels (
            answer_id INTEGER NOT NULL REFERENCES answers (id) ON DELETE CASCADE,
            value TEXT NOT NULL,
            blind INTEGER NOT NULL,
            created TEXT NOT NULL
        )"""
    )


def _runs(db: sqlite3.Connection) -> None:
    """Before: nothing to resume a run with, and no endpoint of each answer."""
    db.execute("ALTER TABLE sessions ADD COLUMN run TEXT")
    db.execute("ALTER TABLE answers ADD COLUMN endpoint TEXT")


def _found_again(db: sqlite3.Connection) -> None:
    """Before: no search, no tags or notes of sessions, and only one version of each finding."""
    db.execute("ALTER TABLE sessions ADD COLUMN tags TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE sessions ADD COLUMN note TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE findings ADD COLUMN superseded TEXT")
    db.execute("CREATE INDEX labels_by_answer ON labels (answer_id)")
    # Terms of three characters: they find any part of a word, and writing without blanks.
    db.execute(
        "CREATE VIRTUAL TABLE answers_text USING fts5"
        " (prompt, text, content='answers', content_rowid='id', tokenize='trigram')"
    )
    db.execute(
        "INSERT INTO answers_text (rowid, prompt, text) SELECT id, prompt, text FROM answers WHERE state <> 'streaming'"
    )
    # An ended answer is indexed once; an unfinished one is not.
    take = "INSERT INTO answers_text (rowid, prompt, text) VALUES (new.id, new.prompt, new.text);"
    drop = (
        "INSERT INTO answers_text (answers_text, rowid, prompt, text) VALUES ('delete', old.id, old.prompt, old.text);"
    )
    for name, event, when, work in (
        ("added", "INSERT", "new.state <> 'streaming'", take),
        ("gone", "DELETE", "old.state <> 'streaming'", drop),
        ("before_change", "UPDATE OF state, prompt, text", "old.state <> 'streaming'", drop),
        ("after_change", "UPDATE OF state, prompt, text", "new.state <> 'streaming'", take),
    ):
        at = "BEFORE" if name == "before_change" else "AFTER"
        db.execute(f"CREATE TRIGGER text_{name} {at} {event} ON answers WHEN {when} BEGIN {work} END")


def _plain_timelines(db: sqlite3.Connection) -> None:
    """Before: timelines were compressed. That saved a third of 6 KB for each answer but took longer than the rest of
    a save. Existing timelines stay as they are."""


def _advice_for_any_place(db: sqlite3.Connection) -> None:
    """Before: the hints of errors named keys of the console, wherever they were read."""
    fresh = ", or start a fresh instance: f"
    placed = (
        ("press l for its log, r to start it again", "{log}, then {again}"),
        ("press r to ask again", "{again}"),
        ("press r to start it again", "{again}"),
        ("press r to try again", "{again}"),
        ("then press r", "then {again}"),
    )
    rows = db.execute(
        "SELECT id, error_mend, request FROM answers WHERE error_kind <> 'imported'"
        " AND (error_mend LIKE '%press r%' OR error_mend LIKE '%press l%' OR error_mend LIKE '%: f')"
    ).fetchall()
    for number, hint, request in rows:
        for before, after in placed:
            hint = hint.replace(before, after)
        if hint.endswith(fresh):
            # Without earlier turns, a question already goes to a fresh instance.
            hint = hint.removesuffix(fresh) + (", or {fresh}" if _conversation(request) else "")
        db.execute("UPDATE answers SET error_mend = ? WHERE id = ?", (hint, number))


def _conversation(request: str) -> bool:
    """Return whether a stored request contains an earlier answer."""
    import json

    messages = json.loads(request).get("messages") or ()
    return any(message.get("role") == "assistant" for message in messages[:-1])


def _planned_numbers(db: sqlite3.Connection) -> None:
    """Before: whether the samples of the console were planned was lost when it closed."""
    db.execute("ALTER TABLE answers ADD COLUMN planned INTEGER")


def _labels_of_picked_answers(db: sqlite3.Connection) -> None:
    """Before: people labelled only answers that they chose themselves."""
    db.execute("ALTER TABLE labels ADD COLUMN question TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE labels ADD COLUMN seed INTEGER")


def _scores_of_sides(db: sqlite3.Connection) -> None:
    """Before: how likely the sides find an answer was computed for the screen and forgotten."""
    db.execute("ALTER TABLE answers ADD COLUMN scores BLOB")


def _families(db: sqlite3.Connection) -> None:
    """Before: only pairs were asked."""
    db.execute("ALTER TABLE sessions ADD COLUMN family TEXT")


def _registrations(db: sqlite3.Connection) -> None:
    """Before: nothing said what was planned before the answers were there."""
    db.execute("CREATE TABLE registrations (id TEXT PRIMARY KEY, created TEXT NOT NULL, file TEXT NOT NULL)")


STEPS: list[Callable[[sqlite3.Connection], None]] = [
    _first,
    _forms_and_labels,
    _runs,
    _found_again,
    _plain_timelines,
    _advice_for_any_place,
    _planned_numbers,
    _labels_of_picked_answers,
    _scores_of_sides,
    _families,
    _registrations,
]
"""Step n migrates a file from schema version n to n + 1."""


PATIENCE_SECONDS = 5.0
"""How long to wait for another program that is writing into the file."""


def connect(path: Path) -> sqlite3.Connection:
    """Open the store for one thread; create or migrate it if necessary. Raises StoreError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Create the file before SQLite does, so that nobody else can read it at any moment. An existing file is not
        # opened here: closing it would release all locks of this process on it.
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        db = sqlite3.connect(path, timeout=PATIENCE_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            _write_ahead(db)
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA foreign_keys = ON")
            _migrate(db, path)
        except BaseException:
            db.close()
            raise
    except (sqlite3.Error, OSError) as error:
        raise store_error(error, path) from error
    return db


@contextmanager
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """A transaction in the store: all of it or nothing. Raises StoreError."""
    with closing(connect(path)) as db:
        try:
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")
        except sqlite3.Error as error:
            raise store_error(error, path) from error
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")


def _write_ahead(db: sqlite3.Connection) -> None:
    """Switch to WAL, so that readers and a writer can work at once. Two processes that do this to a new file at the
    same moment get "locked" at once, whatever the timeout, so it is retried."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > until:
                raise
            time.sleep(0.02)


def _migrate(db: sqlite3.Connection, path: Path) -> None:
    if _version(db) == len(STEPS):
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        version = _version(db)
        if version > len(STEPS):
            raise StoreError(f"{path} was written by a newer diptych", "install that version or a newer one")
        for step in STEPS[version:]:
            step(db)
        db.execute(f"PRAGMA user_version = {len(STEPS)}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])
