"""The JSON lines export: everything that is stored about a session, for importing again. docs/jsonl.md describes it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from diptych.sessions.exports.export_data import ExportData
from diptych.sessions.records import Answer, Label, Session
from diptych.sessions.sanitize import escaped_json

VERSION = 2
"""The highest version that there is."""
_OF_PAIRS = 1
"""The version of a session without a family: the same as ever, so that older programs read it."""


class Head(msgspec.Struct, frozen=True):
    """The first line."""

    format: str
    """Always "diptych-session"."""
    version: int
    session: Session
    hidden: int = 0
    """How many answers are masked because their sides are hidden."""


class Line(msgspec.Struct, frozen=True):
    """Every other line: an answer with its labels."""

    id: int
    """The answer's number in its store; 0 for a masked answer."""
    answer: Answer
    labels: Sequence[Label] = ()
    unscored: str = ""
    """Why the answer is not a sample, so that its findings do not count; "" if it is one."""


def lines(data: ExportData) -> Iterator[bytes]:
    """Yield the lines of the file, with line ends."""
    encode = msgspec.json.Encoder().encode
    head = Head(
        "diptych-session", _OF_PAIRS if data.session.family is None else VERSION, data.session, len(data.hidden)
    )
    yield escaped_json(encode(head)) + b"\n"
    for number, answer in data.all_answers():
        line = Line(number, answer, data.labels.get(number, ()), answer.unscored)
        yield escaped_json(encode(line)) + b"\n"


def write(data: ExportData, path: Path) -> list[str]:
    """Write the file. Only hidden sides are left out."""
    with path.open("wb") as file:
        file.writelines(lines(data))
    if data.hidden:
        return ["the sides of some answers are hidden until they are labelled; this file cannot be imported again"]
    return []
