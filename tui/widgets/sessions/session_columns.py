"""The columns of the list of sessions, and their head."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

from diptych.sessions import SIDE_NAMES, Hit, Session
from diptych.tui.sanitized_text import visible

_WIDE, _WIDEST = 100, 150
"""Cells from which pair and tags have columns of their own, and from which probe and time have one too."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TITLE_SHARE = 2
"""How much more room the title has than pair, probe or tags where there is not enough for all."""


UNTITLED = "untitled"
"""What stands in the place of an empty title."""


class SessionRow(NamedTuple):
    """What the list knows of a session at once."""

    session: Session
    answers: int
    hit: Hit | None
    here: bool
    """Whether it is the one that the console has open."""


class Column(NamedTuple):
    """A column, which is followed by a blank."""

    name: str
    """A short word for the head; the name of a side for the column of its counts."""
    cells: int
    right: bool = False

    def fitted(self, text: str) -> str:
        """A text in as many cells as the column has, and the blank."""
        text = in_one_line(text)
        if cell_len(text) > self.cells:
            text = set_cell_size(text, max(0, self.cells - 1)) + "…"
        blanks = " " * (self.cells - cell_len(text))
        return f"{blanks}{text} " if self.right else f"{text}{blanks} "


def columns_of(rows: Sequence[SessionRow], width: int) -> list[Column]:
    """The columns for these sessions in so many cells. What is long shares the room that is left."""
    answers = max((row.answers for row in rows), default=0)
    sides = SIDE_NAMES[: max((len(row.session.sides) for row in rows), default=2)]
    counts = 2 * len(str(answers)) + 1
    number = max(3, len(str(max((row.session.id for row in rows), default=0))))
    day, measure = (6, 14) if width < _WIDE else (10, 16) if width < _WIDEST else (16, 30)
    first = [Column("no.", number, right=True), Column("when (UTC)" if width >= _WIDEST else "when", day)]
    last = [
        Column("measure", measure),
        *(Column(side, max(counts, len(side)), right=True) for side in sides),
        Column("all answers", max(11, len(f"{answers:,}")), right=True),
    ]
    wanted = _wanted(rows, width)
    room = width - 1 - sum(column.cells + 1 for column in (*first, *last)) - len(wanted)
    given = _shared(wanted, max(len(wanted), room))
    title, *others = (Column(name, cells) for name, cells in given.items())
    tags = [column for column in others if column.name == "tags"]
    return [*first, title, *(column for column in others if column not in tags), *last, *tags]


def cell_text(row: SessionRow, column: Column) -> str:
    """What stands in a column that needs no colour."""
    session = row.session
    texts = {
        "no.": str(session.id),
        "when": _day_of(session) if column.cells < len(session.created[:10]) else session.created[:10],
        "when (UTC)": session.created[:16].replace("T", " "),
        "pair": session.pair,
        "probe": session.probe or "",
        "all answers": f"{row.answers:,}",
        "tags": tags_of(session),
    }
    return texts[column.name]


def _day_of(session: Session) -> str:
    """Its day without the year, as "25 Nov"."""
    month, day = session.created[5:7], session.created[8:10]
    return f"{day} {_MONTHS[int(month) - 1]}" if month.isdigit() and 1 <= int(month) <= 12 else session.created[:6]


def tags_of(session: Session) -> str:
    """Its tags in one line."""
    return " ".join(f"#{tag}" for tag in session.tags)


def in_one_line(text: str) -> str:
    """A text without line breaks, and without characters that would act."""
    return visible(" ".join(text.split()))


def _wanted(rows: Sequence[SessionRow], width: int) -> dict[str, int]:
    """The cells that the columns of texts would have if there were room for all."""
    texts = {"title": [in_one_line(row.session.title) for row in rows]}
    if width >= _WIDE:
        texts["pair"] = [in_one_line(row.session.pair) for row in rows]
    if width >= _WIDEST:
        texts["probe"] = [in_one_line(row.session.probe or "") for row in rows]
    if width >= _WIDE:
        texts["tags"] = [in_one_line(tags_of(row.session)) for row in rows]
    return {name: max(len(name), *(cell_len(text) for text in column), 0) for name, column in texts.items()}


def _shared(wanted: dict[str, int], room: int) -> dict[str, int]:
    """Share the room: who wants less than a fair share gets it, and the others divide the rest. The title takes what
    is left over."""
    shares = {name: _TITLE_SHARE if name == "title" else 1 for name in wanted}
    given, left = {}, room
    for name in sorted(wanted, key=lambda name: wanted[name] / shares[name]):
        fair = left * shares[name] // sum(shares[other] for other in wanted if other not in given)
        given[name] = min(wanted[name], fair)
        left -= given[name]
    given["title"] += left
    return {name: given[name] for name in wanted}
