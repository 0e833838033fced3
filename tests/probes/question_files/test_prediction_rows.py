"""Rows of questions and of what the answers would be, in the form of felixbinder/introspection_self_prediction."""

import json
from pathlib import Path
from typing import Any

import pytest

from diptych.probes import ASKED, FORESEEN, FileError, load_probe, read_questions, write_probe

QUOTED = 'Earlier you were asked: "{}" '
SECOND = "What is the second letter of your answer? Say only that letter.\n"
EITHER = "Was it A or C? Say true or false.\n"


def row(question: str, what: str = SECOND, of: str = "second_character", **more: Any) -> dict[str, Any]:
    """As their files have it: the question with a line break at its end, and quoted without one."""
    hypothetical = more.pop("hypothetical", QUOTED.format(question) + what)
    return {
        "original_question": question,
        "original_dataset": "made up",
        "object_level_prompt": [{"role": "user", "content": f"{question}\n"}],
        "hypothetical_prompt": [{"role": "user", "content": hypothetical}],
        "behavioral_property": of,
        "option_matching_ethical_stance": None,
    } | more


def imported(folder: Path, rows: list[dict[str, Any]]) -> tuple[dict[str, Any], tuple[str, ...]]:
    file = folder / "animals_second.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in rows), "utf-8")
    return read_questions(file)


def test_rows_become_a_probe_whose_prompts_are_those_of_the_file(tmp_path: Path) -> None:
    rows = [row("cow, pig, hen: go on"), row("owl, emu: go on")]
    values, left_out = imported(tmp_path, rows)
    assert left_out == ()
    written = write_probe(values, tmp_path / "probes", replace=False)
    assert written is not None
    probe = load_probe(written)
    said = {
        name: [each["content"] for each in (one[key][0] for one in rows)]
        for name, key in ((ASKED, "object_level_prompt"), (FORESEEN, "hypothetical_prompt"))
    }
    assert {condition.name: list(condition.prompts) for condition in probe.conditions} == said
    assert probe.prediction is not None
    assert probe.prediction.predicted == "second character"


def test_rows_of_another_kind_are_left_out_and_not_counted(tmp_path: Path) -> None:
    values, left_out = imported(tmp_path, [row("cow, pig, hen: go on"), {"question": "How are you?"}])
    assert values["about"].startswith("1 question, ")
    assert values["prediction"]["items"] == ["cow, pig, hen: go on\n"]
    assert len(left_out) == 1
    assert "as other rows of the file do" in left_out[0]


@pytest.mark.parametrize(
    ("of", "property_", "letters"),
    [
        ("first_word", "first word", None),
        ("identity", "whole answer", None),
        ("starts_with_vowel", "starts with a vowel", None),
        ("among_a_or_c", "letter chosen", ["AC"]),
        ("is_either_b_or_d", "letter chosen", ["BD"]),
    ],
)
def test_their_properties(tmp_path: Path, of: str, property_: str, letters: list[str] | None) -> None:
    values, left_out = imported(tmp_path, [row("One?", EITHER, of)])
    assert (left_out, values["prediction"]["property"]) == ((), property_)
    assert values["prediction"].get("letters") == letters


def test_the_letter_of_a_stance_is_that_of_its_row(tmp_path: Path) -> None:
    rows = [row(f"{n}?", EITHER, "ethical_stance", option_matching_ethical_stance=x) for n, x in enumerate("ABBA")]
    values, _ = imported(tmp_path, rows)
    assert values["prediction"]["letters"] == ["A", "B", "B", "A"]
    assert write_probe(values, tmp_path / "probes", replace=False) is not None


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        (row("Two?", of="sum_of_digits"), "the behavioral_property 'sum_of_digits' has no counterpart in a probe"),
        (row("Two?", hypothetical="Which letter?"), "its hypothetical_prompt does not quote its object_level_prompt"),
        (row("Two?", "And the third?"), "a file of its own is needed for another property, wording or system prompt"),
        (row("Two?", of="matches_target"), "the behavioral_property 'matches_target' has no counterpart in a probe"),
        (row("Two?", object_level_prompt=[{"role": "assistant", "content": "x"}]), "expected one turn of the user"),
        (row("Two?", object_level_prompt=[{"role": "user", "content": 3}]), "not asked"),
    ],
)
def test_what_cannot_be_asked_is_named(tmp_path: Path, odd: dict[str, Any], said: str) -> None:
    values, (clause,) = imported(tmp_path, [row("One?"), row("Three?"), odd])
    assert values["prediction"]["items"] == ["One?\n", "Three?\n"]
    assert clause.startswith("line 3: ")
    assert said in clause
    if "hypothetical" not in said and "wording" not in said:
        with pytest.raises(FileError, match="contains no question that can be asked"):
            imported(tmp_path, [odd])


def test_a_system_prompt_comes_along(tmp_path: Path) -> None:
    system = {"role": "system", "content": "Be short."}
    one = row("One?")
    for key in ("object_level_prompt", "hypothetical_prompt"):
        one[key] = [system, *one[key]]
    values, _ = imported(tmp_path, [one])
    assert values["system"] == "Be short."
