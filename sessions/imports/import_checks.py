"""Checks an imported session beyond its types, so that everything imported can be shown, exported and replayed."""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from diptych.sessions.records import MOST_MEMBERS, SIDE_NAMES, Answer, Session
from diptych.sessions.store_errors import TransferError

_MOST_SIDES = len(SIDE_NAMES)
_LARGEST = 2**63 - 1
"""The largest integer of SQLite."""
_FARTHEST = 1e300
"""An x that can still be drawn."""
_Count = Annotated[int, Meta(ge=0, le=_LARGEST)]
_Number = Annotated[int, Meta(ge=1, le=_LARGEST)]
_Seconds = Annotated[float, Meta(ge=0, le=1e12)]


class _Message(msgspec.Struct):
    role: str
    content: Any


class Sent(msgspec.Struct):
    """The parts of a request that are read later."""

    messages: list[_Message] = []
    model: str = ""


class _Tick(msgspec.Struct):
    at: _Seconds
    chars: _Count
    tokens: _Count


class _Usage(msgspec.Struct):
    prompt_tokens: _Count
    completion_tokens: _Count


class _Span(msgspec.Struct):
    start: _Count
    end: _Count


class _Finding(msgspec.Struct):
    version: _Count
    spans: tuple[_Span, ...]
    line: _Count | None
    token: _Count | None
    letters_before: _Count | None


class _TokenScore(msgspec.Struct):
    end: _Count
    tokens: _Number


class _SideScores(msgspec.Struct):
    tokens: tuple[_TokenScore, ...]


class _Answer(msgspec.Struct):
    exchange: _Number
    sample: _Count
    request: Sent
    timeline: tuple[_Tick, ...]
    usage: _Usage | None
    ended_at: _Seconds | None
    findings: tuple[_Finding, ...]
    position: Annotated[int, Meta(ge=1, le=_MOST_SIDES)] | None
    planned: _Count | None
    scores: tuple[_SideScores, ...]


class _Run(msgspec.Struct):
    seed: Annotated[int, Meta(ge=-_LARGEST, le=_LARGEST)]
    samples: _Number


class _Side(msgspec.Struct):
    x: Annotated[float, Meta(ge=-_FARTHEST, le=_FARTHEST)] | None
    training_seed: Annotated[int, Meta(ge=-_LARGEST, le=_LARGEST)] | None


class _Session(msgspec.Struct):
    created: datetime
    sides: Annotated[tuple[_Side, ...], Meta(min_length=1, max_length=_MOST_SIDES)]
    run: _Run | None
    tags: tuple[Annotated[str, Meta(pattern=r"^\S+$")], ...]


class _FamilySession(_Session):
    sides: Annotated[tuple[_Side, ...], Meta(min_length=1, max_length=MOST_MEMBERS)]


def check_session(session: Session, where: str) -> None:
    """Check a session. Raises TransferError that names `where` and the key."""
    _check(session, _Session if session.family is None else _FamilySession, where)
    names = [side.name for side in session.sides]
    if len(set(names)) < len(names) or not all(names):
        raise damaged_file(where, "sides: expected different names")


def check_answer(answer: Answer, sides: Collection[str], where: str) -> None:
    """Check an answer. Raises TransferError that names `where` and the key."""
    _check(answer, _Answer, where)
    if answer.side not in sides:
        raise damaged_file(where, f"side: expected one of {', '.join(sides)}, found {answer.side!r}")
    if any(not span.start <= span.end <= len(answer.text) for f in answer.findings for span in f.spans):
        raise damaged_file(where, "findings: expected spans within the text")


def damaged_file(where: str, said: object) -> TransferError:
    """Return the error for impossible content in a file."""
    return TransferError(
        f"{where} is damaged: {said}; nothing was imported", "export it again from the program that wrote it"
    )


def _check(value: object, kind: type[Any], where: str) -> None:
    try:
        msgspec.convert(value, kind, from_attributes=True)
    except (msgspec.ValidationError, RecursionError) as error:
        raise damaged_file(where, error) from error
