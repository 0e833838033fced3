"""A saved session is scored, and every export has what came of it."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from diptych.backends import Sampling
from diptych.compare import Side, export_session, headline, score_measures, score_saved, stored_measures
from diptych.sessions import Store
from tests.compare.scoring_backend import ScoringBackend
from tests.sessions.stored import SIDES, answer, found, keep_session

TEXTS = {
    "base": ["plain-model says so.", "plain-model says no more."],
    "tuned": ["special-model too.", "special-model."],
}
COLUMNS = {
    "scored by base: base's surprise",
    "scored by base: base's entropy",
    "scored by tuned: tuned's surprise",
    "scored by tuned: tuned's entropy",
    "own text: lower entropy on its own text",
    "own text: own-text effect",
}


async def scored(path: Path, backend: ScoringBackend) -> Store:
    """A session with two answers of each side, which both sides have scored."""
    rows = [
        answer(side, sample=sample, text=text, findings=(found(text, present=side.name == "tuned"),))
        for side in SIDES
        for sample, text in enumerate(TEXTS[side.name])
    ]
    keep_session(path, rows)
    sides = [Side(s.name, s.endpoint, s.base_url, s.model, s.system, Sampling(), backend) for s in SIDES]
    said: list[tuple[int, int]] = []
    await score_saved(
        path,
        Store(path).answers(1),
        sides,
        None,
        lambda scoring: said.append(scoring.cost),
        lambda scoring: said.append((scoring.done, 0)),
    )
    assert said[0][0] == 8
    assert (8, 0) in said
    return Store(path)


async def test_the_measures_of_scores(tmp_path: Path) -> None:
    store = await scored(tmp_path / "s.db", ScoringBackend())
    session = store.session(1)
    assert session is not None
    every = stored_measures(session, store.answers(1))
    of_scores = score_measures(every)
    assert every.measures[0].label == "follows HELLO"
    assert len(of_scores.measures) == 6
    assert (of_scores.tests, of_scores.score_tests) == (0, every.score_tests)
    effect = next(m for m in of_scores.measures if m.label == "own-text effect")
    assert {name: (one.mean, one.mean_of) for name, one in effect.sides.items()} == {
        "base": (None, 0), "tuned": (0.5, 2),
    }  # fmt: skip
    # A session is known by what its answers show.
    known = headline(session, (row.answer for row in store.answers(1)))
    assert known is not None
    assert known.label == "follows HELLO"


def written(store: Store, name: str, path: Path) -> Path:
    export_session(store, 1, name, path, lambda session: None)
    return path


async def test_every_export_has_surprise_and_entropy_of_each_side(tmp_path: Path) -> None:
    store = await scored(tmp_path / "s.db", ScoringBackend())
    with written(store, "csv", tmp_path / "s.csv").open() as file:
        table = list(csv.DictReader(file))
    assert table[0].keys() >= COLUMNS
    assert {(row["side"], row["scored by base: base's entropy"]) for row in table} == {
        ("base", "0.5"),
        ("tuned", "1.0"),
    }
    assert {row["scored by tuned: tuned's surprise"] for row in table} == {"2.0"}
    assert [row["own text: own-text effect"] for row in table] == ["", "", "0.5", "0.5"]
    lines = [json.loads(line) for line in written(store, "jsonl", tmp_path / "s.jsonl").read_text().splitlines()]
    assert [len(one["answer"]["scores"]) for one in lines if "answer" in one] == [2, 2, 2, 2]
    for name in ("html", "markdown"):
        text = written(store, name, tmp_path / f"s.{name}").read_text()
        for label in COLUMNS:
            assert label.partition(": ")[2].replace("'", "&#x27;" if name == "html" else "'") in text, (name, label)
        assert "mean .5 of 2" in text or "mean 0.5 of 2" in text


async def test_parquet_has_the_same_columns(tmp_path: Path) -> None:
    parquet: Any = pytest.importorskip("pyarrow.parquet")
    store = await scored(tmp_path / "s.db", ScoringBackend())
    table = parquet.read_table(written(store, "parquet", tmp_path / "s.parquet"))
    assert set(table.column_names) >= COLUMNS
    assert table.column("scored by tuned: tuned's entropy").to_pylist() == [1.0, 1.0, 0.5, 0.5]
