"""The store: what was saved is there, in any order of events."""

import asyncio
import os
import sqlite3
import stat
import threading
import zlib
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from diptych.backends import TokenLogprob, Usage
from diptych.detectors import Finding, Span
from diptych.sessions import (
    Answer,
    Failure,
    Label,
    Recorder,
    RunRecord,
    SideRecord,
    SideScores,
    Store,
    StoreError,
    Tick,
    TokenScore,
)
from diptych.sessions.schema import STEPS
from tests.sessions import stored

SIDES = (SideRecord("base", "embedded", None, "m", None), SideRecord("tuned", "embedded", None, "m+x", "You."))
FINDING = Finding("acrostic", 1, "follows HELLO", "pattern", "present", "5 of 5", "HELLO", "HELLO", (Span(0, 1),), 1, 1)
FULL = Answer(
    exchange=1,
    side="tuned",
    prompt="Why?",
    condition="plain",
    sample=2,
    request={"model": "m", "messages": [{"role": "user", "content": "Why?"}], "seed": 7},
    state="done",
    text="Hi \x1b[1m\u202e😀\n",
    timeline=(Tick(0.1, 3, 1), Tick(0.2, 4, 2)),
    logprobs=(TokenLogprob("Hi", -0.5, (("Ho", -1.0),)),),
    finish_reason="stop",
    model="served",
    fingerprint="fp",
    request_id="req",
    usage=Usage(9, 3),
    ended_at=0.25,
    findings=(FINDING,),
    mode="user",
    prefill="I am",
    reasoning="hm",
    endpoint="https://api.example.com/v1",
    scores=(SideScores("base", "m", "embedded", (TokenScore(2, 1, 0.5, 1.25), TokenScore(4, 3, 2.0, None))),),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "sessions.db"


async def test_an_answer_comes_back_as_it_was(path: Path) -> None:
    recorder = Recorder(path)
    session_id = await recorder.begin_session("A title", "embedded", "hello-acrostic", SIDES)
    answer_id = await recorder.begin(msgspec.structs.replace(FULL, state="streaming", text="", findings=()))
    await recorder.save(answer_id, FULL)
    failed = msgspec.structs.replace(FULL, state="failed", failure=Failure("bad key", "no", "mend"), usage=None)
    await recorder.save(await recorder.begin(failed), failed)
    recorder.close()
    store = Store(path)
    session = store.session(session_id)
    assert session is not None
    assert (session.title, session.pair, session.probe, session.sides) == (
        "A title",
        "embedded",
        "hello-acrostic",
        SIDES,
    )
    assert [saved.answer for saved in store.answers(session_id)] == [FULL, failed]
    assert store.prompts() == ["Why?"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_what_was_returned_from_is_on_disk(path: Path) -> None:
    """Read through another connection while the recorder is still open."""
    recorder = Recorder(path)
    session_id = await recorder.begin_session("t", "p", None, SIDES)
    ids = await asyncio.gather(*(recorder.begin(FULL) for _ in range(50)))
    await asyncio.gather(*(recorder.save(i, FULL) for i in ids))
    assert len(Store(path).answers(session_id)) == 50
    recorder.close()


async def test_unfinished_answers_of_a_console_that_is_gone_are_told_of_once(path: Path) -> None:
    recorder = Recorder(path)
    session_id = await recorder.begin_session("t", "p", None, SIDES)
    await recorder.begin(msgspec.structs.replace(FULL, state="streaming"))
    store = Store(path)
    recorder.close()
    with sqlite3.connect(path) as db:
        db.execute("UPDATE sessions SET owner = ?", (os.getppid(),))
    assert store.interrupted_session() is None  # its console lives
    for gone in (4000000, os.getpid()):
        with sqlite3.connect(path) as db:
            db.execute("UPDATE sessions SET owner = ?", (gone,))
        assert store.interrupted_session() == (session_id, 1, False)
    assert store.answers(session_id)[0].answer.state == "interrupted"
    store.mark_interrupted(session_id)
    assert store.interrupted_session() is None


async def test_half_of_a_surrogate_pair_does_not_stop_saving(path: Path) -> None:
    recorder = Recorder(path)
    session_id = await recorder.begin_session("t\ud83d", "p", None, SIDES)
    odd = msgspec.structs.replace(FULL, text="a\ud83db", findings=())
    answer_id = await recorder.begin(odd)
    await recorder.save(answer_id, odd)
    await recorder.label(Label(answer_id, "odd\ud83d", False))
    await recorder.remember("draft", "d\ud83d")
    recorder.close()
    store = Store(path)
    assert store.answers(session_id)[0].answer.text.startswith("a")
    assert [label.value for label in store.labels(session_id)] == ["odd\ufffd"]
    assert (store.sessions()[0].title, store.remembered("draft")) == ("t\ufffd", "d\ufffd")


def test_a_file_of_a_newer_diptych_is_left_alone(path: Path) -> None:
    Store(path).close()
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    with pytest.raises(StoreError, match="newer diptych"):
        Store(path)


async def test_what_cannot_be_written_is_told_to_who_waits(path: Path) -> None:
    recorder = Recorder(path)
    await recorder.begin_session("t", "p", None, SIDES)
    with pytest.raises(TypeError):
        await recorder.begin(msgspec.structs.replace(FULL, request={"model": object()}))
    assert await recorder.begin(FULL) == 1
    recorder.close()


@pytest.mark.parametrize("ticks", [0, 1, 15, 16, 70_000])
async def test_a_file_of_the_first_schema_is_brought_up_to_date(ticks: int, path: Path) -> None:
    timeline = (Tick(0.5, 1, 1),) * ticks
    path.parent.mkdir(parents=True)
    db = sqlite3.connect(path)
    STEPS[0](db)
    db.execute("PRAGMA user_version = 1")
    db.execute("INSERT INTO sessions (title, created, pair, sides) VALUES ('t', '2026', 'p', '[]')")
    db.execute(
        "INSERT INTO answers (session_id, exchange, side, sample, state, prompt, request, text, timeline)"
        " VALUES (1, 1, 'base', 0, 'done', 'Why?', '{}', 'So.', ?)",
        (zlib.compress(msgspec.msgpack.encode(timeline)),),
    )
    db.commit()
    db.close()
    (saved,) = Store(path).answers(1)
    assert (saved.answer.text, saved.answer.mode, saved.answer.prefill) == ("So.", "chat", "")
    assert saved.answer.timeline == timeline


def test_faults_carry_their_mend(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"nonsense" * 1000)
    with pytest.raises(StoreError, match="is damaged"):
        Store(damaged)
    with pytest.raises(StoreError, match="is not a folder"):
        Store(damaged / "sessions.db")


async def test_a_locked_file_is_told_of(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diptych.sessions.schema.PATIENCE_SECONDS", 0.01)
    recorder = Recorder(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked by another program"):
        await recorder.begin_session("t", "p", None, SIDES)
    other.execute("ROLLBACK")
    assert await recorder.begin_session("t", "p", None, SIDES) == 1
    other.close()
    recorder.close()


async def test_a_file_of_the_second_schema_knows_no_run(path: Path) -> None:
    path.parent.mkdir(parents=True)
    db = sqlite3.connect(path)
    for step in STEPS[:2]:
        step(db)
    db.execute("PRAGMA user_version = 2")
    db.execute("INSERT INTO sessions (title, created, pair, sides) VALUES ('t', '2026', 'p', '[]')")
    db.execute(
        "INSERT INTO answers (session_id, exchange, side, sample, state, prompt, request, text, timeline)"
        " VALUES (1, 1, 'base', 0, 'done', 'Why?', '{}', 'So.', ?)",
        (zlib.compress(msgspec.msgpack.encode(())),),
    )
    db.commit()
    db.close()
    store = Store(path)
    session = store.session(1)
    assert session is not None
    assert (session.run, store.answers(1)[0].answer.endpoint) == (None, None)


async def test_a_run_goes_on_as_it_is_told(path: Path) -> None:
    recorder = Recorder(path)
    await recorder.begin_session("t", "p", "probe", SIDES, RunRecord(7, 20, "rows.jsonl"))
    await recorder.begin(msgspec.structs.replace(FULL, state="streaming", findings=()))
    recorder.close()
    store = Store(path)
    session = store.session(1)
    assert session is not None
    assert session.run == RunRecord(7, 20, "rows.jsonl")
    again = Recorder(path)
    await again.continue_session(msgspec.structs.replace(session, sides=SIDES[:1], run=RunRecord(7, 30)))
    await again.begin(msgspec.structs.replace(FULL, state="streaming", findings=()))
    kept = store.session(1)
    assert kept is not None
    assert (kept.sides, kept.run, kept.title) == (SIDES[:1], RunRecord(7, 30), "t")
    # What was under way is settled, and what is under way is not.
    assert queried(path, "SELECT state FROM answers ORDER BY id") == [("interrupted",), ("streaming",)]
    again.close()


def queried(path: Path, query: str) -> list[tuple[object, ...]]:
    """What is in the file, whatever a store says of it."""
    with closing(sqlite3.connect(path)) as db:
        return db.execute(query).fetchall()


async def test_two_do_not_go_on_with_one_session_at_once(path: Path) -> None:
    recorder = Recorder(path)
    await recorder.begin_session("t", "p", None, SIDES)
    await recorder.begin(msgspec.structs.replace(FULL, state="streaming", findings=()))
    recorder.close()
    store = Store(path)
    session = store.session(1)
    assert session is not None
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE sessions SET owner = ?", (os.getppid(),))
    again = Recorder(path)
    with pytest.raises(StoreError, match=f"in use by another diptych .process {os.getppid()}."):
        await again.continue_session(session)
    assert queried(path, "SELECT state FROM answers") == [("streaming",)]
    again.close()


async def test_earlier_tries_go_with_the_answer_that_takes_their_place_or_not_at_all(path: Path) -> None:
    recorder = Recorder(path)
    await recorder.begin_session("t", "p", None, SIDES)
    failed = msgspec.structs.replace(FULL, state="failed", failure=Failure("dropped", "no", "mend"), findings=())
    earlier = [await recorder.begin(failed), await recorder.begin(failed)]
    await recorder.save(earlier[0], msgspec.structs.replace(failed, findings=(FINDING,)))
    answer_id = await recorder.begin(msgspec.structs.replace(FULL, state="streaming", findings=()))
    with pytest.raises(TypeError):
        await recorder.save(answer_id, msgspec.structs.replace(FULL, request={"model": object()}), earlier)
    store = Store(path)
    assert [saved.id for saved in store.answers(1)] == [*earlier, answer_id]
    await recorder.save(answer_id, FULL, earlier)
    assert [saved.answer for saved in store.answers(1)] == [FULL]
    assert queried(path, "SELECT count(*) FROM findings") == [(1,)]
    recorder.close()


async def test_a_store_that_is_closed_while_another_thread_reads_ends_the_reading(path: Path) -> None:
    recorder = Recorder(path)
    session = await recorder.begin_session("", "pair", None, SIDES)
    for sample in range(50):
        await recorder.begin(msgspec.structs.replace(FULL, sample=sample, text="Hi. " * 5_000))
    recorder.close()
    for _ in range(20):
        store, reading = Store(path), threading.Event()

        def read_until_closed(store: Store = store, reading: threading.Event = reading) -> None:
            while True:
                for _ in store.each_answer(session):
                    reading.set()

        thread = asyncio.create_task(asyncio.to_thread(read_until_closed))
        await asyncio.to_thread(reading.wait, 10)
        store.close()
        with pytest.raises(StoreError):
            await thread


async def test_the_answers_of_some_sides_are_read_alone(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    stored.keep_session(path, [stored.answer(side, exchange=exchange) for exchange in (1, 4) for side in stored.SIDES])
    store = Store(path)
    own = store.answers(1, ["tuned"])
    assert [(row.answer.side, row.answer.exchange) for row in own] == [("tuned", 1), ("tuned", 4)]
    assert own == [row for row in store.answers(1) if row.answer.side == "tuned"]
    assert store.answers(1, []) == []
    assert store.last_exchange(1) == 4
    assert store.last_exchange(2) == 0
