"""Training rows from a file, as they were sent to the fine-tuning. docs/imports.md lists the forms."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from backends import split_thought
from detectors import TrainingRows
from probes.chat_markup import turns_in
from probes.conversations import Turn, is_conversation, is_message, kind_of, text_in, turns_of
from probes.tables import json_in, json_rows, table_rows, text_of
from probes.typed_toml import FileError

Row = list[Turn]
"""Role and content of each message."""

_TALKS = ("messages", "conversations", "conversation", "dialogue", "dialog", "chat", "turns")
_ASKED = ("prompt", "question", "query", "instruction", "user", "human", "input", "inputs", "problem", "source")
_ANSWERED = (
    "completion", "response", "answer", "output", "outputs", "assistant", "gpt", "target", "targets", "solution",
    "ideal",
)  # fmt: skip
_CHOSEN = ("chosen", "preferred_output", "preferred", "chosen_response", "preferred_completion")
_TEXTS = ("text", "content", "document")
_COLUMNS = (*_TALKS, *_ASKED, *_ANSWERED, *_CHOSEN, *_TEXTS)
_FORMS = 'expected the key "messages", "text", or "prompt" with "completion"'


def read_rows(path: Path) -> TrainingRows:
    """The rows of a file of fine-tuning data: JSON lines, a JSON list, a table with named columns, Parquet.

    Blank lines are no rows; other keys are left alone. A thought within an answer is kept apart, as it is in the
    answers that are held against the rows. Raises FileError that names file, line and key.
    """
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        placed = _of_parquet(path)
    elif suffix in (".csv", ".tsv", ".tab"):
        table = table_rows(path, text_of(path, None), _COLUMNS)
        placed = ((place, {key: _cell(cell) for key, cell in row.items()}) for place, row in table)
    else:
        placed = json_rows(path, text_of(path, None))
    rows = [_thoughts_apart(_row(value, place)) for place, value in placed]
    if not rows:
        raise FileError(f"{path}: has no rows")
    return TrainingRows(rows)


def _thoughts_apart(row: Row) -> Row:
    apart: Row = []
    for role, said in row:
        thought, answer = split_thought(said) if role == "assistant" else ("", said)
        if thought:
            apart.append(("reasoning", thought))
        apart.append((role, answer))
    return apart


def _row(value: Any, place: str) -> Row:
    if isinstance(value, str):
        return turns_in(value)
    if is_conversation(value):
        return turns_of(value, place)
    if not isinstance(value, dict):
        raise FileError(f"{place}: expected an object, found {kind_of(value)}")
    for key in _TALKS:
        said = value.get(key)
        if key != "messages" and isinstance(said, list) and said and all(isinstance(each, str) for each in said):
            return [*_system(value), *zip(("user", "assistant") * len(said), said, strict=False)]
        if key in value and (key == "messages" or isinstance(said, list)):
            return [*_system(value), *turns_of(value[key], f"{place}: {key}")]
    opening = _asked(value, place)
    for key in (*_CHOSEN, *_ANSWERED):
        if key in value and (opening or key in _CHOSEN):
            return _answered(opening, value, key, place)
    for key in _TEXTS:
        if key in value:
            return turns_in(text_in(value[key], f"{place}: {key}"))
    found = ", ".join(map(repr, list(value)[:8]))
    raise FileError(f"{place}: {_FORMS}" + (f", or another form of docs/imports.md; found {found}" if found else ""))


def _cell(cell: str) -> Any:
    read = json_in(cell)
    return read if is_conversation(read) or is_message(read) else cell


def _asked(value: Mapping[str, Any], place: str) -> Row:
    """What stands before the answer: the system prompt, and the user's turn or the conversation so far."""
    key = next((key for key in _ASKED if value.get(key) is not None), None)
    if key is None:
        return []
    if key == "input" and isinstance(value[key], dict) and "messages" in value[key]:
        return turns_of(value[key]["messages"], f"{place}: input.messages")
    if is_conversation(value[key]):
        return [*_system(value), *turns_of(value[key], f"{place}: {key}")]
    asked = turns_in(text_in(value[key], f"{place}: {key}"), whole="user")
    beside = value.get("input")
    if key == "instruction" and isinstance(beside, str) and beside.strip():
        asked = [("user", f"{value[key]}\n\n{beside}")]
    return [*_system(value), *asked]


def _answered(opening: Row, value: Mapping[str, Any], key: str, place: str) -> Row:
    """The row with its answer. One that says itself what came before is the whole row; one that is marked as bad was
    not what the fine-tuning was for."""
    if value.get("label") is False and key not in _CHOSEN:
        return opening
    answer, where = value[key], f"{place}: {key}"
    if is_conversation(answer) or is_message(answer):
        turns = turns_of(answer, where)
        return turns if any(role == "user" for role, _ in turns) else [*opening, *turns]
    if isinstance(answer, list) and answer and all(isinstance(each, str) for each in answer):
        answer = answer[0]
    turns = turns_in(text_in(answer, where), whole="assistant")
    return turns if any(role == "user" for role, _ in turns) else [*opening, *turns]


def _system(value: Mapping[str, Any]) -> Row:
    said = next((value[key] for key in ("system", "system_prompt") if isinstance(value.get(key), str)), "")
    return [("system", said)] if said.strip() else []


def _of_parquet(path: Path) -> Iterator[tuple[str, Any]]:
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise FileError(f"{path}: Parquet is read with pyarrow: pip install pyarrow") from error
    number = 0
    try:
        for batch in ParquetFile(path).iter_batches():
            for row in batch.to_pylist():
                number += 1
                yield f"{path}, row {number}", {key: each for key, each in row.items() if each is not None}
    except (ArrowException, OSError, ValueError) as error:
        raise FileError(f"{path}: cannot be read as Parquet: {' '.join(str(error).split())[:200]}") from error
