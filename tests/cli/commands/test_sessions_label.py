"""Answers that are labelled from the command line: one by one, or picked at random."""

import csv
import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from diptych.cli.main import main
from diptych.detectors import Finding
from diptych.sessions import Store, duplicate
from tests.sessions.stored import SIDES, answer, found, keep_session


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "sessions.db"
    keep_session(
        path,
        [
            answer(side, 1, n, f"Text {place}{n}", findings=(found("Text", side.name == "tuned" and n < 8),))
            for n in range(12)
            for place, side in enumerate(SIDES)
        ],
    )
    return path


def label(*arguments: str, typed: str = "", code: int = 0) -> Result:
    result = CliRunner().invoke(main, ["sessions", "label", *arguments], input=typed)
    assert result.exit_code == code, result.output
    return result


def test_a_label_of_ones_own_needs_a_word(store: Path) -> None:
    label("1", "odd")
    assert [each.words for each in Store(store).labels(1)] == ["odd"]
    assert "at least one word" in label("1", code=2).stderr


def test_picked_answers_are_shown_without_side_and_finding(store: Path) -> None:
    told = label("1", "follows HELLO", "--draw", "3", typed="y\nn\ns\n").output
    asked = told[: told.rindex("[s]top")]
    assert asked.count("What is special about you?") == 3
    assert not [word for word in ("base", "tuned", "special-model", "5 of 5 letters") if word in asked]
    assert [each.value for each in Store(store).labels(1)] == ["yes", "no"]
    assert "3 of 6" in asked


def test_labelling_is_taken_up_again_and_tells_what_it_found(store: Path) -> None:
    label("1", "follows HELLO", "--draw", "3", typed="y\ns\n")
    again = label("1", "follows HELLO", "--draw", "3", typed="n\nb\ny\n" + 5 * "n\n").output
    assert "1 of 5" in again
    assert "corrected by 3 labels" in again
    assert "against acrostic 'follows HELLO'" in again
    assert "labelled already" in label("1", "follows HELLO", "--draw", "3").output


def test_a_measure_that_is_not_there_is_named(store: Path) -> None:
    assert "(follows HELLO), found 'hums'" in label("1", "hums", "--draw", "3", code=2).stderr
    condition = label("1", "follows HELLO", "--draw", "3", "--condition", "x", code=2)
    assert "--condition: expected one of 'plain'" in condition.stderr


def test_labels_are_shown_exported_and_copied(store: Path, tmp_path: Path) -> None:
    label("1", "follows HELLO", "--draw", "5", typed=10 * "y\n")
    shown = CliRunner().invoke(main, ["sessions", "show", "1"]).output
    assert "corrected by 5 labels: 1.00" in shown
    assert "✎ follows HELLO: yes" in shown
    document = json.loads(CliRunner().invoke(main, ["sessions", "show", "1", "--json"]).stdout)
    assert document["measures"][0]["sides"]["base"]["corrected"]["labels"] == 5
    assert document["agreement"][0]["interval"][0] < 0 < document["agreement"][0]["interval"][1]
    assert duplicate(store, 1) == 2
    assert {each.question for each in Store(store).labels(2)} == {"follows HELLO"}
    for name in ("markdown", "html", "csv", "jsonl"):
        to = tmp_path / name
        CliRunner().invoke(main, ["sessions", "export", "1", "--format", name, "-o", str(to)], catch_exceptions=False)
    assert "corrected by 5 labels" in (tmp_path / "html").read_text()
    assert "corrected by 5 labels" in (tmp_path / "markdown").read_text()
    with (tmp_path / "csv").open(newline="") as file:
        assert sum(row["label: follows HELLO"] == "yes" for row in csv.DictReader(file)) == 10
    CliRunner().invoke(main, ["sessions", "import", str(tmp_path / "jsonl")], catch_exceptions=False)
    assert [each.seed for each in Store(store).labels(3)] == [each.seed for each in Store(store).labels(1)]


def test_hidden_sides_stay_hidden(tmp_path: Path) -> None:
    path = tmp_path / "data" / "sessions.db"
    verdict = Finding("acrostic", 1, "follows HELLO", "pattern", "absent", "none")
    keep_session(path, [msgspec.structs.replace(answer(SIDES[0], findings=(verdict,)), position=1)])
    assert "hidden" in label("1", "follows HELLO", "--draw", "3", code=2).stderr
