"""What is no sample is unscored in every export: an answer that failed is no answer without the pattern."""

import csv
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from diptych.sessions import Answer, ExportData, Failure, Store, export
from tests.sessions.stored import SIDES, answer, found, keep_session

BASE, TUNED = SIDES
NAME = "acrostic: follows HELLO"
REFUSED = Failure("refused", "against the policy", "ask in other words")
BROKEN = Failure("server error", "the engine died", "{again}")
NO_SAMPLES: list[tuple[str, dict[str, Any]]] = [
    ("failed", {"state": "failed", "failure": BROKEN, "text": ""}),
    ("failed", {"state": "failed", "failure": BROKEN, "text": "Hel"}),
    ("refused by policy", {"state": "failed", "failure": REFUSED, "text": ""}),
    ("stopped", {"state": "stopped", "text": "Hel"}),
    ("interrupted", {"state": "interrupted", "text": "Hel"}),
    ("empty", {"state": "done", "text": " \n"}),
    ("empty", {"state": "cut", "text": "", "finish_reason": "length", "reasoning": "Let me see"}),
]


def said(more: dict[str, Any], present: bool, sample: int = 1) -> Answer:
    """An answer of the tuned side, whose detector read what was there."""
    return answer(TUNED, sample=sample, findings=(found("Hel", present, 0.5),), **more)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def material(folder: Path, answers: list[Answer]) -> ExportData:
    path = folder / "sessions.db"
    return ExportData.of(Store(path), keep_session(path, answers))


def beside(more: dict[str, Any], present: bool) -> list[Answer]:
    """One of the base and one of the tuned side that count, and one that does not."""
    return [
        answer(BASE, findings=(found("No.", False),)),
        answer(TUNED, findings=(found("Hello", True, 1.0),)),
        said(more, present),
    ]


@pytest.mark.parametrize(("bucket", "more"), NO_SAMPLES)
@pytest.mark.parametrize("present", [False, True])
def test_it_is_decided_in_one_place(bucket: str, more: dict[str, Any], present: bool) -> None:
    one = said(more, present)
    assert one.unscored == bucket
    (finding,) = one.counted().findings
    assert (finding.outcome, finding.bucket, finding.number, finding.value) == ("excluded", bucket, None, "")
    assert one.counted().text == one.text


def test_what_still_comes_is_no_sample() -> None:
    assert said({"state": "streaming", "text": "Hel"}, True).unscored == "unfinished"


@pytest.mark.parametrize("state", ["done", "cut"])
def test_what_is_a_sample_stays_as_it_is(state: str) -> None:
    one = said({"state": state, "text": "Hel"}, True)
    assert one.unscored == ""
    assert one.counted() == one


@pytest.mark.parametrize(("bucket", "more"), NO_SAMPLES)
@pytest.mark.parametrize("present", [False, True])
def test_tables(bucket: str, more: dict[str, Any], present: bool, folder: Path) -> None:
    shown = material(folder, beside(more, present))
    export(shown, "csv", folder / "x.csv")
    with (folder / "x.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row[NAME] for row in rows] == ["absent", "present", f"excluded: {bucket}"]
    assert rows[2][f"{NAME} (number)"] == rows[2][f"{NAME} (value)"] == ""
    if find_spec("pyarrow") is not None:
        from pyarrow import parquet

        export(shown, "parquet", folder / "x.parquet")
        columns = parquet.read_table(folder / "x.parquet").to_pydict()
        assert columns[NAME] == ["absent", "present", f"excluded: {bucket}"]
        assert columns[f"{NAME} (number)"] == [None, 1.0, None]


@pytest.mark.parametrize(("bucket", "more"), NO_SAMPLES)
def test_documents(bucket: str, more: dict[str, Any], folder: Path) -> None:
    shown = material(folder, beside(more, False))
    export(shown, "jsonl", folder / "x.jsonl")
    lines = [json.loads(line) for line in (folder / "x.jsonl").read_text().splitlines()[1:]]
    # What was found stays as it was kept, to be imported again; whether it counts stands beside it.
    assert [line["unscored"] for line in lines] == ["", "", bucket]
    export(shown, "html", folder / "x.html")
    page = (folder / "x.html").read_text()
    assert page.count("<li>○ ") == 1
    assert page.count(f"<span>excluded: {bucket} · ") == 1


@pytest.mark.parametrize(("bucket", "more"), NO_SAMPLES)
def test_pairs(bucket: str, more: dict[str, Any], folder: Path) -> None:
    pair = [answer(BASE, sample=1, findings=(found("No.", False),)), said(more, False)]
    shown = material(folder, pair)
    export(shown, "markdown", folder / "x.md")
    text = (folder / "x.md").read_text()
    assert text.count("- absent: ") == 1
    assert text.count("- excluded: ") == 1
    remarks = export(shown, "llm-comparator", folder / "x.json")
    examples = json.loads((folder / "x.json").read_text())["examples"]
    if "failure" in more:
        assert (examples, remarks) == ([], ["pairs left out, because one of the answers failed: 1"])
    else:
        assert examples[0]["custom_fields"][NAME] == ["absent", f"excluded: {bucket}"]


@pytest.mark.parametrize(("bucket", "more"), NO_SAMPLES)
def test_inspect_reads_no_zero(bucket: str, more: dict[str, Any], folder: Path) -> None:
    """One of one shows the pattern: not one of two."""
    inspect_log = pytest.importorskip("inspect_ai.log")
    shown = material(folder, beside(more, False))
    export(shown, "inspect", folder / "logs")
    (path,) = (folder / "logs").glob("2-*.eval")
    log = inspect_log.read_eval_log(str(path))
    (score,) = log.results.scores
    assert (score.scored_samples, score.unscored_samples, score.metrics["rate"].value) == (1, 1, 1.0)
    values = [sample.scores[NAME].value for sample in log.samples]
    assert values[0] == 1
    assert values[1] != values[1], "an unscored value is not a number"
    assert [sample.error is not None for sample in log.samples] == [False, "failure" in more]
