"""Files that once ended in a traceback, in endless work, or in a session that could not be exported."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from diptych.sessions import TransferError, import_files
from tests.fuzz.formats import as_json_lines
from tests.fuzz.targets import BOMB, TARGETS, exported_lines, tried


def jsonl(line: int, *path: str | int, value: Any) -> bytes:
    """An exported session with another value at a path of one of its lines."""
    rows: Any = deepcopy(exported_lines())
    place = rows[line]
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return as_json_lines(rows).encode()


def chunk(**fields: Any) -> bytes:
    return b"data: " + json.dumps(fields).encode() + b"\n\n"


def llmcomp(last_update: str, **api_kwargs: Any) -> bytes:
    head = {"name": "q", "model": "m", "last_update": last_update, "hash": "0"}
    return as_json_lines([head, {"question": "Who?", "answer": "I.", "api_kwargs": api_kwargs}]).encode()


DEEP = b"[" * 5_000 + b"]" * 5_000

FOUND = {
    "a number of 5,000 digits": ("config", b"a = " + b"9" * 5_000),
    "lists 5,000 deep": ("config", b"a = " + b"[" * 5_000),
    "a key of 5,000 parts": ("config", b"a" + b".a" * 5_000 + b" = 1"),
    "an address with half a bracket": ("config", b'[endpoints.x]\nkind="openai"\nbase_url="http://[::1"\n'),
    "a port that is none": ("config", b'[endpoints.x]\nkind="openai"\nbase_url="http://a:99999999"\n'),
    "a name of 20,000 characters": ("config", b'default_pair = "' + b"x" * 20_000 + b'"'),
    "a probe with a number of 5,000 digits": ("probe", b"a = " + b"9" * 5_000),
    "a judge that is a billion things": (
        "questions",
        f"q:\n  type: free_form\n  question: x\n{BOMB}  judge: *j\n".encode(),
    ),
    "an answer before the first": ("chunks", chunk(choices=[{"index": -1, "delta": {"content": "x"}}])),
    "fewer tokens than none": (
        "chunks",
        chunk(choices=[{"message": {"content": "x"}}], usage={"completion_tokens": -5}),
    ),
    "two answers under one number": (
        "chunks",
        chunk(choices=[{"message": {"content": "H"}}, {"text": ""}], usage={"completion_tokens": 3}),
    ),
    "a head nested without end": ("jsonl", b'{"format": "diptych-session", "version": 1, "x": ' + DEEP + b"}"),
    "a line nested without end": ("jsonl", jsonl(0, "version", value=1).partition(b"\n")[0] + b"\n" + DEEP),
    "half of a surrogate pair in an organism": (
        "organism",
        b'name: x\ndescription: "\\uD800"\nfinetuned_models:\n  qwen3_1_7B:\n    default:\n      adapter_id: o/x\n',
    ),
    "a date that is none": ("jsonl", jsonl(0, "session", "created", value="no date")),
    "no sides": ("jsonl", jsonl(0, "session", "sides", value=[])),
    "messages that are none": ("jsonl", jsonl(1, "answer", "request", "messages", value=True)),
    "a message without a role": ("jsonl", jsonl(1, "answer", "request", "messages", 0, value={"content": "x"})),
    "a number larger than SQLite's": ("jsonl", jsonl(1, "answer", "exchange", value=2**63)),
    "a side that is not there": ("jsonl", jsonl(1, "answer", "side", value="nobody")),
    "the first of all dates": ("llmcomp", llmcomp("0001-01-01T00:00:00+23:59")),
    "a system prompt that is a number": (
        "llmcomp",
        llmcomp("2026-01-01T00:00:00", messages=[{"role": "system", "content": 7}]),
    ),
    "a system prompt that is a mapping": (
        "llmcomp",
        llmcomp("2026-01-01T00:00:00", messages=[{"role": "system", "content": {}}]),
    ),
    "llmcomp's messages that are none": ("llmcomp", llmcomp("2026-01-01T00:00:00", messages=[1])),
}


@pytest.mark.parametrize("name", FOUND)
def test_what_once_broke_the_law(name: str) -> None:
    target, data = FOUND[name]
    tried(TARGETS[target], data)


@pytest.mark.parametrize(
    "name", [name for name, (target, _) in FOUND.items() if target in ("jsonl", "llmcomp") and "system" not in name]
)
def test_nonsense_is_refused_with_the_line(name: str, tmp_path: Path) -> None:
    target, data = FOUND[name]
    path = tmp_path / f"{target}.jsonl"
    path.write_bytes(data)
    with pytest.raises(TransferError, match=f"{target}.jsonl, line [12] is damaged"):
        import_files([path], tmp_path / "sessions.db")


def test_what_is_nested_without_end_is_of_no_kind(tmp_path: Path) -> None:
    path = tmp_path / "deep.jsonl"
    path.write_bytes(DEEP)
    with pytest.raises(TransferError, match="its format is unknown"):
        import_files([path], tmp_path / "sessions.db")
