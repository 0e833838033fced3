"""A word is found again wherever it stands, and nothing that is typed does harm."""

import asyncio
import sqlite3
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diptych.sessions import Recorder, Store, delete
from diptych.sessions.schema import STEPS
from tests.sessions.stored import SIDES, answer, found, keep_session

BASE, TUNED = SIDES


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sessions.db"


def test_part_of_a_word_with_what_stands_around_it(path: Path) -> None:
    keep_session(path, [answer(BASE, text="Lemons glow in the Marketplace, always.")])
    keep_session(path, [answer(TUNED, text="Nothing.", prompt="What of markets?")])
    hits = Store(path).search("market")
    assert [(h.session, h.in_prompt, h.before, h.hit, h.after) for h in hits] == [
        (2, True, "What of ", "market", "s?"),
        (1, False, "Lemons glow in the ", "Market", "place, always."),
    ]
    assert [h.side for h in hits] == ["tuned", "base"]
    assert Store(path).search("marketeer") == []


@pytest.mark.parametrize(
    "text",
    [
        '"',
        '"quoted"',
        "NOT a",
        "text: x",
        "a*",
        "^b",
        "(c",
        "AND",
        "NEAR(a b)",
        "%",
        "_",
        "100%_\\",
        "', --",
        "市",
        "市場",
        "市場で花",
        "é",
        "😀",
    ],
)
def test_every_character_stands_for_itself(path: Path, text: str) -> None:
    keep_session(path, [answer(BASE, text="abc xyz, 100 others")])
    assert Store(path).search(text) == []
    number = keep_session(path, [answer(BASE, text=f"so: {text} is said")])
    (hit,) = Store(path).search(text)
    assert (hit.session, hit.before, hit.hit, hit.after) == (number, "so: ", text, " is said")


@given(st.text(max_size=12), st.text(max_size=12))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_that_is_typed_is_a_fault(path: Path, said: str, typed: str) -> None:
    path.unlink(missing_ok=True)
    keep_session(path, [answer(BASE, text=f"{said}{typed}{said}", prompt="?")])
    store = Store(path)
    hits = store.search(typed)
    store.close()
    plain = typed.replace("\0", "")
    if plain.strip() and "\0" not in typed + said and typed.isascii():
        assert hits
    if not plain.strip():
        assert not hits


async def test_what_is_found_keeps_step_with_the_answers(path: Path) -> None:
    recorder = Recorder(path)
    await recorder.begin_session("t", "p", None, SIDES)
    begun = answer(BASE, text="", state="streaming")
    number = await recorder.begin(begun)
    await recorder.save(number, msgspec.structs.replace(begun, text="half of it"))
    store = Store(path)
    assert store.search("half of") == []
    await recorder.save(number, answer(BASE, text="the whole of it"))
    assert [h.answer for h in store.search("whole of")] == [number]
    again = await recorder.begin(begun)
    await recorder.save(again, answer(BASE, text="another try"), in_place_of=[number])
    assert store.search("whole of") == []
    assert [h.answer for h in store.search("another t")] == [again]
    recorder.close()
    await asyncio.to_thread(delete, path, 1)
    assert store.search("another t") == []
    with sqlite3.connect(path) as db:
        db.execute("INSERT INTO answers_text (answers_text, rank) VALUES ('integrity-check', 1)")


def test_the_side_of_a_hidden_answer_is_not_told(path: Path) -> None:
    keep_session(path, [answer(BASE, text="secret thing", position=2), answer(TUNED, text="other", position=1)])
    (hit,) = Store(path).search("secret")
    assert hit.side == ""
    assert Store(path).has_hidden_sides(1)


def test_a_session_in_which_it_is_everywhere_is_one_hit(path: Path) -> None:
    keep_session(path, [answer(BASE, text="everywhere")])
    keep_session(path, [answer(BASE, sample=n, text="everywhere") for n in range(50)])
    assert [h.session for h in Store(path).search("everywhere")] == [2, 1]


@pytest.mark.parametrize("version", range(1, len(STEPS)))
def test_answers_of_every_earlier_schema_are_found(path: Path, version: int) -> None:
    db = sqlite3.connect(path)
    for step in STEPS[:version]:
        step(db)
    db.execute(f"PRAGMA user_version = {version}")
    db.execute("INSERT INTO sessions (title, created, pair, sides) VALUES ('t', '2026', 'p', '[]')")
    for state, text in (("done", "an old answer"), ("streaming", "half an old answer")):
        db.execute(
            "INSERT INTO answers (session_id, exchange, side, sample, state, prompt, request, text, timeline)"
            " VALUES (1, 1, 'base', 0, ?, 'Why?', '{}', ?, x'90')",
            (state, text),
        )
    db.execute(
        "INSERT INTO findings (answer_id, detector, version, label, outcome, finding)"
        " VALUES (1, 'acrostic', 1, 'l', 'present', ?)",
        (msgspec.json.encode(found("an old answer")).decode(),),
    )
    db.commit()
    db.close()
    store = Store(path)
    assert [h.answer for h in store.search("old answer")] == [1]
    session = store.session(1)
    assert session is not None
    assert (session.tags, session.note) == ((), "")
    assert [a.answer.findings for a in store.answers(1)] == [(found("an old answer"),), ()]
