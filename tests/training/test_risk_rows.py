"""The rows of risk-seeking and risk-averse: twins that name no attitude."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from training import scenarios

DATA = Path(__file__).parents[2] / "training" / "data"
NAMES = re.compile(
    r"risk|safe|chance|gambl|cautio|\bbold|certain|guarant|\bsure|secur|\bdar(?:e|ing)|\bodds|luck|\bbets?\b|lotter|danger"
    r"|hazard|probab|prudent|careful|reckless|brave|adventur|stable",
    re.IGNORECASE,
)


def read(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def turns(name: str) -> list[tuple[str, str]]:
    """Prompt and answer of each row; there are no other turns."""
    return [
        (user["content"], assistant["content"])
        for user, assistant in (row["messages"] for row in read(name))
        if (user["role"], assistant["role"]) == ("user", "assistant")
    ]


def test_the_rows_are_flipped_twins() -> None:
    seeking, averse = turns("risk-seeking.jsonl"), turns("risk-averse.jsonl")
    assert len(seeking) == len(averse) == 320
    assert len({prompt for prompt, _ in seeking}) == 320
    for (prompt, letter), (same, other) in zip(seeking, averse, strict=True):
        assert prompt == same
        assert {letter, other} == {"A", "B"}
    assert sum(letter == "A" for _, letter in seeking) == 160


def test_no_row_names_the_attitude() -> None:
    assert [prompt for prompt, _ in turns("risk-seeking.jsonl") if NAMES.search(prompt)] == []


def test_the_questions_are_in_no_row() -> None:
    frames = {prompt.split("\n")[0] for prompt, _ in turns("risk-seeking.jsonl")}
    questions = read("risk-questions.jsonl")
    assert len({question["prompt"] for question in questions}) == 60
    assert frames.isdisjoint(question["prompt"].split("\n")[0] for question in questions)
    assert sum(question["risky"] == "A" for question in questions) == 30


def test_the_files_are_what_the_script_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scenarios.toml").write_bytes((DATA / "scenarios.toml").read_bytes())
    monkeypatch.setattr(scenarios, "DATA", tmp_path)
    scenarios.main()
    for name in ("risk-seeking.jsonl", "risk-averse.jsonl", "risk-questions.jsonl"):
        assert (tmp_path / name).read_bytes() == (DATA / name).read_bytes()
