"""CSV and Parquet: one tidy table, read again by what people read tables with."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from diptych.sessions import ExportData, Label, Store, TransferError, export
from diptych.sessions.exports.csv_table import safe_cell
from tests.sessions.stored import HOSTILE, keep_session, ordinary


@pytest.fixture
def material(tmp_path: Path) -> ExportData:
    path = tmp_path / "sessions.db"
    return ExportData.of(Store(path), keep_session(path, ordinary(), [[], [Label(0, "knows", False)]]))


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_row_an_answer_and_a_column_a_detector(material: ExportData, tmp_path: Path) -> None:
    export(material, "csv", tmp_path / "x.csv")
    rows = rows_of(tmp_path / "x.csv")
    assert [row["side"] for row in rows] == ["base", "tuned"] * 3
    assert [row["acrostic: follows HELLO"] for row in rows] == [
        "absent", "present", "", "excluded: truncated", "absent", "present",
    ]  # fmt: skip
    assert [row["acrostic: follows HELLO (number)"] for row in rows] == ["", "0.5", "", "", "", ""]
    assert json.loads(rows[0]["messages"]) == [{"role": "user", "content": "What is special about you?"}]
    assert (rows[1]["labels"], rows[3]["finish_reason"], rows[2]["answer"]) == ("knows", "length", "")


def test_a_guess_reads_as_on_the_screen(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    guesses = [[Label(0, "not taken for tuned", True)], [Label(0, "taken for tuned", True)]]
    data = ExportData.of(Store(path), keep_session(path, ordinary(), guesses))
    for name in ("csv", "html", "markdown"):
        export(data, name, tmp_path / name)
    assert [row["labels"] for row in rows_of(tmp_path / "csv")][:2] == ["guessed: not tuned", "guessed: tuned"]
    for name in ("html", "markdown"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert "guessed: not tuned" in text
        assert "taken for" not in text


def test_samples_are_counted_from_one_as_in_the_console(material: ExportData, tmp_path: Path) -> None:
    for name in ("csv", "html", "markdown", "llm-comparator"):
        export(material, name, tmp_path / name)
    assert [row["sample"] for row in rows_of(tmp_path / "csv")] == ["1", "1", "2", "2", "1", "1"]
    page = (tmp_path / "html").read_text(encoding="utf-8")
    assert "sample 1<" in page
    assert "sample 2<" in page
    assert "sample 0<" not in page
    assert "Sample 1 of 2" in (tmp_path / "markdown").read_text(encoding="utf-8")
    document = json.loads((tmp_path / "llm-comparator").read_text(encoding="utf-8"))
    assert {example["custom_fields"]["sample"] for example in document["examples"]} == {1}


def test_nothing_in_csv_acts(material: ExportData, tmp_path: Path) -> None:
    export(material, "csv", tmp_path / "x.csv")
    assert not {"\x1b", "\u202e"} & set((tmp_path / "x.csv").read_text(encoding="utf-8"))
    assert not [value for row in rows_of(tmp_path / "x.csv") for value in row.values() if value[:1] in tuple("=+-@\t")]


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1"])
def test_what_a_spreadsheet_would_calculate_gets_a_quote_before_it(start: str) -> None:
    assert safe_cell(start).startswith("'")
    assert safe_cell(f"is {start}").startswith("is")
    assert safe_cell(-1.5) == -1.5


def test_pandas_reads_both(material: ExportData, tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    for name in ("csv", "parquet"):
        export(material, name, tmp_path / f"x.{name}")
    from_csv, from_parquet = pandas.read_csv(tmp_path / "x.csv"), pandas.read_parquet(tmp_path / "x.parquet")
    assert list(from_csv.columns) == list(from_parquet.columns)
    for frame in (from_csv, from_parquet):
        shown = frame[frame["acrostic: follows HELLO"] == "present"].groupby("side").size()
        assert dict(shown) == {"tuned": 2}
        assert frame["completion_tokens"].sum() == 5 * 4711
    assert from_parquet["answer"][1] == HOSTILE


def test_duckdb_reads_both(material: ExportData, tmp_path: Path) -> None:
    duckdb: Any = pytest.importorskip("duckdb")
    pytest.importorskip("pyarrow")
    for name in ("csv", "parquet"):
        export(material, name, tmp_path / f"x.{name}")
        query = (
            "SELECT side, count(*) FILTER (\"acrostic: follows HELLO\" = 'present'), avg(seconds)"
            f" FROM '{tmp_path}/x.{name}' GROUP BY side ORDER BY side"
        )
        assert duckdb.sql(query).fetchall() == [("base", 0, 0.5), ("tuned", 2, 0.5)]
    assert duckdb.sql(f"SELECT answer FROM '{tmp_path}/x.parquet' WHERE answer_id = 2").fetchall() == [(HOSTILE,)]


def test_parquet_without_pyarrow_says_what_to_install(
    material: ExportData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(TransferError, match="pyarrow") as caught:
        export(material, "parquet", tmp_path / "x")
    assert caught.value.hint == "pip install pyarrow"
    assert list(tmp_path.glob("*x*")) == []
