"""Imports result files of llmcomp 1.6 (https://github.com/johny-b/llmcomp).

There is one file for each model and question: DIR/question/NAME/HASH.jsonl. The first line holds name, model,
last_update and hash; every other line api_kwargs (before 1.6: messages), question, answer and paraphrase_ix. For an
answer that failed llmcomp stores an empty text and nothing else, so empty answers are imported as failed.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from diptych.sessions.encoding import storable_json
from diptych.sessions.imports.import_checks import Sent
from diptych.sessions.imports.incoming_session import IncomingSession, side_records
from diptych.sessions.records import Answer, Failure, Label, Session, SideRecord
from diptych.sessions.store_errors import TransferError

_LOST = Failure(
    "suspected",
    "llmcomp stored an empty text and no request, as it does when a request failed",
    "ask again",
)
_EMPTY = Failure(
    "suspected",
    "llmcomp stored an empty text: the answer was empty, or the endpoint refused",
    "ask again",
)


class _Head(msgspec.Struct):
    name: str
    model: str
    last_update: datetime
    """In local time of the machine that wrote it."""
    hash: str


class _Row(msgspec.Struct):
    question: str
    answer: str | dict[str, float] | None
    api_kwargs: dict[str, Any] = {}
    messages: list[dict[str, Any]] = []
    paraphrase_ix: int = 0

    @property
    def request(self) -> dict[str, Any]:
        """The stored request; {} for a failed one."""
        return self.api_kwargs or ({"messages": self.messages} if self.messages else {})


class _File(msgspec.Struct):
    path: Path
    head: _Head
    updated: datetime
    """In UTC."""
    rows: list[_Row]


def recognises(path: Path, start: bytes) -> bool:
    """Return whether a file that starts with this line is one."""
    try:
        msgspec.json.decode(start, type=_Head)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True


def read(files: Sequence[Path]) -> IncomingSession:
    """Read result files as a session: each model is a side, each question a condition. Raises TransferError."""
    read_files = [_file(path) for path in files]
    _check_no_duplicates(read_files)
    models = list(dict.fromkeys(file.head.model for file in read_files))
    if len(models) > 4:
        raise TransferError(f"these files are of {len(models)} models", "a session has up to four sides")
    unnamed = [(None, model, None, _system(model, read_files)) for model in models]
    records = side_records(unnamed, "llmcomp")
    names = list(dict.fromkeys(file.head.name for file in read_files))
    session = Session(
        0,
        f"llmcomp: {', '.join(names)}",
        min(file.updated for file in read_files).isoformat(timespec="seconds"),
        "imported",
        None,
        tuple(records),
    )
    sides = {record.model: record for record in records}
    remarks: list[str] = []
    return IncomingSession(session, _answers(read_files, sides, remarks), remarks)


def _file(path: Path) -> _File:
    rows = []
    number = 0
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if number == 1:
                    head = msgspec.json.decode(line, type=_Head)
                    updated = head.last_update.astimezone(UTC)
                elif line.strip():
                    # llmcomp writes with the standard library, whose NaN and halves of surrogate pairs msgspec rejects.
                    row = msgspec.convert(storable_json(json.loads(line)), _Row)
                    msgspec.convert(row.request, Sent)
                    rows.append(row)
    except (ValueError, OverflowError, RecursionError) as error:
        raise TransferError(
            f"{path}, line {number} is damaged: {error}; nothing was imported", "create it again with llmcomp"
        ) from error
    return _File(path, head, updated, rows)


def _check_no_duplicates(files: Sequence[_File]) -> None:
    """Raises TransferError if two files hold answers of one model to one question. The question was changed between
    them, and the answers to both versions would be counted together."""
    seen: dict[tuple[str, str, str], Path] = {}
    for file in files:
        for question in {row.question for row in file.rows}:
            other = seen.setdefault((file.head.model, file.head.name, question), file.path)
            if other is not file.path:
                raise TransferError(
                    f"{other} and {file.path} both hold answers of {file.head.model} to {file.head.name!r}, asked in"
                    " two ways",
                    "import one of them",
                )


def _system(model: str, files: Sequence[_File]) -> str | None:
    """Return the system prompt of all requests to a model; None if they differ."""
    found = {
        next((_text(m) for m in row.request.get("messages", ()) if m.get("role") == "system"), None)
        for file in files
        if file.head.model == model
        for row in file.rows
        if row.request
    }
    return found.pop() if len(found) == 1 else None


def _text(message: Mapping[str, Any]) -> str | None:
    """Return the content of a message if it is plain text."""
    content = message.get("content")
    return content if isinstance(content, str) else None


def _answers(
    files: Sequence[_File], sides: Mapping[str, SideRecord], remarks: list[str]
) -> Iterator[tuple[Answer, Sequence[Label]]]:
    exchanges: dict[tuple[str, str], int] = {}
    samples: Counter[tuple[str, int]] = Counter()
    suspected = probabilities = 0
    for file in files:
        side = sides[file.head.model].name
        for row in file.rows:
            if isinstance(row.answer, dict):
                probabilities += 1
                continue
            exchange = exchanges.setdefault((file.head.name, row.question), len(exchanges) + 1)
            sample = samples[side, exchange]
            samples[side, exchange] += 1
            suspected += not (row.answer or "").strip()
            yield _answer(file.head, row, side, exchange, sample), ()
    if suspected:
        remarks.append(
            f"empty answers imported as failed: {suspected}; llmcomp stores an empty text when a request fails"
        )
    if probabilities:
        remarks.append(f"rows left out because they hold token probabilities instead of an answer: {probabilities}")


def _answer(head: _Head, row: _Row, side: str, exchange: int, sample: int) -> Answer:
    assert not isinstance(row.answer, dict)
    text = row.answer or ""
    failure = None if text.strip() else _EMPTY if row.request else _LOST
    wanted = {"messages": [{"role": "user", "content": row.question}]}
    return Answer(
        exchange=exchange,
        side=side,
        prompt=row.question,
        condition=head.name,
        sample=sample,
        request={"model": head.model} | (row.request or wanted),
        state="failed" if failure is not None else "done",
        text=text,
        failure=failure,
    )
