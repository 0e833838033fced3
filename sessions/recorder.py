"""Writes a session into the store: one thread, one transaction for all waiting writes."""

import asyncio
import os
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from diptych.detectors import Finding
from diptych.sessions.batched_writes import Begin, Save, Work, Write, insert_findings, insert_labels
from diptych.sessions.encoding import as_json, finding_rows, now, scores_column, storable
from diptych.sessions.records import Answer, FamilyRecord, Label, RunRecord, Session, SideRecord
from diptych.sessions.schema import connect
from diptych.sessions.session_lock import refuse_if_in_use
from diptych.sessions.store_errors import StoreError, store_error

_INTERRUPT = "UPDATE answers SET state = 'interrupted' WHERE session_id = ? AND state = 'streaming'"


class Recorder:
    """Writes one session as it happens. When a method has returned, its data is on disk."""

    def __init__(self, path: Path) -> None:
        """Open the store. Raises StoreError."""
        self._path = path
        self._db = connect(path)
        self._queue: SimpleQueue[tuple[Write, asyncio.Future[Any]] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._write_all, name="recorder", daemon=True)
        self._thread.start()
        self._session: int | None = None

    @property
    def path(self) -> Path:
        """The file of the store."""
        return self._path

    @property
    def session(self) -> int | None:
        """The number of the session, once it exists."""
        return self._session

    async def begin_session(
        self,
        title: str,
        pair: str,
        probe: str | None,
        sides: tuple[SideRecord, ...],
        run: RunRecord | None = None,
        family: FamilyRecord | None = None,
    ) -> int:
        """Begin a new session of a run or of the console, and return its number. Raises StoreError."""
        values = (
            storable(title),
            now(),
            pair,
            probe,
            as_json(sides),
            os.getpid(),
            as_json(run) if run is not None else None,
            as_json(family) if family is not None else None,
        )

        def work(db: sqlite3.Connection) -> int | None:
            return db.execute(
                "INSERT INTO sessions (title, created, pair, probe, sides, owner, run, family)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                values,
            ).lastrowid

        self._session = await self._do(work)
        assert self._session is not None
        return self._session

    async def continue_session(self, session: Session) -> None:
        """Continue an existing session with the sides and the run given here. Its unfinished answers are marked as
        interrupted. Raises StoreError, also if another diptych is writing answers into it."""
        self._session = session.id
        run = as_json(session.run) if session.run is not None else None
        values = (os.getpid(), as_json(session.sides), run, session.id)

        def work(db: sqlite3.Connection) -> None:
            refuse_if_in_use(db, session.id, except_pid=os.getpid())
            db.execute("UPDATE sessions SET owner = ?, sides = ?, run = ? WHERE id = ?", values)
            db.execute(_INTERRUPT, (session.id,))

        await self._do(work)

    def end_session(self) -> None:
        """Stop writing into this session. begin_session begins the next one."""
        self._session = None

    async def begin(self, answer: Answer) -> int:
        """Store an answer that was just requested, and return its number. Raises StoreError."""
        assert self._session is not None, "begin_session or continue_session comes first"
        return int(await self._write(Begin(self._session, answer)))

    async def save(self, answer_id: int, answer: Answer, in_place_of: Sequence[int] = ()) -> None:
        """Store the current state of an answer: unfinished, or finished with its findings. Earlier tries that it
        replaces are deleted in the same transaction. Raises StoreError."""
        await self._write(Save(answer_id, answer, in_place_of))

    async def add_findings(self, answer_id: int, findings: Sequence[Finding]) -> None:
        """Store the findings of a judge for a finished answer, in place of earlier findings of the same judge. New
        findings of detectors go through `supersede`, which keeps the old ones. Raises StoreError."""

        def work(db: sqlite3.Connection) -> None:
            earlier = {(answer_id, finding.detector) for finding in findings}
            db.executemany("DELETE FROM findings WHERE answer_id = ? AND detector = ?", earlier)
            insert_findings(db, finding_rows(answer_id, tuple(findings)))

        await self._do(work)

    async def keep_scores(self, answer_id: int, answer: Answer, detectors: Collection[str]) -> None:
        """Store the scores of a finished answer, and its findings of these `detectors` in place of their earlier ones.
        Raises StoreError."""
        scores = scores_column(answer.scores)
        findings = tuple(finding for finding in answer.findings if finding.detector in detectors)

        def work(db: sqlite3.Connection) -> None:
            db.execute("UPDATE answers SET scores = ? WHERE id = ?", (scores, answer_id))
            earlier = [(answer_id, storable(detector)) for detector in detectors]
            db.executemany("DELETE FROM findings WHERE answer_id = ? AND detector = ?", earlier)
            insert_findings(db, finding_rows(answer_id, findings))

        await self._do(work)

    async def replace_findings(self, detector: str, found: Mapping[int, Sequence[Finding]]) -> None:
        """Store new findings of a detector, by the numbers of the answers. Its earlier findings in the session stay but
        no longer count. Raises StoreError."""
        session, at = self._session, now()

        def work(db: sqlite3.Connection) -> None:
            db.execute(
                "UPDATE findings SET superseded = ? WHERE detector = ? AND superseded IS NULL"
                " AND answer_id IN (SELECT id FROM answers WHERE session_id = ?)",
                (at, detector, session),
            )
            for answer, findings in found.items():
                insert_findings(db, finding_rows(answer, tuple(findings)))

        await self._do(work)

    async def label(self, label: Label) -> None:
        """Store a label of a person. Raises StoreError."""
        await self._do(lambda db: insert_labels(db, [label]))

    async def remember(self, key: str, value: str) -> None:
        """Store a value for the next start. Raises StoreError."""
        await self._do(lambda db: db.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (key, storable(value))))

    def close(self) -> None:
        """Finish all waiting writes and stop."""
        self._queue.put(None)
        self._thread.join()
        self._db.close()

    async def _do(self, work: Callable[[sqlite3.Connection], Any]) -> Any:
        return await self._write(Work(work))

    async def _write(self, write: Write) -> Any:
        future = asyncio.get_running_loop().create_future()
        self._queue.put((write, future))
        return await future

    def _write_all(self) -> None:
        while (first := self._queue.get()) is not None:
            batch = [first]
            ended = False
            while not self._queue.empty() and not ended:
                following = self._queue.get()
                ended = following is None
                if following is not None:
                    batch.append(following)
            self._commit(batch)
            if ended:
                return

    def _commit(self, batch: list[tuple[Write, asyncio.Future[Any]]]) -> None:
        """Write the whole batch in one transaction, so that the disk is waited for once."""
        results: list[Any] = []
        failure: Exception | None = None
        try:
            self._db.execute("BEGIN IMMEDIATE")
            for _, some in groupby((write for write, _ in batch), key=type):
                same = list(some)
                results += same[0].all(self._db, same)
            self._db.execute("COMMIT")
        except Exception as error:
            # Whatever the error is, the callers get it, and the thread goes on.
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            failure = store_error(error, self._path) if isinstance(error, sqlite3.Error) else error
        _resolve([future for _, future in batch], results, failure)


class ReadOnlyRecorder(Recorder):
    """A recorder for a replay: it refuses to write."""

    def __init__(self, path: Path, session: int | None) -> None:
        """`session`: the number of the session that is read; None if it is in no store."""
        self._path = path
        self._session = session

    def close(self) -> None:
        """Do nothing: there is no thread to stop."""

    async def _write(self, write: Write) -> Any:
        raise StoreError("a replay stores nothing", "open the session itself")


def _resolve(futures: Sequence[asyncio.Future[Any]], results: Sequence[Any], failure: Exception | None) -> None:
    """Wake the callers, all callers of one loop at once."""

    def settle(of: Sequence[tuple[asyncio.Future[Any], Any]]) -> None:
        for future, result in of:
            if future.done():
                continue
            if failure is None:
                future.set_result(result)
            else:
                future.set_exception(failure)

    waiting: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any]]] = defaultdict(list)
    for future, result in zip(futures, results if failure is None else [None] * len(futures), strict=True):
        waiting[future.get_loop()].append((future, result))
    for loop, of in waiting.items():
        # A closed loop raises: nobody waits there any more, and the transaction is over.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, of)
