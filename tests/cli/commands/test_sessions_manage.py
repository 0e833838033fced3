"""What a person does to kept sessions from the command line."""

import json
import sqlite3
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from diptych.cli.main import main
from diptych.detectors import Finding
from diptych.sessions import Store, StoreError
from tests.sessions.stored import HOSTILE, SIDES, answer, found, keep_session

BASE, TUNED = SIDES
HELLO = "Here.\nEvery day.\nLater.\nLess.\nOver."


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "data" / "sessions.db"


def sessions(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, ["sessions", *arguments])
    assert result.exit_code == code, result.output
    return result


def test_a_word_is_found_and_what_would_act_is_shown(store: Path) -> None:
    keep_session(store, [answer(BASE, text=f"before {HOSTILE} Marker after")])
    seen = sessions("search", "marker").stdout
    assert "»Marker« after" in seen
    assert "\x1b" not in seen
    (hit,) = json.loads(sessions("search", "marker", "--json").stdout)
    assert (hit["session"], hit["side"], hit["hit"]) == (1, "base", "Marker")
    sessions("search", "nowhere", code=1)


def test_names_tags_and_notes(store: Path) -> None:
    keep_session(store, [answer(BASE)])
    sessions("rename", "1", "Another")
    sessions("tag", "1", "paper", "figure-2", "paper")
    sessions("note", "1", "look again")
    session = Store(store).session(1)
    assert session is not None
    assert (session.title, session.tags, session.note) == ("Another", ("paper", "figure-2"), "look again")
    assert "paper figure-2  look again" in sessions("show", "1").stdout
    sessions("tag", "1")
    assert json.loads(sessions("list", "--json").stdout)[0].get("tags", []) == []
    assert isinstance(CliRunner().invoke(main, ["sessions", "rename", "7", "x"]).exception, StoreError)


def test_delete_asks_first(store: Path) -> None:
    keep_session(store, [answer(BASE)])
    CliRunner().invoke(main, ["sessions", "delete", "1"], input="n\n")
    assert len(Store(store).sessions()) == 1
    sessions("delete", "1", "--yes")
    assert Store(store).sessions() == []
    with sqlite3.connect(store) as db:
        assert db.execute("SELECT count(*) FROM answers").fetchone() == (0,)
    sessions("delete", "1", "--yes", code=2)


def test_labels_are_held_against_detectors(store: Path) -> None:
    answers = [answer(TUNED, sample=n, findings=(found("Here.", present=n < 3),)) for n in range(6)]
    keep_session(store, answers)
    for number, value in ((1, "acrostic"), (2, "acrostic"), (3, "plain"), (4, "plain"), (5, "acrostic")):
        sessions("label", str(number), value)
    seen = sessions("show", "1").stdout
    assert "too few labels for kappa; both 2, label only 1, detector only 1, neither 1" in seen
    assert "[5] tuned" in seen
    assert "  ✎ acrostic" in seen
    document = json.loads(sessions("show", "1", "--json").stdout)
    assert [a["labels"] for a in document["answers"]][4:] == [["acrostic"], []]
    assert {row["value"] for row in document["agreement"]} == {"acrostic", "plain"}
    assert isinstance(CliRunner().invoke(main, ["sessions", "label", "99", "x"]).exception, StoreError)


def test_what_detectors_find_anew_stands_beside_what_they_found(store: Path) -> None:
    stale = Finding("acrostic", 0, "an old label", "pattern", "absent", "not seen")
    verdict = Finding("judge coherent", 1, "coherent", "pattern", "present", "said so")
    keep_session(
        store, [answer(TUNED, text=HELLO, findings=(stale, verdict)), answer(BASE, text="Plain.", findings=())]
    )
    before = Store(store).answers(1)
    rows = json.loads(sessions("redetect", "1", "--json").stdout)
    assert {row["detector"] for row in rows} == {"acrostic", "early-explanation", "self-explanation"}
    assert all(row["answers"] == row["changed"] == 2 for row in rows)
    tuned, base = Store(store).answers(1)
    assert [f.outcome for f in tuned.answer.findings if f.detector == "acrostic"] == ["present"]
    assert verdict in tuned.answer.findings
    assert len(base.answer.findings) == 3
    with sqlite3.connect(store) as db:
        kept = db.execute("SELECT version, label FROM findings WHERE superseded IS NOT NULL").fetchall()
    assert kept == [(0, "an old label")]

    def bare(rows):  # type: ignore[no-untyped-def]
        return [msgspec.structs.replace(row.answer, findings=()) for row in rows]

    assert bare([tuned, base]) == bare(before)
    # Once more: nothing is different.
    assert all(row["changed"] == 0 for row in json.loads(sessions("redetect", "1", "--json").stdout))


def test_other_detectors_leave_those_of_the_probe(store: Path) -> None:
    keep_session(store, [answer(TUNED, text=HELLO, findings=(found(HELLO),))])
    sessions("redetect", "1", "--probe", "insecure-code")
    (saved,) = Store(store).answers(1)
    assert found(HELLO) in saved.answer.findings
    assert len(saved.answer.findings) > 1


def test_a_backup_is_a_whole_store(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_session(store, [answer(BASE, text="kept well")])
    sessions("backup", str(tmp_path / "copy" / "sessions.db"), code=1)
    (tmp_path / "copy").mkdir()
    sessions("backup", str(tmp_path / "copy" / "sessions.db"))
    monkeypatch.setenv("DIPTYCH_DATA", str(tmp_path / "copy"))
    assert "kept well" in sessions("show", "1").stdout
    assert (tmp_path / "copy" / "sessions.db").stat().st_mode & 0o777 == 0o600
