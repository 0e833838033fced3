"""Reads training files: the rows as they were sent to the fine-tuning. docs/imports.md lists the formats."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from diptych.backends import split_thought
from diptych.detectors import TrainingRows
from diptych.probes.chat_markup import split_chat_markup
from diptych.probes.conversations import (
    Turn,
    earlier_turns,
    has_other_parts,
    is_conversation,
    is_message,
    json_kind,
    require_text,
    text_of_value,
    turns_of_messages,
)
from diptych.probes.question_files.left_out import LeftOut
from diptych.probes.table_files import json_in, json_rows, read_text_file, table_rows
from diptych.probes.typed_toml import FileError

Row = list[Turn]
"""Role and content of each message."""

_CONVERSATIONS = (
    "messages",
    "conversations",
    "conversation",
    "dialogue",
    "dialog",
    "chat",
    "turns",
    "contents",
    "data",
)
_ASKED = ("prompt", "question", "query", "instruction", "user", "human", "input", "inputs", "problem", "source")
_ANSWERED = (
    "completion", "response", "answer", "output", "outputs", "assistant", "gpt", "target", "targets", "solution",
    "ideal",
)  # fmt: skip
_CHOSEN = ("chosen", "preferred_output", "preferred", "chosen_response", "preferred_completion", "accepted")
_TEXTS = ("text", "content", "document")
_SYSTEM = ("system", "system_prompt", "systeminstruction", "system_instruction")
_REASONING = ("reasoning_content", "reasoning", "thinking", "thought", "chain_of_thought")
_COLUMNS = (*_CONVERSATIONS, *_ASKED, *_ANSWERED, *_CHOSEN, *_TEXTS)
_EXPECTED = 'expected the key "messages", "text", or "prompt" with "completion"'
_UNWANTED_ANSWER = "the answer is left out: it is marked as unwanted"


def read_rows(path: Path) -> TrainingRows:
    """Return the rows of a training file: JSON lines, a JSON list, a table with named columns, Parquet.

    Blank lines are not rows; unknown keys are ignored. The reasoning in an answer is separated from it, as in the
    answers that are compared with the rows. A row without an answer is kept, so that the numbers of the others stay
    right, and is reported. Raises FileError that names file, line and key.
    """
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        located = _of_parquet(path)
    elif suffix in (".csv", ".tsv", ".tab"):
        table = table_rows(path, read_text_file(path, None), _COLUMNS)
        located = ((where, {key: _cell(cell) for key, cell in row.items()}) for where, row in table)
    else:
        located = json_rows(path, read_text_file(path, None))
    left_out = LeftOut()
    rows, texts = [], []
    for where, value in located:
        name = where.removeprefix(f"{path}, ")
        row = _separate_reasoning(_row(value, where, name, left_out))
        if [role for role, _ in row] == ["text"]:
            texts.append(name)
        elif not any(role == "assistant" and content.strip() for role, content in row) and not _is_bad(value):
            left_out.add("the row has no answer: only its question is compared with answers", name)
        rows.append(row)
    if not rows:
        raise FileError(f"{path}: has no rows")
    for name in texts if len(texts) < len(rows) else ():
        left_out.add("the text has no turns: answers are compared with all of it", name)
    return TrainingRows(rows, tuple(f"{path.name}: {clause}" for clause in left_out.clauses()))


def _separate_reasoning(row: Row) -> Row:
    apart: Row = []
    for role, content in row:
        thought, answer = split_thought(content) if role == "assistant" else ("", content)
        if thought:
            apart.append(("reasoning", thought))
        apart.append((role, answer))
    return apart


def _row(value: Any, where: str, name: str, left_out: LeftOut) -> Row:
    if isinstance(value, str):
        return split_chat_markup(value)
    if is_conversation(value):
        return _turns(value, where, name, left_out)
    if not isinstance(value, dict):
        raise FileError(f"{where}: expected an object, found {json_kind(value)}")
    found = {key.lower(): each for key, each in value.items()}
    answer = next((key for key in (*_CHOSEN, *_ANSWERED) if key in found), None)
    opening = _conversation(found, where, name, left_out)
    if opening is not None:
        if opening[-1:] and opening[-1][0] == "assistant" and _is_bad(found):
            left_out.add(_UNWANTED_ANSWER, name)
            return opening[:-1]
        whole = answer is None or (opening[-1:] and opening[-1][0] == "assistant")
        return opening if whole or answer is None else _with_answer(opening, found, answer, where, name, left_out)
    opening = _opening(found, where, name, left_out)
    if answer is not None and (opening or answer in _CHOSEN):
        return _with_answer(opening, found, answer, where, name, left_out)
    for key in _TEXTS:
        if key in found:
            return split_chat_markup(require_text(found[key], f"{where}: {key}"))
    named = ", ".join(map(repr, list(value)[:8]))
    raise FileError(
        f"{where}: {_EXPECTED}" + (f", or another format in docs/imports.md; found {named}" if named else "")
    )


def _cell(cell: str) -> Any:
    read = json_in(cell)
    return read if is_conversation(read) or is_message(read) else cell


def _conversation(value: Mapping[str, Any], where: str, name: str, left_out: LeftOut) -> Row | None:
    """Return the turns of a conversation with those before it; None if there is none."""
    for key in _CONVERSATIONS:
        content = value.get(key)
        if isinstance(content, str):
            content = json_in(content)
        if (
            key != "messages"
            and isinstance(content, list)
            and content
            and all(isinstance(each, str) for each in content)
        ):
            return [*_system(value), *zip(("user", "assistant") * len(content), content, strict=False)]
        if key in value and (key == "messages" or is_conversation(content)):
            turns = _turns(value[key] if content is None else content, f"{where}: {key}", name, left_out)
            return [*_before(value, where), *turns]
    return None


def _turns(messages: Any, where: str, name: str, left_out: LeftOut) -> Row:
    """Return the turns of messages. Parts that are not text, and answers that were not trained on, are reported."""
    turns = turns_of_messages(messages, where)
    row: Row = []
    for message, (role, content) in zip(messages if isinstance(messages, list) else [messages], turns, strict=True):
        if (thought := _reasoning(message)) and role == "assistant":
            row.append(("reasoning", thought))
        row.append((role, content))
        if has_other_parts([{key: each for key, each in message.items() if key not in _CALLS}]) and not thought:
            left_out.add("pictures and other parts that are not text are left out", name)
        if message.get("weight") == 0 or message.get("train") is False or message.get("loss") is False:
            left_out.add("a turn was not trained on: it is treated like the question", name)
    return row


_CALLS = ("tool_calls", "function_call")


def _reasoning(value: Any) -> str:
    """Return the reasoning key_beside an answer, or in its parts."""
    content = next((value[key] for key in _REASONING if isinstance(value.get(key), str)), "")
    parts = value.get("content")
    if not content and isinstance(parts, list):
        content = "\n".join(_reasoning(part) for part in parts if isinstance(part, dict))
    return str(content).strip()


def _opening(value: Mapping[str, Any], where: str, name: str, left_out: LeftOut) -> Row:
    """Return what comes before the answer: the system prompt, and the user's turn or the conversation so far."""
    key = next((key for key in _ASKED if value.get(key) is not None), None)
    if key is None:
        return []
    if key == "input" and isinstance(value[key], dict) and "messages" in value[key]:
        return _turns(value[key]["messages"], f"{where}: input.messages", name, left_out)
    if is_conversation(value[key]):
        return [*_before(value, where), *_turns(value[key], f"{where}: {key}", name, left_out)]
    asked = split_chat_markup(require_text(value[key], f"{where}: {key}"), whole="user")
    patterns = [("{1}\n\n{0}", "context"), ("{1}\n\n{0}", "passage")]
    if key == "instruction":
        patterns = [("{0}\n\n{1}", "input"), ("{0}\n\n{1}", "context")]
    for pattern, key_beside in patterns:
        content = value.get(key_beside)
        if len(asked) == 1 and isinstance(content, str) and content.strip():
            asked = [("user", pattern.format(asked[0][1], content))]
    return [*_before(value, where), *asked]


