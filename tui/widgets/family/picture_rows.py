"""The points of a picture as rows: what they are called, their rates, and how an answer begins."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from diptych.sessions import CurvePicture, PictureColumn, PictureRow, ScatterPicture
from diptych.tui.formatting import in_cells
from diptych.tui.sanitized_text import visible
from diptych.tui.widgets.chrome.row_list import RowList
from diptych.tui.widgets.family.family_plot import STYLES

_LONGEST_NAME, _LONGEST_LABEL = 24, 22
_GAP = 2
_LEAST_ANSWER = 16
"""Cells of the beginning of an answer, at least; with less room there is none."""
_HEADING = "an answer"


class _Places(NamedTuple):
    """Cells of the columns."""

    name: int
    arm: int
    """0 where all are of one arm."""
    rates: tuple[int, ...]
    """Of those that there is room for."""
    answer: int


class Shown(NamedTuple):
    """What the head and the rows show."""

    name: str
    """What the rows are called."""
    columns: Sequence[PictureColumn]
    rows: Sequence[PictureRow]
    numbers: bool = True
    """Whether the names are numbers."""

    @classmethod
    def of(cls, picture: CurvePicture | ScatterPicture) -> "Shown":
        """The rows of a picture."""
        if isinstance(picture, CurvePicture):
            return cls(picture.x, picture.columns, picture.rows)
        return cls("model", picture.columns, picture.rows, numbers=False)

    def places(self, width: int) -> _Places:
        """The cells of each column in a list of that width."""
        names = max((cell_len(visible(text)) for text in (self.name, *(row.name for row in self.rows))), default=1)
        name = min(_LONGEST_NAME, names)
        arms = {row.arm for row in self.rows if row.arm not in row.name}
        arm = min(_LONGEST_NAME, max(map(cell_len, arms))) if len(arms) > 1 else 0
        room = width - 2 - name - (arm + _GAP if arm else 0)
        rates: list[int] = []
        for place, column in enumerate(self.columns):
            words = max((cell_len(row.words[place]) for row in self.rows), default=0)
            cells = max(words, min(_LONGEST_LABEL, cell_len(_heading(column))))
            if rates and room < cells + _GAP:
                break
            rates.append(cells)
            room -= cells + _GAP
        answer = room - _GAP
        return _Places(name, arm, tuple(rates), answer if answer >= _LEAST_ANSWER else 0)


class PictureHead(Widget):
    """What the columns are."""

    def __init__(self) -> None:
        super().__init__()
        self._shown = Shown("", (), ())

    def show(self, shown: Shown) -> None:
        """Stand over these rows."""
        self._shown = shown
        self.refresh()

    def render(self) -> Content:
        """One row."""
        shown, places = self._shown, self._shown.places(self.size.width - 1)
        parts = [(f"  {in_cells(visible(shown.name), places.name)}", "$dim")]
        if places.arm:
            parts.append((f"  {in_cells('arm', places.arm)}", "$dim"))
        for column, cells in zip(shown.columns, places.rates, strict=False):
            parts.append((f"  {in_cells(_heading(column), cells)}", STYLES[column.role]))
        left = len(shown.columns) - len(places.rates)
        parts.append((f"  +{left}" if left else f"  {_HEADING}" if places.answer else "", "$dim"))
        return Content.assemble(*parts).truncate(max(1, self.size.width))


class PictureRows(RowList):
    """A row a point."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"picture--dim", "picture--base", "picture--cursor"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "read", "read", key_display="enter"),
        Binding("g", "jump(0)", "first", show=False),
        Binding("G", "jump(-1)", "last", show=False),
    ]

    class Moved(Message):
        """The cursor is on another row."""

    class Read(Message):
        """The user wants to read the answers of a row."""

        def __init__(self, row: PictureRow) -> None:
            super().__init__()
            self.row = row

    def __init__(self) -> None:
        super().__init__()
        self._shown = Shown("", (), ())
        self._said: Mapping[str, str] = {}

    @property
    def marked(self) -> PictureRow | None:
        """The row under the cursor."""
        rows = self._shown.rows
        return rows[self.place] if self.place < len(rows) else None

    def show(self, shown: Shown, said: Mapping[str, str]) -> None:
        """Show these rows; the cursor stays on its members, or goes to the row that has some of them. `said`: an answer
        of each member."""
        before = set(self.marked.members) if self.marked is not None else set()
        self._shown, self._said = shown, said
        self.virtual_size = Size(0, len(shown.rows))
        self.refresh(layout=True)
        found = (place for place, row in enumerate(shown.rows) if before & set(row.members))
        self.move_to(next(found, min(self.place, max(0, len(shown.rows) - 1))))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """All rows, if there is room for them."""
        return len(self._shown.rows)

    def move_to(self, place: int) -> None:
        """Put the cursor on a row, and say so."""
        super().move_to(place)
        self.post_message(self.Moved())

    def action_read(self) -> None:
        """Read the answers of the row."""
        if self.marked is not None:
            self.post_message(self.Read(self.marked))

    def render_line(self, y: int) -> Strip:
        """The strip of one row of the widget."""
        index, ground = self.scroll_offset.y + y, self.rich_style
        if index >= len(self._shown.rows):
            return Strip.blank(self.size.width, ground)
        row, here = self._shown.rows[index], index == self.place
        if here:
            ground += Style(bgcolor=self.get_component_rich_style("picture--cursor").bgcolor)
        places = self._shown.places(self.scrollable_content_region.width)
        dim = Style(color=self.get_component_rich_style("picture--dim").color)
        base = Style(color=self.get_component_rich_style("picture--base").color)
        name = visible(row.name)
        # Numbers stand below each other at their last digits, words at their first letters.
        shown = name.rjust(places.name) if self._shown.numbers and row.x is not None else in_cells(name, places.name)
        segments = [
            Segment("› " if here else "  ", ground + Style(bold=True)),
            Segment(shown, ground + (base if row.x is None else Style()) + Style(bold=here)),
        ]
        if places.arm:
            segments.append(
                Segment(f"  {in_cells(visible(row.arm) if row.name != row.arm else '', places.arm)}", ground + dim)
            )
        for words, cells in zip(row.words, places.rates, strict=False):
            segments.append(Segment(f"  {in_cells(words, cells)}", ground))
        if places.answer:
            said = next((self._said[label] for label in row.members if label in self._said), "")
            words = visible(said).replace("\n", " ⏎ ")
            segments.append(Segment(f"  {in_cells(words, places.answer)}", ground + dim))
        return Strip(segments).adjust_cell_length(self.size.width, ground)


def _heading(column: PictureColumn) -> str:
    return f"{column.glyph} {visible(column.label)}"
