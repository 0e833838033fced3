"""Text that grows, wrapped into rows; only its last row is ever wrapped again."""

from bisect import bisect_right

import msgspec
from rich.cells import cell_len, get_character_cell_size

from diptych.tui.sanitized_text import visible

_MOST_PER_CELL = 4
"""The most characters of a row, for each of its cells. Combining signs take no cell, so they need a limit."""

_UNPLACED = 80


class Row(msgspec.Struct):
    """One row of the screen: characters start to start + len(text) of the raw text, made inert."""

    start: int
    text: str
    opens_line: bool
    """Whether a line of the text begins here, rather than one row of a longer line."""


def text_width(cells: int) -> int:
    """The width of a row, given the cells that there are. A widget that is not on the screen yet has none: it gets the
    usual width, because in a column of one cell a long text would have a row for each character."""
    return cells if cells > 0 else _UNPLACED


class WrappedText:
    """Rows of at most `width` cells.

    Appending costs in proportion to what is appended, whatever is there already: a row that is followed by
    another never changes, because words move only to the end.
    """

    def __init__(self, width: int) -> None:
        self.width = max(1, width)
        self.rows: list[Row] = [Row(0, "", True)]
        self._starts = [0]

    def __len__(self) -> int:
        return len(self.rows)

    def append(self, text: str) -> int:
        """Add text; returns the first row that is different now."""
        first = len(self.rows) - 1
        for index, part in enumerate(visible(text).split("\n")):
            if index:
                # The newline itself belongs to the row that it ends.
                last = self.rows[-1]
                self._add(Row(last.start + len(last.text) + 1, "", True))
            self._extend(part)
        return first

    def row_of(self, offset: int) -> int:
        """The row that holds a character."""
        return max(0, bisect_right(self._starts, offset) - 1)

    def _extend(self, text: str) -> None:
        row = self.rows[-1]
        text, start = row.text + text, 0
        # One character more than a row can have: no cut depends on what comes after it.
        reach = _MOST_PER_CELL * self.width + 1
        while (cut := _cut(text[start : start + reach], self.width)) is not None:
            row.text = text[start : start + cut]
            start += cut
            row = Row(row.start + cut, "", False)
            self._add(row)
        row.text = text[start:]

    def _add(self, row: Row) -> None:
        self.rows.append(row)
        self._starts.append(row.start)


def _cut(text: str, width: int) -> int | None:
    """Where to cut a row that is too long: after its last blank that fits, else within a word."""
    if text.isascii():
        if len(text) <= width:
            return None
        fitting = width
    else:
        if cell_len(text) <= width and len(text) <= _MOST_PER_CELL * width:
            return None
        cells = fitting = 0
        for char in text[: _MOST_PER_CELL * width]:
            cells += get_character_cell_size(char)
            if cells > width:
                break
            fitting += 1
        fitting = max(1, fitting)
    # A blank right behind the last cell may hang over the edge: it is not seen.
    blank = text.rfind(" ", 0, fitting + 1)
    if blank > 0 and (text[:blank].strip() or blank >= fitting):
        return blank + 1
    return fitting
