"""Kept sessions as rows under a head; only those that can be seen are painted."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from diptych.compare import Headline
from diptych.sessions import SIDE_NAMES, Hit, Session
from diptych.tui.sanitized_text import visible
from diptych.tui.widgets.chrome.row_list import RowList
from diptych.tui.widgets.sessions.session_columns import (
    UNTITLED,
    Column,
    SessionRow,
    cell_text,
    columns_of,
    in_one_line,
)

_BEFORE_HIT = 20
"""Cells of what stands before a hit."""


class SessionsList(RowList):
    """A list with a cursor. The screen fills `headlines` while it counts; until then they are blank."""

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
        self._columns: dict[int, list[Column]] = {}
        self.headlines: dict[int, Headline | None] = {}

    def show(self, rows: Sequence[SessionRow], nothing: str, at: int | None = None) -> None:
        """Show these sessions, or why there are none. The cursor goes to the session `at`, else it stays on its
        session, else on its row."""
        marked = at if at is not None else self.marked.session.id if self.marked is not None else None
        self._rows, self._nothing, self._columns = rows, nothing, {}
        ids = [row.session.id for row in rows]
        self.virtual_size = Size(0, max(1, len(rows)))
        self.move_to(ids.index(marked) if marked in ids else self.place)

    @property
    def marked(self) -> SessionRow | None:
        """The session under the cursor."""
        return self._rows[self.place] if self.place < len(self._rows) else None

    def in_sight(self) -> list[int]:
        """The numbers of the sessions that are seen."""
        top = self.scroll_offset.y
        return [row.session.id for row in self._rows[top : top + self.size.height]]

    def columns(self, width: int) -> list[Column]:
        """The columns in so many cells."""
        if width not in self._columns:
            self._columns = {width: columns_of(self._rows, width)}
        return self._columns[width]

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
        sign = "›" if index == self.place and self.has_focus else "●" if row.here else " "
        columns = self.columns(width)
        segments = [Segment(sign, self._style("dim", ground))]
        for column in columns:
            if column.name == "title":
                segments += self._title(row, column, ground)
            elif column.name in (*SIDE_NAMES, "measure"):
                segments.append(self._counted(row, column, ground))
            else:
                segments.append(Segment(column.fitted(cell_text(row, column)), self._style("dim", ground)))
        return Strip(segments).adjust_cell_length(width, ground)

    def _title(self, row: SessionRow, column: Column, ground: Style) -> Strip:
        """Where the text was found, else the title."""
        dim, hit = self._style("dim", ground), row.hit
        if hit is not None:
            before, found, after = (visible(part.replace("\n", " ")) for part in (hit.before, hit.hit, hit.after))
            parts = [
                Segment(before[-_BEFORE_HIT:], dim),
                Segment(found, self._style("hit", ground)),
                Segment(after, dim),
            ]
        else:
            title = in_one_line(row.session.title)
            title = title if cell_len(title) <= column.cells else set_cell_size(title, column.cells - 1) + "…"
            parts = [Segment(title or UNTITLED, ground if title else dim)]
        line = Strip(parts).adjust_cell_length(column.cells, ground)
        return Strip([*line, Segment(" ", ground)])

    def _counted(self, row: SessionRow, column: Column, ground: Style) -> Segment:
        """k/N of a side, or what is counted; "–" where nothing is."""
        found = self.headlines.get(row.session.id)
        if found is None:
            counted = row.session.id in self.headlines
            return Segment(
                column.fitted("–" if counted and column.name == "measure" else ""), self._style("dim", ground)
            )
        if column.name == "measure":
            return Segment(column.fitted(found.label), ground)
        words = next((f"{side.k}/{side.n}" for side in found.sides if side.side == column.name), "")
        return Segment(column.fitted(words), self._style(column.name, ground))

    def _style(self, name: str, ground: Style) -> Style:
        style = self.get_component_rich_style(f"sessions--{name}")
        return ground + Style(color=style.color, bold=style.bold, underline=style.underline)


class SessionsHead(Widget):
    """The names of the columns, above the list."""

    def __init__(self, of: SessionsList) -> None:
        super().__init__()
        self._list = of

    def render(self) -> Content:
        """One row. The names of the sides have their colours."""
        parts = [Content(" ")]
        for column in self._list.columns(self._list.size.width):
            color = f"$side-{column.name}" if column.name in SIDE_NAMES else "$dim"
            parts.append(Content.styled(column.fitted(column.name), color))
        return Content("").join(parts)


def rows_of(
    sessions: Sequence[Session], answers: Mapping[int, int], hits: Mapping[int, Hit], here: int | None
) -> list[SessionRow]:
    """Rows in the order of the sessions."""
    return [SessionRow(s, answers.get(s.id, 0), hits.get(s.id), s.id == here) for s in sessions]
