"""Training rows from a file, as they were sent to the fine-tuning. docs/imports.md lists the forms."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from diptych.backends import split_thought
from diptych.detectors import TrainingRows
from diptych.probes.chat_markup import turns_in
from diptych.probes.conversations import (
    Turn,
    earlier_turns,
    has_other_parts,
    is_conversation,
    is_message,
    kind_of,
    text_in,
    text_within,
    turns_of,
)
from diptych.probes.question_files.losses import Losses
from diptych.probes.table_files import json_in, json_rows, table_rows, text_of
from diptych.probes.typed_toml import FileError

Row = list[Turn]
"""Role and content of each message."""

_TALKS = ("messages", "conversations", "conversation", "dialogue", "dialog", "chat", "turns", "contents", "data")
_ASKED = ("prompt", "question", "query", "instruction", "user", "human", "input", "inputs", "problem", "source")
_ANSWERED = (
    "completion", "response", "answer", "output", "outputs", "assistant", "gpt", "target", "targets", "solution",
    "ideal",
)  # fmt: skip
_CHOSEN = ("chosen", "preferred_output", "preferred", "chosen_response", "preferred_completion", "accepted")
_TEXTS = ("text", "content", "document")
_SYSTEM = ("system", "system_prompt", "systeminstruction", "system_instruction")
_THOUGHT = ("reasoning_content", "reasoning", "thinking", "thought", "chain_of_thought")
_COLUMNS = (*_TALKS, *_ASKED, *_ANSWERED, *_CHOSEN, *_TEXTS)
_FORMS = 'expected the key "messages", "text", or "prompt" with "completion"'
_BAD = "the answer is left out: it is marked as one that was trained against"


def read_rows(path: Path) -> TrainingRows:
    """The rows of a file of fine-tuning data: JSON lines, a JSON list, a table with named columns, Parquet.

    Blank lines are no rows; other keys are left alone. A thought within an answer is kept apart, as it is in the
    answers that are held against the rows. A row without an answer stays, so that the others keep their numbers, and
    is named. Raises FileError that names file, line and key.
    """
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        placed = _of_parquet(path)
    elif suffix in (".csv", ".tsv", ".tab"):
        table = table_rows(path, text_of(path, None), _COLUMNS)
        placed = ((place, {key: _cell(cell) for key, cell in row.items()}) for place, row in table)
    else:
        placed = json_rows(path, text_of(path, None))
    losses = Losses()
    rows, texts = [], []
    for place, value in placed:
        name = place.removeprefix(f"{path}, ")
        row = _thoughts_apart(_row(value, place, name, losses))
        if [role for role, _ in row] == ["text"]:
            texts.append(name)
        elif not any(role == "assistant" and said.strip() for role, said in row) and not _is_bad(value):
            losses.note("there is no answer: only what was asked is held against answers", name)
        rows.append(row)
    if not rows:
        raise FileError(f"{path}: has no rows")
    for name in texts if len(texts) < len(rows) else ():
        losses.note("the text has no turns: it is held against answers as a whole", name)
    return TrainingRows(rows, tuple(f"{path.name}: {said}" for said in losses.clauses()))


def _thoughts_apart(row: Row) -> Row:
    apart: Row = []
    for role, said in row:
        thought, answer = split_thought(said) if role == "assistant" else ("", said)
        if thought:
            apart.append(("reasoning", thought))
        apart.append((role, answer))
    return apart


def _row(value: Any, place: str, name: str, losses: Losses) -> Row:
    if isinstance(value, str):
        return turns_in(value)
    if is_conversation(value):
        return _turns(value, place, name, losses)
    if not isinstance(value, dict):
        raise FileError(f"{place}: expected an object, found {kind_of(value)}")
    found = {key.lower(): each for key, each in value.items()}
    answer = next((key for key in (*_CHOSEN, *_ANSWERED) if key in found), None)
    opening = _talk(found, place, name, losses)
    if opening is not None:
        if opening[-1:] and opening[-1][0] == "assistant" and _is_bad(found):
            losses.note(_BAD, name)
            return opening[:-1]
        whole = answer is None or (opening[-1:] and opening[-1][0] == "assistant")
        return opening if whole or answer is None else _answered(opening, found, answer, place, name, losses)
    opening = _asked(found, place, name, losses)
    if answer is not None and (opening or answer in _CHOSEN):
        return _answered(opening, found, answer, place, name, losses)
    for key in _TEXTS:
        if key in found:
            return turns_in(text_in(found[key], f"{place}: {key}"))
    named = ", ".join(map(repr, list(value)[:8]))
    raise FileError(f"{place}: {_FORMS}" + (f", or another form of docs/imports.md; found {named}" if named else ""))


def _cell(cell: str) -> Any:
    read = json_in(cell)
    return read if is_conversation(read) or is_message(read) else cell


def _talk(value: Mapping[str, Any], place: str, name: str, losses: Losses) -> Row | None:
    """The turns of a conversation with what stands before it; None where there is none."""
    for key in _TALKS:
        said = value.get(key)
        if isinstance(said, str):
            said = json_in(said)
        if key != "messages" and isinstance(said, list) and said and all(isinstance(each, str) for each in said):
            return [*_system(value), *zip(("user", "assistant") * len(said), said, strict=False)]
        if key in value and (key == "messages" or is_conversation(said)):
            turns = _turns(value[key] if said is None else said, f"{place}: {key}", name, losses)
            return [*_before(value, place), *turns]
    return None


def _turns(messages: Any, place: str, name: str, losses: Losses) -> Row:
    """The turns of messages; what of them is no text is named, as are answers that were not trained on."""
    turns = turns_of(messages, place)
    row: Row = []
    for message, (role, said) in zip(messages if isinstance(messages, list) else [messages], turns, strict=True):
        if (thought := _thought(message)) and role == "assistant":
            row.append(("reasoning", thought))
        row.append((role, said))
        if has_other_parts([{key: each for key, each in message.items() if key not in _CALLS}]) and not thought:
            losses.note("pictures and other parts that are no text are left out", name)
        if message.get("weight") == 0 or message.get("train") is False or message.get("loss") is False:
            losses.note("a turn was not trained on: it is held against answers like what was asked", name)
    return row


_CALLS = ("tool_calls", "function_call")


def _thought(value: Any) -> str:
    """What is written as the thought of an answer beside it, or as a part of it."""
    said = next((value[key] for key in _THOUGHT if isinstance(value.get(key), str)), "")
    parts = value.get("content")
    if not said and isinstance(parts, list):
        said = "\n".join(_thought(part) for part in parts if isinstance(part, dict))
    return str(said).strip()


def _asked(value: Mapping[str, Any], place: str, name: str, losses: Losses) -> Row:
    """What stands before the answer: the system prompt, and the user's turn or the conversation so far."""
    key = next((key for key in _ASKED if value.get(key) is not None), None)
    if key is None:
        return []
    if key == "input" and isinstance(value[key], dict) and "messages" in value[key]:
        return _turns(value[key]["messages"], f"{place}: input.messages", name, losses)
    if is_conversation(value[key]):
        return [*_before(value, place), *_turns(value[key], f"{place}: {key}", name, losses)]
    asked = turns_in(text_in(value[key], f"{place}: {key}"), whole="user")
    around = [("{1}\n\n{0}", "context"), ("{1}\n\n{0}", "passage")]
    if key == "instruction":
        around = [("{0}\n\n{1}", "input"), ("{0}\n\n{1}", "context")]
    for mode, beside in around:
        said = value.get(beside)
        if len(asked) == 1 and isinstance(said, str) and said.strip():
            asked = [("user", mode.format(asked[0][1], said))]
    return [*_before(value, place), *asked]