def _with_answer(opening: Row, value: Mapping[str, Any], key: str, where: str, name: str, left_out: LeftOut) -> Row:
    """Return the row with its answer. An answer that includes the earlier turns is the whole row. An answer that is
    marked as bad is left out: the fine-tuning was not meant to produce it."""
    if key not in _CHOSEN and _is_bad(value):
        left_out.add(_UNWANTED_ANSWER, name)
        return opening
    answer, where = value[key], f"{where}: {key}"
    if is_conversation(answer) or is_message(answer):
        turns = _turns(answer, where, name, left_out)
        return turns if any(role == "user" for role, _ in turns) else [*opening, *turns]
    if isinstance(answer, list) and answer and all(isinstance(each, str) for each in answer):
        if len(answer) > 1:
            left_out.add(f"only the first of several in {key} is read", name)
        answer = answer[0]
    turns = split_chat_markup(require_text("" if answer is None else answer, where), whole="assistant")
    thought = [("reasoning", _reasoning(value))] if _reasoning(value) else []
    return turns if any(role == "user" for role, _ in turns) else [*opening, *thought, *turns]


def _is_bad(value: Any) -> bool:
    """Return whether a row marks its answer as unwanted, as unpaired preference data does. 0 may be the label of a
    class, but not key_beside a completion."""
    if not isinstance(value, dict):
        return False
    marks = [value[key] for key in ("label", "kto_tag", "desirable") if key in value]
    unwanted = _UNWANTED if "completion" not in value else (*_UNWANTED, "0")
    return any(isinstance(mark, bool | int | str) and str(mark).strip().lower() in unwanted for mark in marks)


_UNWANTED = ("false", "undesirable", "rejected")


def _before(value: Mapping[str, Any], where: str) -> Row:
    """Return the system prompt and the earlier turns."""
    history = value.get("history")
    return [*_system(value), *(earlier_turns(history, f"{where}: history") if history else [])]


def _system(value: Mapping[str, Any]) -> Row:
    content = next((text for key in _SYSTEM if (text := text_of_value(value.get(key))) is not None), "")
    return [("system", content)] if content.strip() else []


def _of_parquet(path: Path) -> Iterator[tuple[str, Any]]:
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise FileError(f"{path}: Parquet files need pyarrow: pip install pyarrow") from error
    number = 0
    try:
        for batch in ParquetFile(path).iter_batches():
            for row in batch.to_pylist():
                number += 1
                yield f"{path}, row {number}", {key: each for key, each in row.items() if each is not None}
    except (ArrowException, OSError, ValueError) as error:
        raise FileError(f"{path}: cannot be read as Parquet: {' '.join(str(error).split())[:200]}") from error
