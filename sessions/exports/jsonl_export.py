"""JSON lines: everything that is kept of a session, to be imported again. docs/jsonl.md describes it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from diptych.sessions.exports.export_data import ExportData
from diptych.sessions.records import Answer, Label, Session
from diptych.sessions.sanitize import escaped_json

VERSION = 1


class Head(msgspec.Struct, frozen=True):
    """The first line."""

    format: str
    """"diptych-session"."""
    version: int
    session: Session
    hidden: int = 0
    """How many of the answers are masked because their sides are hidden."""


class Line(msgspec.Struct, frozen=True):
    """Every other line: an answer, and what people said of it."""

    id: int
    """Its number in the store that it comes from; 0 of a masked one."""
    answer: Answer
    labels: Sequence[Label] = ()
    unscored: str = ""
    """Why the answer is no sample, so that nothing in its findings counts; "" where it is one."""


def lines(data: ExportData) -> Iterator[bytes]:
    """The lines of the file, with their ends."""
    encode = msgspec.json.Encoder().encode
    head = Head("diptych-session", VERSION, data.session, len(data.hidden))
    yield escaped_json(encode(head)) + b"\n"
    for number, answer in data.kept():
        line = Line(number, answer, data.labels.get(number, ()), answer.unscored)
        yield escaped_json(encode(line)) + b"\n"


def write(data: ExportData, path: Path) -> list[str]:
    """Write the file; nothing is left out, but what is hidden."""
    with path.open("wb") as file:
        file.writelines(lines(data))
    if data.hidden:
        return ["the sides of some answers are hidden until they are labelled; masked, they cannot be imported again"]
    return []
