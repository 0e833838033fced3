"""A list of rows with a cursor on one of them."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.scroll_view import ScrollView


class RowList(ScrollView, can_focus=True):
    """A row is one line high; `virtual_size` says how many there are."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False),
        Binding("down,j", "move(1)", "down", show=False),
        Binding("home", "jump(0)", "first", show=False),
        Binding("end", "jump(-1)", "last", show=False),
        Binding("pageup", "page(-1)", "page up", show=False),
        Binding("pagedown", "page(1)", "page down", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.place = 0
        """The row of the cursor."""

    def move_to(self, place: int) -> None:
        """Put the cursor on a row, and bring it into sight."""
        self.place = max(0, min(place, self._last))
        top, height = self.scroll_offset.y, max(1, self.size.height)
        if not top <= self.place < top + height:
            self.scroll_to(y=self.place if self.place < top else self.place - height + 1, animate=False)
        self.refresh()

    def action_move(self, by: int) -> None:
        """A row down or up."""
        self.move_to(self.place + by)

    def action_jump(self, place: int) -> None:
        """To the first row or the last."""
        self.move_to(place if place >= 0 else self._last)

    def action_page(self, pages: int) -> None:
        """As many rows as are seen, down or up."""
        self.move_to(self.place + pages * max(1, self.size.height - 1))

    @property
    def _last(self) -> int:
        return self.virtual_size.height - 1


class HeadedRowList(RowList):
    """The cursor stands on some of the rows only; the others are headings, or blank."""

    def __init__(self) -> None:
        super().__init__()
        self._stops: list[int] = []
        """The rows on which it stands."""

    def action_move(self, by: int) -> None:
        """A stop down or up; beyond the last one, as far as the list goes."""
        beyond = [stop for stop in self._stops if (stop > self.place if by > 0 else stop < self.place)]
        if beyond:
            self.move_to(beyond[0] if by > 0 else beyond[-1])
        else:
            self.scroll_to(y=self._last if by > 0 else 0, animate=False)

    def action_jump(self, place: int) -> None:
        """To the first stop, or the last."""
        if self._stops:
            self.move_to(self._stops[0 if place == 0 else -1])

    def action_page(self, pages: int) -> None:
        """As many rows as are seen, down or up."""
        wanted = self.place + pages * max(1, self.size.height - 1)
        if self._stops:
            self.move_to(min(self._stops, key=lambda stop: abs(stop - wanted)))
