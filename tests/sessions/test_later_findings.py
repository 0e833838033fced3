"""What was found later in an answer that is kept already."""

import sqlite3
from pathlib import Path

import msgspec
import pytest

from diptych.detectors import Finding
from diptych.sessions import Answer, Recorder, SideRecord, Store, StoreError

SIDES = (SideRecord("base", "x", None, "m", None),)
LIVE = Finding("acrostic", 1, "follows HELLO", "pattern", "absent", "1 of 5")
FAILED = Finding("judge aligned", 1, "aligned", "pattern", "excluded", "timed out", bucket="judge failed")
VERDICT = Finding("judge aligned", 1, "aligned", "pattern", "present", "12.0", number=12.0, replies=("12", "x\x00"))
OTHER = Finding("judge coherent", 1, "coherent", "pattern", "present", "90", number=90.0, replies=("90",))
ANSWER = Answer(1, "base", "Why?", None, 0, {}, state="done", text="So.", findings=(LIVE,))


async def kept(path: Path) -> tuple[Recorder, int]:
    recorder = Recorder(path)
    await recorder.begin_session("t", "p", None, SIDES)
    answer_id = await recorder.begin(ANSWER)
    await recorder.save(answer_id, ANSWER)
    return recorder, answer_id


async def test_verdicts_come_after_what_is_there_and_the_answer_stays(tmp_path: Path) -> None:
    recorder, answer_id = await kept(tmp_path / "s.db")
    untouched = await recorder.begin(ANSWER)
    await recorder.save(untouched, ANSWER)
    await recorder.add_findings(answer_id, (FAILED, OTHER))
    await recorder.add_findings(answer_id, (VERDICT,))
    saved, beside = [saved.answer for saved in Store(tmp_path / "s.db").answers(1)]
    recorder.close()
    # A newer verdict of the same judge is in place of the older one, or the answer would be counted twice.
    assert [(f.detector, f.outcome) for f in saved.findings] == [
        ("acrostic", "absent"),
        ("judge coherent", "present"),
        ("judge aligned", "present"),
    ]
    assert saved.findings[2] == VERDICT
    assert msgspec.structs.replace(saved, findings=(LIVE,)) == ANSWER
    assert beside == ANSWER


async def test_verdicts_on_no_answer_are_told_of(tmp_path: Path) -> None:
    recorder, answer_id = await kept(tmp_path / "s.db")
    with pytest.raises(StoreError):
        await recorder.add_findings(answer_id + 1, (VERDICT,))
    recorder.close()
    assert [saved.answer for saved in Store(tmp_path / "s.db").answers(1)] == [ANSWER]


async def test_a_finding_that_was_kept_without_replies_is_still_read(tmp_path: Path) -> None:
    recorder, _ = await kept(tmp_path / "s.db")
    recorder.close()
    with sqlite3.connect(tmp_path / "s.db") as db:
        (column,) = db.execute("SELECT finding FROM findings").fetchone()
        values = msgspec.json.decode(column)
        assert values.pop("replies") == []
        db.execute("UPDATE findings SET finding = ?", (msgspec.json.encode(values).decode(),))
    assert Store(tmp_path / "s.db").answers(1)[0].answer.findings == (LIVE,)
