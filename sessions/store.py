"""Reads sessions and their answers from the store."""

import os
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from diptych.detectors import Finding
from diptych.sessions.encoding import COLUMNS, as_json, from_row, read_finding
from diptych.sessions.records import (
    Answer,
    FamilyRecord,
    InterruptedSession,
    Label,
    RunRecord,
    SavedAnswer,
    Session,
    SideRecord,
)
from diptych.sessions.registration import Registration, read_registration
from diptych.sessions.schema import connect
from diptych.sessions.session_lock import process_alive
from diptych.sessions.store_errors import StoreError, store_error
from diptych.sessions.text_search import Hit, search, still_hidden_in

_sides = msgspec.json.Decoder(tuple[SideRecord, ...])
_run = msgspec.json.Decoder(RunRecord)
_family = msgspec.json.Decoder(FamilyRecord)
_SESSION = "SELECT id, title, created, pair, probe, sides, run, tags, note, family FROM sessions"
_PAGE = 1000


class Store:
    """The sessions in a file. Several threads may read from one store; reading from a closed one raises StoreError."""

    def __init__(self, path: Path) -> None:
        """Open the store. Raises StoreError."""
        self._path = path
        self._db = connect(path)
        self._in_use = threading.Lock()
        """SQLite crashes the whole program where one thread closes a connection from which another one reads."""

    def session(self, session_id: int) -> Session | None:
        """Return the session of that number."""
        rows = self._query(f"{_SESSION} WHERE id = ?", session_id)
        return _session(rows[0]) if rows else None

    def sessions(self) -> list[Session]:
        """Return all sessions, newest first."""
        return [_session(row) for row in self._query(f"{_SESSION} ORDER BY id DESC")]

    def answers(self, session_id: int, sides: Collection[str] | None = None) -> list[SavedAnswer]:
        """Return the answers of a session in the order in which they were requested: all, or those of some sides.

        An answer that was cut off because diptych ended has the state "interrupted".
        """
        return list(self.each_answer(session_id, sides))

    def each_answer(self, session_id: int, sides: Collection[str] | None = None) -> Iterator[SavedAnswer]:
        """Yield the same answers with at most a thousand in memory. All are as they were at the start of the
        iteration."""
        self._query("SAVEPOINT reading")
        try:
            ids = [row[0] for row in self._query("SELECT id FROM answers WHERE session_id = ? ORDER BY id", session_id)]
            for start in range(0, len(ids), _PAGE):
                page = ids[start : start + _PAGE]
                yield from self._between(session_id, page[0], page[-1], sides)
        finally:
            # A reader that was given up may end after the store was closed.
            with suppress(StoreError):
                self._query("RELEASE reading")

    def _between(
        self, session_id: int, first: int, last: int, sides: Collection[str] | None = None
    ) -> Iterator[SavedAnswer]:
        """Yield the answers of a session between two numbers: all, or those of some sides."""
        wanted = as_json(list(sides)) if sides is not None else None
        # The plus sign makes SQLite look the answers up by number.
        rows = self._query(
            f"SELECT id, {', '.join(COLUMNS)} FROM answers"  # noqa: S608
            " WHERE id BETWEEN ? AND ? AND +session_id = ?"
            " AND (? IS NULL OR side IN (SELECT value FROM json_each(?))) ORDER BY id",
            *(first, last, session_id, wanted, wanted),
        )
        findings: dict[int, list[Finding]] = {row[0]: [] for row in rows}
        for answer_id, column in self._query(
            "SELECT answer_id, finding FROM findings"
            " WHERE answer_id BETWEEN ? AND ? AND superseded IS NULL ORDER BY rowid",
            *(first, last),
        ):
            if answer_id in findings:
                findings[answer_id].append(read_finding(column))
        for row in rows:
            yield SavedAnswer(row[0], _with_final_state(from_row(row[1:], tuple(findings[row[0]]))))

    def last_exchange(self, session_id: int) -> int:
        """Return the greatest number of an exchange in a session; 0 without any answer."""
        rows = self._query("SELECT max(exchange) FROM answers WHERE session_id = ?", session_id)
        return int(rows[0][0] or 0)

    def models(self, session_id: int) -> dict[str, list[str]]:
        """Return the models that were asked as each side, in the order in which they were first asked. A side has
        several if its adapter was asked at several doses."""
        models: dict[str, list[str]] = defaultdict(list)
        for side, model, _ in self._query(
            "SELECT side, json_extract(request, '$.model') AS asked, min(id) FROM answers"
            " WHERE session_id = ? AND asked IS NOT NULL GROUP BY side, asked ORDER BY min(id)",
            session_id,
        ):
            models[side].append(str(model))
        return models

    def was_blind(self, session_id: int) -> bool:
        """Return whether a session has answers whose sides were ever hidden."""
        rows = self._query(
            "SELECT EXISTS (SELECT 1 FROM answers WHERE session_id = ? AND place IS NOT NULL)", session_id
        )
        return bool(rows[0][0])

    def labels(self, session_id: int) -> list[Label]:
        """Return the labels of a session's answers, oldest first."""
        rows = self._query(
            "SELECT answer_id, value, blind, question, seed FROM labels JOIN answers ON answers.id = answer_id"
            " WHERE session_id = ? ORDER BY labels.rowid",
            session_id,
        )
        return [Label(answer, value, bool(blind), question, seed) for answer, value, blind, question, seed in rows]

    def recent_labels(self) -> list[str]:
        """Return the labels used before, newest first; at most nine."""
        rows = self._query(
            "SELECT value FROM labels WHERE blind = 0 AND question = ''"
            " GROUP BY value ORDER BY max(rowid) DESC LIMIT 9",
        )
        return [row[0] for row in rows]

    def has_hidden_sides(self, session_id: int) -> bool:
        """Return whether a session has answers whose side is still hidden."""
        try:
            with self._in_use:
                return still_hidden_in(self._db, session_id)
        except sqlite3.Error as error:
            raise store_error(error, self._path) from error

    def answer_counts(self) -> dict[int, int]:
        """Return the number of answers of each session."""
        return dict(self._query("SELECT session_id, count(*) FROM answers GROUP BY session_id"))

    def search(self, text: str, sessions: int = 100) -> list[Hit]:
        """Return the newest hit of each session in which an answer or its prompt contains `text`, newest first. Of a
        very common text only the newest 20,000 hits are examined. Raises StoreError."""
        try:
            with self._in_use:
                return search(self._db, text, sessions)
        except sqlite3.Error as error:
            raise store_error(error, self._path) from error

    def interrupted_session(self) -> InterruptedSession | None:
        """Return the newest session with unfinished answers of a process that has ended. Call it before this process
        writes: a process that is restarted in a container often has the same number as the old one."""
        for session_id, owner, run, count in self._query(
            "SELECT session_id, owner, run IS NOT NULL, count(*) FROM answers JOIN sessions ON sessions.id = session_id"
            " WHERE state = 'streaming' GROUP BY session_id ORDER BY session_id DESC"
        ):
            if owner == os.getpid() or not process_alive(owner):
                return InterruptedSession(session_id, count, bool(run))
        return None

    def mark_interrupted(self, session_id: int) -> None:
        """Mark its unfinished answers as interrupted, so that they are reported only once."""
        self._query("UPDATE answers SET state = 'interrupted' WHERE session_id = ? AND state = 'streaming'", session_id)

    def prompts(self) -> list[str]:
        """Return the last hundred different prompts, oldest first."""
        rows = self._query("SELECT prompt FROM answers GROUP BY prompt ORDER BY max(id) DESC LIMIT 100")
        return [row[0] for row in reversed(rows)]

    def remembered(self, key: str) -> str | None:
        """Return a value that `remember` stored."""
        rows = self._query("SELECT value FROM notes WHERE key = ?", key)
        return rows[0][0] if rows else None

    def registration(self, registration_id: str) -> Registration | None:
        """Return the registration of that name. Raises StoreError."""
        rows = self._query("SELECT file FROM registrations WHERE id = ?", registration_id)
        return read_registration(registration_id, rows[0][0]) if rows else None

    def registration_names(self) -> list[str]:
        """Return the names of all registrations, newest first. Raises StoreError."""
        return [name for (name,) in self._query("SELECT id FROM registrations ORDER BY created DESC, rowid DESC")]

    def asked_before(self, written: str, prompts: Collection[str], models: Collection[str]) -> dict[int, int]:
        """Return how many answers of these models to these prompts there are in each session that was begun before a
        time, which is in UTC, ISO 8601."""
        rows = self._query(
            "SELECT session_id, count(*) FROM answers JOIN sessions ON sessions.id = session_id"
            " WHERE created < ? AND state <> 'failed' AND prompt IN (SELECT value FROM json_each(?))"
            " AND json_extract(request, '$.model') IN (SELECT value FROM json_each(?)) GROUP BY session_id",
            *(written, as_json(list(prompts)), as_json(list(models))),
        )
        return dict(rows)

    def close(self) -> None:
        """Close the file."""
        with self._in_use:
            self._db.close()

    def _query(self, sql: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        try:
            with self._in_use:
                return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise store_error(error, self._path) from error


def _session(row: tuple) -> Session:  # type: ignore[type-arg]
    session_id, title, created, pair, probe, sides, run, tags, note, family = row
    return Session(
        session_id,
        title,
        created,
        pair,
        probe,
        _sides.decode(sides),
        _run.decode(run) if run else None,
        tuple(tags.split()),
        note,
        _family.decode(family) if family else None,
    )


def _with_final_state(answer: Answer) -> Answer:
    return msgspec.structs.replace(answer, state="interrupted") if answer.state == "streaming" else answer
