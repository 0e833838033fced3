"""The members of a family as rows."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.events import Click
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from diptych.sessions import SIDE_NAMES
from diptych.tui.formatting import in_cells
from diptych.tui.sanitized_text import visible
from diptych.tui.widgets.chrome.row_list import RowList
from diptych.tui.widgets.family.member_table import Column, MemberRow, MemberTable, columns

_GAP = "  "
_ROLE_STYLES = {"does": "$pattern", "says": "$description"}


class MembersHead(Widget):
    """What the columns are, and above the measures their conditions where there are several."""

    def __init__(self) -> None:
        super().__init__()
        self._table: MemberTable | None = None
        self._first = 0

    def show(self, table: MemberTable, first: int) -> None:
        """Stand over a list of this table that begins with the measure `first`."""
        self._table, self._first = table, first
        self.refresh()

    def render(self) -> Content:
        """Two rows."""
        if self._table is None:
            return Content("")
        shown = columns(self._table, self.size.width - 1, self._first)
        above = Content.assemble("    ", *((in_cells(each.above, each.cells) + _GAP, "$dim") for each in shown))
        names = [(in_cells(each.heading, each.cells) + _GAP, _ROLE_STYLES.get(each.role, "$dim")) for each in shown]
        return Content("\n").join([above, Content.assemble("    ", *names)])


class MembersList(RowList):
    """The cursor stands on a member."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"members--{side}" for side in SIDE_NAMES),
        "members--dim",
        "members--live",
        "members--fault",
        "members--cursor",
    }

    class Moved(Message):
        """Another member is under the cursor."""

    class Chosen(Message):
        """A member was clicked."""

    def __init__(self) -> None:
        super().__init__()
        self.can_focus = False
        self._table: MemberTable | None = None
        self._columns: list[Column] = []
        self._first = 0
        self._picked: Sequence[str] = ()
        self._likes: Mapping[str, str] = {}
        self._nothing = ""

    def show(
        self, table: MemberTable, first: int, picked: Sequence[str], likes: Mapping[str, str], nothing: str
    ) -> None:
        """Show these members; the cursor stays on its own. `likes`: for each member on the main screen the side of a
        pair whose colour it has; `nothing`: what to say where no member was found."""
        marked = self.marked
        self._table, self._first, self._picked, self._likes = table, first, picked, likes
        self._nothing = nothing
        labels = [row.label for row in table.rows]
        self.place = labels.index(marked.label) if marked is not None and marked.label in labels else 0
        self.virtual_size = Size(0, max(1, len(labels)))
        self._fit()
        self.move_to(self.place)

    def on_resize(self) -> None:
        """Other columns have room."""
        self._fit()

    def _fit(self) -> None:
        if self._table is not None:
            self._columns = columns(self._table, self.size.width - 1, self._first)
        self.refresh()

    @property
    def marked(self) -> MemberRow | None:
        """The member under the cursor."""
        rows = self._table.rows if self._table is not None else ()
        return rows[self.place] if self.place < len(rows) else None

    def go_to(self, label: str) -> None:
        """Put the cursor on a member, if it is among the rows."""
        labels = [row.label for row in self._table.rows] if self._table is not None else []
        if label in labels:
            self.move_to(labels.index(label))

    def move_to(self, place: int) -> None:
        """Put the cursor on a row, and bring it into sight."""
        super().move_to(place)
        self.post_message(self.Moved())

    def on_click(self, event: Click) -> None:
        """Put the cursor there; on the row of the cursor, choose it."""
        place = self.scroll_offset.y + event.y
        if self._table is None or place >= len(self._table.rows):
            return
        if place == self.place:
            self.post_message(self.Chosen())
        else:
            self.move_to(place)

    def render_line(self, y: int) -> Strip:
        """The strip of one row of the widget."""
        index, ground, width = self.scroll_offset.y + y, self.rich_style, self.size.width
        rows = self._table.rows if self._table is not None else ()
        if index >= len(rows):
            words = f" {self._nothing}" if not rows and index == 0 else ""
            return Strip([Segment(words, self._style("dim", ground))]).adjust_cell_length(width, ground)
        row, here = rows[index], index == self.place
        if here:
            ground += Style(bgcolor=self.get_component_rich_style("members--cursor").bgcolor)
        picked = "✓" if row.label in self._picked else " "
        segments = [Segment(f"{'›' if here else ' '} {picked} ", ground + Style(bold=True))]
        segments += [Segment(self._words(row, each) + _GAP, self._cell_style(row, each, ground, here))
                     for each in self._columns]  # fmt: skip
        return Strip(segments).adjust_cell_length(width, ground)

    def _words(self, row: MemberRow, column: Column) -> str:
        words = row.rates[column.place] if column.part == "rate" else visible(str(getattr(row, column.part)))
        return set_cell_size(in_cells(words, column.cells), column.cells)

    def _cell_style(self, row: MemberRow, column: Column, ground: Style, here: bool) -> Style:
        if column.part == "label":
            side = self._likes.get(row.label)
            style = self._style(side, ground) if side is not None else ground
            return style + Style(bold=here or side is not None)
        if column.part == "state":
            name = "live" if row.state.startswith("▸") else "fault" if row.state.startswith("✕") else "dim"
            return self._style(name, ground)
        if column.part == "model" or (column.part == "rate" and row.rates[column.place] in ("", "–")):
            return self._style("dim", ground)
        return ground + Style(bold=here or None)

    def _style(self, name: str, ground: Style) -> Style:
        return ground + Style(color=self.get_component_rich_style(f"members--{name}").color)
