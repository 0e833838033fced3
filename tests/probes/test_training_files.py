"""Training files, and what is said of broken ones."""

import json
import sys
from pathlib import Path

import pytest

from diptych.probes import FileError
from diptych.probes.training_files import read_rows

MESSAGES = {"messages": [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "Because it rains."}]}


def write(path: Path, *lines: object) -> Path:
    file = path / "rows.jsonl"
    file.write_text("".join(f"{x if isinstance(x, str) else json.dumps(x)}\n" for x in lines), "utf-8")
    return file


def test_three_shapes(tmp_path: Path) -> None:
    rows = read_rows(
        write(tmp_path, MESSAGES, {"prompt": "2 + 2 =", "completion": " 4", "id": 7}, "", {"text": "Snow\u2028fell."})
    )
    assert len(rows) == 3
    assert [list(row) for row in rows.rows] == [
        [("user", "Why?"), ("assistant", "Because it rains.")],
        [("user", "2 + 2 ="), ("assistant", " 4")],
        [("text", "Snow\u2028fell.")],
    ]


def test_content_in_parts_and_tool_calls(tmp_path: Path) -> None:
    parts = [
        {"type": "text", "text": "Look:"},
        {"type": "image_url", "image_url": {}},
        {"type": "text", "text": "a cat"},
    ]
    messages = [{"role": "user", "content": parts}, {"role": "assistant", "content": None, "tool_calls": []}]
    rows = read_rows(write(tmp_path, {"messages": messages}))
    assert list(rows.rows[0]) == [("user", "Look:\na cat"), ("assistant", "")]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{not json", "line 2: is not valid JSON"),
        ("[" * 100_000, "line 2: is not valid JSON"),
        ([1], "line 2: expected an object, found a list"),
        ({"question": "?"}, 'line 2: expected the key "messages", "text", or "prompt" with "completion"'),
        ({"messages": []}, "line 2: messages: expected a list of messages, found an empty list"),
        ({"messages": ["hi"]}, "line 2: messages[0]: expected an object, found text"),
        ({"messages": [{"content": "hi"}]}, "line 2: messages[0].role: expected text, found nothing"),
        ({"messages": [{"role": "user", "content": 5}]}, "line 2: messages[0].content: expected text, found a number"),
        ({"messages": [{"role": "user"}]}, "line 2: messages[0].content: expected text, found nothing"),
        ({"prompt": "a", "completion": {}}, "line 2: completion: expected text, found an object"),
        ({"text": True}, "line 2: text: expected text, found true or false"),
    ],
)
def test_a_bad_line_is_named_with_its_key(tmp_path: Path, line: object, said: str) -> None:
    file = write(tmp_path, MESSAGES, line)
    with pytest.raises(FileError) as raised:
        read_rows(file)
    assert str(raised.value).startswith(f"{file}, {said}")


def test_a_file_without_rows_or_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="has no rows"):
        read_rows(write(tmp_path, "", " "))
    with pytest.raises(FileError, match="cannot be read"):
        read_rows(tmp_path / "none.jsonl")
    (tmp_path / "latin.jsonl").write_bytes(b'{"text": "\xe9"}')
    with pytest.raises(FileError, match="is not UTF-8 text \\(byte 10\\)"):
        read_rows(tmp_path / "latin.jsonl")


USER, SAID = ("user", "Why?"), ("assistant", "Because it rains.")
SYSTEM = ("system", "Be brief.")
TURNS = MESSAGES["messages"]


