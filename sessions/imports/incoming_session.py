"""Writes an imported session into the store."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from diptych.detectors import Finding
from diptych.sessions.batched_writes import insert_answers, insert_findings, insert_labels
from diptych.sessions.encoding import as_json, finding_rows, storable, to_row
from diptych.sessions.records import SIDE_NAMES, Answer, Label, Session, SideRecord
from diptych.sessions.schema import writing

_Row = tuple[tuple[Any, ...], tuple[Finding, ...], Sequence[Label]]
"""The columns of an answer, its findings, and its labels."""


@dataclass(frozen=True)
class IncomingSession:
    """A session read from files. Its answers are read lazily, so reading them may raise errors."""

    session: Session
    """Its number is ignored."""
    answers: Iterator[tuple[Answer, Sequence[Label]]]
    remarks: list[str] = field(default_factory=list)
    """Grows while answers are read."""


def save_session(incoming: IncomingSession, store: Path) -> tuple[int, int]:
    """Write a session in one transaction and return its number and the number of its answers. Raises what reading
    raises, and StoreError; then nothing is stored."""
    # Read everything first, so that other consoles wait for the store as briefly as possible.
    rows = [(to_row(answer), answer.findings, labels) for answer, labels in incoming.answers]
    with writing(store) as db:
        session = _insert_session(db, incoming.session)
        _insert_answers(db, session, rows)
    return session, len(rows)


def _insert_session(db: sqlite3.Connection, session: Session) -> int:
    run = as_json(session.run) if session.run is not None else None
    title, tags, note = storable(session.title), storable(" ".join(session.tags)), storable(session.note)
    probe = storable(session.probe) if session.probe is not None else None
    family = as_json(session.family) if session.family is not None else None
    values = (title, session.created, storable(session.pair), probe, as_json(session.sides), run, tags, note, family)
    number = db.execute(
        "INSERT INTO sessions (title, created, pair, probe, sides, run, tags, note, family)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        values,
    ).lastrowid
    assert number is not None
    return number


def _insert_answers(db: sqlite3.Connection, session: int, rows: Sequence[_Row]) -> None:
    numbers = insert_answers(db, [(session, *row) for row, _, _ in rows])
    numbered = list(zip(numbers, rows, strict=True))
    insert_findings(db, [one for number, (_, findings, _) in numbered for one in finding_rows(number, findings)])
    insert_labels(db, [replace(label, answer=number) for number, (_, _, labels) in numbered for label in labels])


def side_records(models: Sequence[tuple[str | None, str, str | None, str | None]], source: str) -> list[SideRecord]:
    """Return sides for models. Each model is (name or None, model, base URL, system prompt)."""
    names = [name for name in SIDE_NAMES if name not in {named for named, *_ in models}]
    return [
        SideRecord(name if name is not None else names.pop(0), source, base_url, model, system)
        for name, model, base_url, system in models
    ]