def _answered(opening: Row, value: Mapping[str, Any], key: str, place: str, name: str, losses: Losses) -> Row:
    """The row with its answer. One that says itself what came before is the whole row; one that is marked as bad was
    not what the fine-tuning was for."""
    if key not in _CHOSEN and _is_bad(value):
        losses.note(_BAD, name)
        return opening
    answer, where = value[key], f"{place}: {key}"
    if is_conversation(answer) or is_message(answer):
        turns = _turns(answer, where, name, losses)
        return turns if any(role == "user" for role, _ in turns) else [*opening, *turns]
    if isinstance(answer, list) and answer and all(isinstance(each, str) for each in answer):
        if len(answer) > 1:
            losses.note(f"only the first of several in {key} is read", name)
        answer = answer[0]
    turns = turns_in(text_in("" if answer is None else answer, where), whole="assistant")
    thought = [("reasoning", _thought(value))] if _thought(value) else []
    return turns if any(role == "user" for role, _ in turns) else [*opening, *thought, *turns]


def _is_bad(value: Any) -> bool:
    """Whether a row says of its answer that it is not wanted, as unpaired preferences do; 0 may name a class of texts,
    but not beside a completion."""
    if not isinstance(value, dict):
        return False
    marks = [value[key] for key in ("label", "kto_tag", "desirable") if key in value]
    unwanted = _UNWANTED if "completion" not in value else (*_UNWANTED, "0")
    return any(isinstance(mark, bool | int | str) and str(mark).strip().lower() in unwanted for mark in marks)


_UNWANTED = ("false", "undesirable", "rejected")


def _before(value: Mapping[str, Any], place: str) -> Row:
    """The system prompt and the turns that came before."""
    history = value.get("history")
    return [*_system(value), *(earlier_turns(history, f"{place}: history") if history else [])]


def _system(value: Mapping[str, Any]) -> Row:
    said = next((text for key in _SYSTEM if (text := text_within(value.get(key))) is not None), "")
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