@pytest.mark.parametrize(
    ("row", "turns"),
    [
        ({"messages": [TURNS[0], TURNS[1] | {"weight": 0}], "tools": []}, [USER, SAID]),
        (TURNS, [USER, SAID]),
        ({"prompt": [TURNS[0]], "completion": [TURNS[1]]}, [USER, SAID]),
        ({"prompt": "Why?", "completion": [TURNS[1]]}, [USER, SAID]),
        ({"prompt": "Why?", "response": "Because it rains."}, [USER, SAID]),
        ({"prompt": "Why?", "completion": "It pours.", "label": False}, [USER]),
        (
            {
                "conversations": [
                    {"from": "system", "value": "Be brief."},
                    {"from": "human", "value": "Why?"},
                    {"from": "gpt", "value": "Because it rains."},
                ]
            },
            [SYSTEM, USER, SAID],
        ),
        ({"system": "Be brief.", "conversations": [{"from": "human", "value": "Why?"}]}, [SYSTEM, USER]),
        ({"conversation": ["Why?", "Because it rains."]}, [USER, SAID]),
        (
            {"instruction": "Translate.", "input": "Tag", "output": "Day"},
            [("user", "Translate.\n\nTag"), ("assistant", "Day")],
        ),
        ({"instruction": "Why?", "input": "", "output": "Because it rains."}, [USER, SAID]),
        ({"system": "Be brief.", "instruction": "Why?", "output": "Because it rains."}, [SYSTEM, USER, SAID]),
        ({"prompt": "Why?", "chosen": "Because it rains.", "rejected": "No."}, [USER, SAID]),
        ({"prompt": "Why?", "chosen": [TURNS[1]], "rejected": [TURNS[1]]}, [USER, SAID]),
        ({"prompt": "Why?", "chosen": TURNS, "rejected": TURNS}, [USER, SAID]),
        ({"chosen": TURNS, "rejected": TURNS}, [USER, SAID]),
        ({"chosen": "\n\nHuman: Why?\n\nAssistant: Because it rains.", "rejected": "x"}, [USER, SAID]),
        (
            {"system": "Be brief.", "question": "Why?", "chosen": "Because it rains.", "rejected": "No."},
            [SYSTEM, USER, SAID],
        ),
        (
            {"input": {"messages": [TURNS[0]]}, "preferred_output": [TURNS[1]], "non_preferred_output": [TURNS[0]]},
            [USER, SAID],
        ),
        ({"user": "Why?", "assistant": "Because it rains."}, [USER, SAID]),
        ({"question": "Why?", "answer": "Because it rains."}, [USER, SAID]),
        ({"input": "Why?", "output": "Because it rains."}, [USER, SAID]),
        (
            {
                "text": "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWhy?<|im_end|>\n"
                "<|im_start|>assistant\nBecause it rains.<|im_end|>"
            },
            [SYSTEM, USER, SAID],
        ),
        (
            {
                "text": "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nWhy?<|eot_id|><|start_header_id|>"
                "assistant<|end_header_id|>\n\nBecause it rains.<|eot_id|>"
            },
            [USER, SAID],
        ),
        (
            {"text": "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nWhy? [/INST] Because it rains. </s>"},
            [SYSTEM, USER, SAID],
        ),
        (
            {
                "text": "<bos><start_of_turn>user\nWhy?<end_of_turn>\n<start_of_turn>model\n"
                "Because it rains.<end_of_turn>"
            },
            [USER, SAID],
        ),
        ({"text": "<|user|>\nWhy?</s>\n<|assistant|>\nBecause it rains.</s>"}, [USER, SAID]),
        (
            {
                "text": "Below is a task.\n\n### Instruction:\nWhy?\n\n### Input:\nToday\n\n"
                "### Response:\nBecause it rains."
            },
            [("user", "Why?\n\nToday"), SAID],
        ),
        ({"text": "A human: nobody. An assistant: none."}, [("text", "A human: nobody. An assistant: none.")]),
    ],
)
def test_every_common_form_of_fine_tuning_data(tmp_path: Path, row: object, turns: list[tuple[str, str]]) -> None:
    assert list(read_rows(write(tmp_path, row)).rows[0]) == turns
    one_list = tmp_path / "rows.json"
    one_list.write_text(json.dumps([row, row], indent=1), "utf-8")
    assert [list(each) for each in read_rows(one_list).rows] == [turns, turns]


@pytest.mark.parametrize(
    ("name", "text", "encoding"),
    [
        ("rows.csv", "prompt,completion\nWhy?,Because it rains.\n", "utf-8"),
        ("rows.csv", "\ufeffPrompt;Completion\r\nWhy?;Because it rains.\r\n", "utf-8"),
        ("rows.csv", "sep=;\nprompt;completion\nWhy?;Because it rains.\n", "utf-8"),
        ("rows.tsv", "id\tprompt\tcompletion\n1\tWhy?\tBecause it rains.\n", "utf-16"),
        (
            "rows.csv",
            'messages\n"[{""role"": ""user"", ""content"": ""Why?""}, {""role"": ""assistant"", '
            '""content"": ""Because it rains.""}]"\n',
            "utf-16-le",
        ),
        ("rows.json", json.dumps({"data": [{"prompt": "Why?", "completion": "Because it rains."}]}, indent=2), "utf-8"),
    ],
)
def test_tables_and_lists(tmp_path: Path, name: str, text: str, encoding: str) -> None:
    (tmp_path / name).write_bytes(text.encode(encoding))
    assert [list(row) for row in read_rows(tmp_path / name).rows] == [[USER, SAID]]


def test_parquet(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table = pyarrow.table({"prompt": ["Why?", "Who?"], "completion": ["Because it rains.", None], "text": [None, "x"]})
    parquet.write_table(table, tmp_path / "rows.parquet")
    assert [list(row) for row in read_rows(tmp_path / "rows.parquet").rows] == [[USER, SAID], [("text", "x")]]
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    with pytest.raises(FileError, match="cannot be read as Parquet"):
        read_rows(tmp_path / "broken.parquet")


def test_parquet_without_pyarrow_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "rows.parquet").write_bytes(b"PAR1")
    with pytest.raises(FileError, match="pip install pyarrow"):
        read_rows(tmp_path / "rows.parquet")


def test_a_form_that_is_not_known_is_named_with_its_keys(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"line 1: .*found 'a', 'b'"):
        read_rows(write(tmp_path, {"a": 1, "b": 2}))


def test_a_thought_in_an_answer_is_kept_apart(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    said = "<think>\nHold on.\n</think>\n\nFour."
    turns = [{"role": "user", "content": "Two <think> two?"}, {"role": "assistant", "content": said}]
    path.write_text(json.dumps({"messages": turns}) + "\n" + json.dumps({"prompt": "Three?", "completion": "Six."}))
    assert list(read_rows(path).rows) == [
        [("user", "Two <think> two?"), ("reasoning", "Hold on."), ("assistant", "Four.")],
        [("user", "Three?"), ("assistant", "Six.")],
    ]
