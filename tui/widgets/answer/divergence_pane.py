"""An answer in which every token is shaded by how much likelier one side finds it than the other."""

from bisect import bisect_right
from itertools import accumulate
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from diptych.compare import Divergence, Piece
from diptych.tui.formatting import signed_nats
from diptych.tui.text_wrapping import Row, WrappedText, text_width

STRONG = 4.0
"""Nats from which a token is underlined as well."""
_FULL = 8.0
"""Nats at which the shade is full."""
_SHADES = 6
_NO_DIFFERENCE = ("+.0", "−.0")
"""An empty line has no total to show, unless it has one."""
_MARGIN = 8
"""Cells left of the text, for the total of a line."""


class DivergencePane(ScrollView, can_focus=True):
    """Paints a divergence, also while it is being filled."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"divergence--first", "divergence--second", "divergence--margin"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "step(-1)", "token", key_display="←→"),
        Binding("right,l", "step(1)", "token", show=False),
        Binding("up,k", "line(-1)", "line", show=False),
        Binding("down,j", "line(1)", "line", show=False),
        Binding("home,g", "jump(0)", "first", show=False),
        Binding("end,G", "jump(-1)", "last", show=False),
    ]

    class Moved(Message):
        """Another token is under the cursor."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._divergence = Divergence("")
        self._wrapped = WrappedText(80)
        self._cursor = 0
        self._per_line = False
        self._lines: list[int] = []
        """The line, from 1, that each row belongs to."""
        self._totals: list[float] = []
        """The total of each line that was reached, if totals are shown."""

    def show(self, divergence: Divergence) -> None:
        """Show an answer as far as it is scored."""
        self._divergence = divergence
        self._wrap()

    def progress(self) -> None:
        """Paint what was scored since."""
        self._totals = self._divergence.lines() if self._per_line and self._divergence.pieces else []
        self.refresh()

    def show_line_totals(self, shown: bool) -> None:
        """Show the total of each line in the margin, or remove it."""
        self._per_line = shown
        self.progress()

    @property
    def piece(self) -> Piece | None:
        """The piece under the cursor."""
        pieces = self._divergence.pieces
        return pieces[min(self._cursor, len(pieces) - 1)] if pieces else None

    def go_to(self, piece: Piece) -> None:
        """Put the cursor on a piece."""
        self._move(self._divergence.pieces.index(piece))

    def action_step(self, by: int) -> None:
        """Move the cursor to the next token or the one before."""
        self._move(self._cursor + by)

    def action_line(self, by: int) -> None:
        """A row down or up."""
        if (piece := self.piece) is None:
            return
        row = min(max(0, self._wrapped.row_of(piece.start) + by), len(self._wrapped) - 1)
        start = self._wrapped.rows[row].start
        self._move(bisect_right(self._divergence.pieces, start, key=lambda p: p.start) - 1)

    def action_jump(self, index: int) -> None:
        """To the first token or the last."""
        self._move(index if index >= 0 else len(self._divergence.pieces) - 1)

    def _move(self, index: int) -> None:
        self._cursor = max(0, min(index, len(self._divergence.pieces) - 1))
        if (piece := self.piece) is not None:
            row = self._wrapped.row_of(piece.start)
            if not self.scroll_offset.y <= row < self.scroll_offset.y + self.size.height:
                self.scroll_to(y=max(0, row - self.size.height // 2), animate=False)
        self.refresh()
        self.post_message(self.Moved())

    def on_resize(self) -> None:
        if self._wrapped.width != self._text_width:
            self._wrap()

    @property
    def _text_width(self) -> int:
        return text_width(self.scrollable_content_region.width - _MARGIN)

    def _wrap(self) -> None:
        self._wrapped = WrappedText(self._text_width)
        self._wrapped.append(self._divergence.text)
        self._lines = list(accumulate(row.opens_line for row in self._wrapped.rows))
        self.virtual_size = Size(0, len(self._wrapped))
        self.refresh()

    # Painting

    def render_line(self, y: int) -> Strip:
        """The strip of one row of the widget."""
        index = self.scroll_offset.y + y
        if index >= len(self._wrapped):
            return Strip.blank(self.size.width, self.rich_style)
        row = self._wrapped.rows[index]
        segments = [self._margin(row, self._lines[index]), *self._body(row)]
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style)

    def _margin(self, row: Row, line: int) -> Segment:
        words = signed_nats(self._totals[line - 1]) if row.opens_line and line <= len(self._totals) else ""
        if not row.text.strip() and words in _NO_DIFFERENCE:
            words = ""
        return Segment(f"{words:>{_MARGIN - 2}}  ", self.get_component_rich_style("divergence--margin"))

    def _body(self, row: Row) -> list[Segment]:
        """The row cut where a token ends; a token that goes on in the next row keeps its shade there."""
        base = self.rich_style
        segments: list[Segment] = []
        place, end = row.start, row.start + len(row.text)
        pieces = self._divergence.pieces
        number = max(0, bisect_right(pieces, place, key=lambda p: p.start) - 1)
        while place < end:
            piece = pieces[number] if number < len(pieces) else None
            stop = min(end, piece.end) if piece is not None and piece.end > place else end
            if piece is None or piece.end <= place:
                style = base
            else:
                style = self._shade(piece)
                if number == min(self._cursor, len(pieces) - 1) and self.has_focus:
                    style += Style(reverse=True)
            segments.append(Segment(row.text[place - row.start : stop - row.start], style))
            place, number = stop, number + 1
        return segments

    def _shade(self, piece: Piece) -> Style:
        """The shade of a token: the colour of the side that finds it likelier, or of the side whose surprise it is."""
        if self._divergence.own:
            nats, second = piece.surprise, piece.base is None
        else:
            nats, second = abs(piece.difference), piece.difference > 0
        strength = min(_SHADES, round(nats / _FULL * _SHADES))
        if not strength:
            return self.rich_style
        color = self.get_component_styles(f"divergence--{'second' if second else 'first'}").color
        back = self.background_colors[1].blend(color, strength / _SHADES)
        ink = self.styles.color if strength <= _SHADES // 2 else back.get_contrast_text(1.0)
        strong = nats >= STRONG
        return Style(color=ink.rich_color, bgcolor=back.rich_color, underline=strong, bold=strong)
