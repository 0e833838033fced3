"""Kept sessions as rows; only those that can be seen are painted."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from diptych.compare import BestMeasure
from diptych.sessions import SIDE_NAMES, Hit, Session
from diptych.tui.sanitized_text import visible
from diptych.tui.widgets.chrome.row_list import RowList

_WIDE = 100
_PAIR, _PROBE = 12, 18
_COUNT = 7
_BEST = 26
_BEFORE_HIT = 20
"""Cells of what stands before a hit."""


class SessionRow(NamedTuple):
    """What the list knows of a session at once."""

    session: Session
    answers: int
    hit: Hit | None
    here: bool
    """Whether it is the one that the console has open."""


class SessionsList(RowList):
    """A list with a cursor. The screen fills `best` while it counts; sessions not counted yet have a blank there."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"sessions--{side}" for side in SIDE_NAMES),
        "sessions--dim",
        "sessions--hit",
        "sessions--cursor",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("g", "jump(0)", "first", show=False),
        Binding("G", "jump(-1)", "last", show=False),
        Binding("enter", "open", "open", key_display="enter"),
    ]

    class Moved(Message):
        """Another session is under the cursor."""

    class Opened(Message):
        """The user wants to open the session under the cursor."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: Sequence[SessionRow] = ()
        self._nothing = ""
        self.best: dict[int, BestMeasure | None] = {}

    def show(self, rows: Sequence[SessionRow], nothing: str) -> None:
        """Show these sessions, or why there are none. The cursor stays on its session, else on its row."""
        marked = self.marked
        self._rows, self._nothing = rows, nothing
        ids = [row.session.id for row in rows]
        at = ids.index(marked.session.id) if marked is not None and marked.session.id in ids else self.place
        self.virtual_size = Size(0, max(1, len(rows)))
        self.move_to(at)

    @property
    def marked(self) -> SessionRow | None:
        """The session under the cursor."""
        return self._rows[self.place] if self.place < len(self._rows) else None

    def in_sight(self) -> list[int]:
        """The numbers of the sessions that are seen."""
        top = self.scroll_offset.y
        return [row.session.id for row in self._rows[top : top + self.size.height]]

    def action_open(self) -> None:
        """Open the session under the cursor."""
        if self.marked is not None:
            self.post_message(self.Opened())

    def move_to(self, place: int) -> None:
        """Put the cursor on a row, and bring it into sight."""
        super().move_to(place)
        self.post_message(self.Moved())

    # Painting

    def render_line(self, y: int) -> Strip:
        """The strip of one row of the widget."""
        index, width, ground = self.scroll_offset.y + y, self.size.width, self.rich_style
        if index >= len(self._rows):
            words = f" {self._nothing}" if index == 0 else ""
            return Strip([Segment(words, self._style("dim", ground))]).adjust_cell_length(width, ground)
        if index == self.place:
            ground += Style(bgcolor=self.get_component_rich_style("sessions--cursor").bgcolor)
        row = self._rows[index]
        dim = self._style("dim", ground)
        sign = "›" if index == self.place and self.has_focus else "●" if row.here else " "
        created = row.session.created[:16].replace("T", " ")
        head = [Segment(f"{sign}{row.session.id:>5} ", dim)]
        if width >= _WIDE:
            head.append(Segment(f"{created:17}", dim))
            head.append(Segment(_fitted(row.session.pair, _PAIR), dim))
            head.append(Segment(_fitted(row.session.probe or "no probe", _PROBE), ground))
        else:
            head.append(Segment(f"{created[2:10]:9}", dim))
        best = self._best(row, ground)
        middle = width - sum(segment.cell_length for segment in head) - _COUNT - _BEST - 1
        head += self._said(row, middle, ground)
        head.append(Segment(f"{row.answers:>{_COUNT - 1},} ", dim))
        return Strip([*head, *best]).adjust_cell_length(width, ground)

    def _said(self, row: SessionRow, width: int, ground: Style) -> Strip:
        """Where it was found, else title and tags."""
        dim = self._style("dim", ground)
        hit = row.hit
        if hit is None:
            title = visible(" ".join(row.session.title.split()))
            tags = visible("".join(f" #{tag}" for tag in row.session.tags))
            room = max(0, width - cell_len(tags))
            title = title if cell_len(title) <= room else set_cell_size(title, max(0, room - 1)) + "…"
            return Strip([Segment(title, ground), Segment(tags, dim)]).adjust_cell_length(width, ground)
        before, found, after = (visible(part.replace("\n", " ")) for part in (hit.before, hit.hit, hit.after))
        segments = [
            Segment(before[-_BEFORE_HIT:], dim),
            Segment(found, self._style("hit", ground)),
            Segment(after, dim),
        ]
        return Strip(segments).adjust_cell_length(width, ground)

    def _best(self, row: SessionRow, ground: Style) -> list[Segment]:
        """k/N of every side where the sides differ most, and what it is."""
        best = self.best.get(row.session.id)
        if best is None:
            return []
        numbers = [
            Segment(f"{c.k}/{c.n} ", self._style(c.side if c.side in SIDE_NAMES else "dim", ground)) for c in best.sides
        ]
        used = sum(segment.cell_length for segment in numbers)
        return [*numbers, Segment(_fitted(best.label, max(1, _BEST - used)), self._style("dim", ground))]

    def _style(self, name: str, ground: Style) -> Style:
        style = self.get_component_rich_style(f"sessions--{name}")
        return ground + Style(color=style.color, bold=style.bold, underline=style.underline)


def _fitted(text: str, cells: int) -> str:
    """The text in so many cells, a blank at the end."""
    text = visible(" ".join(text.split()))
    if cell_len(text) >= cells:
        text = set_cell_size(text, max(0, cells - 2)) + "…"
    return set_cell_size(text, cells)


def rows_of(
    sessions: Sequence[Session], answers: Mapping[int, int], hits: Mapping[int, Hit], here: int | None
) -> list[SessionRow]:
    """Rows in the order of the sessions."""
    return [SessionRow(s, answers.get(s.id, 0), hits.get(s.id), s.id == here) for s in sessions]
