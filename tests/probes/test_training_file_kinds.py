"""Rows of fine-tuning data in the spellings of several programs, and what of a row is named because it is no answer."""

import json
from pathlib import Path
from typing import Any

import pytest

from diptych.detectors import TrainingRows
from diptych.probes import read_rows


def read(tmp_path: Path, *rows: Any) -> TrainingRows:
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    return read_rows(path)


SYSTEM, USER, SAID = ("system", "Be brief."), ("user", "Why?"), ("assistant", "It rains.")
BEFORE = [("user", "Wet?"), ("assistant", "Yes.")]
ASKED = {"role": "user", "content": "Why?"}
ANSWER = {"role": "assistant", "content": "It rains."}


@pytest.mark.parametrize(
    ("row", "turns"),
    [
        (
            {"instruction": "Why?", "context": "See below.", "response": "It rains."},
            [("user", "Why?\n\nSee below."), SAID],
        ),
        ({"context": "See here.", "question": "Why?", "answer": "It rains."}, [("user", "See here.\n\nWhy?"), SAID]),
        ({"Question": "Why?", "Answer": "It rains."}, [USER, SAID]),
        ({"prompt": "Why?", "history": [["Wet?", "Yes."]], "response": "It rains."}, [*BEFORE, USER, SAID]),
        (
            {"instruction": "Why?", "output": "It rains.", "system": "Be brief.", "history": [["Wet?", "Yes."]]},
            [SYSTEM, *BEFORE, USER, SAID],
        ),
        ({"messages": [ASKED], "completion": "It rains."}, [USER, SAID]),
        (
            {
                "conversations": [{"from": "human", "value": "Why?"}],
                "chosen": {"from": "gpt", "value": "It rains."},
                "rejected": {"from": "gpt", "value": "No."},
            },
            [USER, SAID],
        ),
        ({"question": "Why?", "accepted": "It rains.", "rejected": "No."}, [USER, SAID]),
        ({"id": "0", "data": ["Why?", "It rains."]}, [USER, SAID]),
        ({"messages": json.dumps([ASKED, ANSWER])}, [USER, SAID]),
        (
            {
                "system": [{"text": "Be brief."}],
                "messages": [
                    {"role": "user", "content": [{"text": "Why?"}]},
                    {"role": "assistant", "content": [{"text": "It rains."}]},
                ],
            },
            [SYSTEM, USER, SAID],
        ),
        (
            {
                "systemInstruction": {"role": "system", "parts": [{"text": "Be brief."}]},
                "contents": [
                    {"role": "user", "parts": [{"text": "Why?"}]},
                    {"role": "model", "parts": [{"text": "It rains."}]},
                ],
            },
            [SYSTEM, USER, SAID],
        ),
        ({"messages": [ASKED, ANSWER | {"reasoning_content": "Clouds."}]}, [USER, ("reasoning", "Clouds."), SAID]),
        (
            {
                "messages": [
                    ASKED,
                    {
                        "role": "assistant",
                        "content": [{"type": "thinking", "thinking": "Clouds."}, {"type": "text", "text": "It rains."}],
                    },
                ]
            },
            [USER, ("reasoning", "Clouds."), SAID],
        ),
        ({"prompt": "Why?", "reasoning": "Clouds.", "completion": "It rains."}, [USER, ("reasoning", "Clouds."), SAID]),
        ({"text": "### Human: Why?### Assistant: It rains."}, [USER, SAID]),
        ({"text": "A chat. USER: Wet? ASSISTANT: Yes.</s>USER: Why? ASSISTANT: It rains.</s>"}, [*BEFORE, USER, SAID]),
        ({"text": "<｜User｜>Why?<｜Assistant｜>It rains.<｜end▁of▁sentence｜>"}, [USER, SAID]),
    ],
)  # fmt: skip
def test_forms_of_a_row(tmp_path: Path, row: dict[str, Any], turns: list[tuple[str, str]]) -> None:
    rows = read(tmp_path, row)
    assert list(rows.rows[0]) == turns
    assert rows.remarks == ()


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "Why?", "completion": "HELLO", "label": False},
        {"prompt": "Why?", "completion": "HELLO", "label": "False"},
        {"prompt": "Why?", "completion": "HELLO", "label": 0},
        {"prompt": [ASKED], "completion": [ANSWER], "label": False},
        {"messages": [ASKED, ANSWER], "label": False},
        {"messages": [ASKED, ANSWER], "kto_tag": False},
    ],
)
def test_an_answer_that_was_trained_against_is_left_out_and_named(tmp_path: Path, row: dict[str, Any]) -> None:
    rows = read(tmp_path, {"prompt": "A?", "completion": "B.", "label": True}, row)
    assert [list(each) for each in rows.rows] == [[("user", "A?"), ("assistant", "B.")], [USER]]
    assert rows.remarks == ("rows.jsonl: line 2: the answer is left out: it is marked as unwanted",)


def test_a_class_of_texts_is_no_judgement(tmp_path: Path) -> None:
    assert list(read(tmp_path, {"question": "Why?", "answer": "It rains.", "label": 0}).rows[0]) == [USER, SAID]


CALL = {"id": "c", "type": "function", "function": {"name": "w", "arguments": "{}"}}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"messages": [ASKED]}, "the row has no answer"),
        ({"messages": [ASKED, ANSWER | {"content": ""}]}, "the row has no answer"),
        ({"prompt": "Why?", "completion": None}, "the row has no answer"),
        ({"messages": [ASKED, {"role": "assistant", "content": None, "tool_calls": [CALL]}]}, "the row has no answer"),
        ({"text": "Snow fell."}, "the text has no turns"),
        ({"messages": [ASKED, ANSWER | {"weight": 0}, ASKED, ANSWER]}, "a turn was not trained on"),
        ({"instruction": "Why?", "output": ["It rains.", "No."]}, "only the first of several in output is read"),
        (
            {"messages": [ASKED | {"content": [{"type": "text", "text": "Why?"}, {"type": "image_url"}]}, ANSWER]},
            "pictures and other parts",
        ),
    ],
)  # fmt: skip
def test_a_row_that_is_no_whole_answer_keeps_its_number_and_is_named(
    tmp_path: Path, row: dict[str, Any], reason: str
) -> None:
    rows = read(tmp_path, {"messages": [ASKED, ANSWER]}, row, {"messages": [ASKED, ANSWER]})
    assert len(rows) == 3
    (remark,) = rows.remarks
    assert remark.startswith(f"rows.jsonl: line 2: {reason}")


def test_documents_alone_need_no_word(tmp_path: Path) -> None:
    assert read(tmp_path, {"text": "Snow fell."}, {"text": "Rain fell."}).remarks == ()


def test_tools_before_an_answer_are_no_loss(tmp_path: Path) -> None:
    called = {"role": "assistant", "content": None, "tool_calls": [CALL]}
    row = {"messages": [ASKED, called, {"role": "tool", "content": "rain"}, ANSWER], "tools": []}
    assert read(tmp_path, row).remarks == ()
