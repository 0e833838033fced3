"""Writes answers in batches: one statement for all waiting writes of a kind.

A thread that runs a statement lets the others work meanwhile, but waits for its turn before the next statement. Next to
a busy event loop that takes 5 ms each time, more than ten times as long as the statement itself.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any, Protocol

from diptych.sessions.encoding import COLUMNS, FINDING_COLUMNS, finding_rows, now, storable, to_row
from diptych.sessions.records import Answer, Label

_MOST = 100
"""Rows in one statement."""


class Write(Protocol):
    """One kind of write."""

    @classmethod
    def all(cls, db: sqlite3.Connection, writes: Sequence[Any]) -> Sequence[Any]:
        """Run several writes of this kind in order and return the result of each."""
        ...


@dataclass(frozen=True)
class Begin:
    """Stores an answer that was just requested. Returns its number."""

    session: int
    answer: Answer

    @classmethod
    def all(cls, db: sqlite3.Connection, writes: Sequence["Begin"]) -> Sequence[int]:
        """Insert one row for each."""
        return insert_answers(db, [(write.session, *to_row(write.answer)) for write in writes])


@dataclass(frozen=True)
class Save:
    """Stores the current state of an answer, finished ones with their findings, and deletes earlier tries that it
    replaces."""

    id: int
    answer: Answer
    in_place_of: Sequence[int]

    @classmethod
    def all(cls, db: sqlite3.Connection, writes: Sequence["Save"]) -> Sequence[None]:
        """Update the rows. If an answer is written twice, the last state counts."""
        newest = {write.id: write for write in writes}.values()
        gone = [(earlier,) for write in newest for earlier in write.in_place_of]
        if gone:
            db.executemany("DELETE FROM answers WHERE id = ?", gone)
        _execute(db, _update_answers, [(write.id, *to_row(write.answer)) for write in newest])
        insert_findings(db, [row for write in newest for row in finding_rows(write.id, write.answer.findings)])
        return [None] * len(writes)


@dataclass(frozen=True)
class Work:
    """Any other write; returns what its function returns."""

    do: Callable[[sqlite3.Connection], Any]

    @classmethod
    def all(cls, db: sqlite3.Connection, writes: Sequence["Work"]) -> Sequence[Any]:
        """Run one after the other."""
        return [write.do(db) for write in writes]


def insert_answers(db: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> range:
    """Add answers within a transaction and return their numbers. Each row is the session and the values of to_row."""
    last = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'answers'").fetchone()
    first = 1 + (last[0] if last is not None else 0)
    numbers = range(first, first + len(rows))
    _execute(db, _insert_answers, [(number, *row) for number, row in zip(numbers, rows, strict=True)])
    return numbers


def insert_findings(db: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Add findings, as rows of finding_rows."""
    _execute(db, _insert_findings, rows)


def insert_labels(db: sqlite3.Connection, labels: Sequence[Label]) -> None:
    """Add labels of people. What someone says of a picked answer replaces what was said of the same measure before."""
    at = now()
    asked = [(label.answer, label.question) for label in labels if label.question]
    db.executemany("DELETE FROM labels WHERE answer_id = ? AND question = ?", asked)
    db.executemany(
        "INSERT INTO labels (answer_id, value, blind, created, question, seed) VALUES (?, ?, ?, ?, ?, ?)",
        (
            (label.answer, storable(label.value), label.blind, at, storable(label.question), label.seed)
            for label in labels
        ),
    )


def _execute(db: sqlite3.Connection, statement: Callable[[int], str], rows: Sequence[tuple[Any, ...]]) -> None:
    for at in range(0, len(rows), _MOST):
        some = rows[at : at + _MOST]
        db.execute(statement(len(some)), tuple(chain.from_iterable(some)))


@lru_cache(maxsize=_MOST)
def _insert_answers(count: int) -> str:
    return f"INSERT INTO answers (id, session_id, {', '.join(COLUMNS)}) {_values(2 + len(COLUMNS), count)}"


@lru_cache(maxsize=_MOST)
def _update_answers(count: int) -> str:
    assigned = ", ".join(f"{name} = new.column{number}" for number, name in enumerate(COLUMNS, 2))
    return f"UPDATE answers SET {assigned} FROM ({_values(1 + len(COLUMNS), count)}) AS new WHERE id = new.column1"  # noqa: S608


@lru_cache(maxsize=_MOST)
def _insert_findings(count: int) -> str:
    return f"INSERT INTO findings ({', '.join(FINDING_COLUMNS)}) {_values(len(FINDING_COLUMNS), count)}"


def _values(columns: int, rows: int) -> str:
    row = f"({', '.join('?' * columns)})"
    return f"VALUES {', '.join([row] * rows)}"
