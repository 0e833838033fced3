"""A session on its way into the store."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from sessions.errors import of_sqlite
from sessions.rows import INSERT, INSERT_FINDING, finding_rows, storable, to_row
from sessions.schema import connect
from sessions.types import Answer, Label, Session, SideRecord

SIDES = ("base", "tuned", "control", "control-2")
"""The names of sides that come without one."""


@dataclass(frozen=True)
class Incoming:
    """What was read of files. Answers are read as they are kept, so that errors may come then."""

    session: Session
    """Its number does not count."""
    answers: Iterator[tuple[Answer, Sequence[Label]]]
    remarks: list[str] = field(default_factory=list)
    """Grows while answers are read."""


def keep(incoming: Incoming, store: Path) -> tuple[int, int]:
    """Write a session in one transaction; returns its number and how many answers it has. Raises what reading raises,
    and StoreError; then nothing is kept."""
    with closing(connect(store)) as db:
        try:
            db.execute("BEGIN IMMEDIATE")
            session = _insert_session(db, incoming.session)
            count = 0
            for answer, labels in incoming.answers:
                _insert_answer(db, session, answer, labels)
                count += 1
            db.execute("COMMIT")
        except sqlite3.Error as error:
            raise of_sqlite(error, store) from error
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")
    return session, count


def _insert_session(db: sqlite3.Connection, session: Session) -> int:
    run = msgspec.json.encode(session.run).decode() if session.run is not None else None
    sides = msgspec.json.encode(session.sides).decode()
    values = (storable(session.title), session.created, storable(session.pair), session.probe, sides, run)
    number = db.execute(
        "INSERT INTO sessions (title, created, pair, probe, sides, run) VALUES (?, ?, ?, ?, ?, ?)", values
    ).lastrowid
    assert number is not None
    return number


def _insert_answer(db: sqlite3.Connection, session: int, answer: Answer, labels: Sequence[Label]) -> None:
    number = db.execute(INSERT, (session, *to_row(answer))).lastrowid
    assert number is not None
    db.executemany(INSERT_FINDING, finding_rows(number, answer.findings))
    now = datetime.now(UTC).isoformat(timespec="seconds")
    db.executemany(
        "INSERT INTO labels VALUES (?, ?, ?, ?)", [(number, label.value, label.blind, now) for label in labels]
    )


def side_records(models: Sequence[tuple[str | None, str, str | None, str | None]], source: str) -> list[SideRecord]:
    """Sides for models, each a name if it has one, a model, a base URL and a system prompt."""
    names = [name for name in SIDES if name not in {named for named, *_ in models}]
    return [
        SideRecord(name if name is not None else names.pop(0), source, base_url, model, system)
        for name, model, base_url, system in models
    ]
