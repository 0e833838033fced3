"""Training files, and what is said of broken ones."""

import json
from pathlib import Path

import pytest

from probes import FileError
from probes.rows import read_rows

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
