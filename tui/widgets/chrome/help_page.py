"""Keys and signs as text in columns, as many as there is room for."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

_LEAST_COLUMN = 50
"""Cells under which the sentences of a column could not be read."""
_GAP = 3
LEFT = 11
"""Cells of the keys or signs; more of them take several lines."""


class HelpRow(NamedTuple):
    """A key or a sign on the left, and what there is to say of it."""

    group: str
    left: Content
    words: Content


class HelpPage(Widget):
    """Each group under its heading; a group is not split between columns."""

    def __init__(self, keys: Sequence[HelpRow], signs: Sequence[HelpRow]) -> None:
        super().__init__()
        self._keys, self._signs = keys, signs
        self.signs_top = 0
        """The line with which the signs begin."""
        self._lines: list[Content] = []
        self._width = 0

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The rows in columns for this width."""
        return len(self._lines_for(width))

    def render(self) -> Content:
        """All lines."""
        return Content("\n").join(self._lines_for(self.size.width))

    def _lines_for(self, width: int) -> list[Content]:
        if width != self._width:
            self._width = width
            count = max(1, (width + _GAP) // (_LEAST_COLUMN + _GAP))
            cells = (max(width, _LEAST_COLUMN) + _GAP) // count - _GAP
            keys, signs = (_groups(rows, cells) for rows in (self._keys, self._signs))
            columns = _packed([*keys, *signs], count)
            self._lines = _beside(columns, cells)
            self.signs_top = _top_of(columns, len(keys))
        return self._lines


def _groups(rows: Sequence[HelpRow], cells: int) -> list[list[Content]]:
    """The lines of each group: a heading, the rows with their words indented, and a blank."""
    groups: dict[str, list[Content]] = {}
    for row in rows:
        lines = groups.setdefault(row.group, [Content.styled(row.group, "bold $ink")])
        keys, words = row.left.wrap(LEFT), row.words.wrap(cells - LEFT - 2)
        for key, said in zip_longest(keys, words, fillvalue=Content("")):
            lines.append(Content.assemble(_padded(key, LEFT + 2), said))
    return [[*lines, Content("")] for lines in groups.values()]


def _packed(groups: Sequence[list[Content]], count: int) -> list[list[list[Content]]]:
    """The groups in so many columns, in their order, as low as can be."""
    height = max(max(map(len, groups)), -(-sum(map(len, groups)) // count))
    while True:
        columns: list[list[list[Content]]] = [[]]
        for group in groups:
            if columns[-1] and sum(map(len, columns[-1])) + len(group) > height:
                columns.append([])
            columns[-1].append(group)
        if len(columns) <= count:
            return columns
        height += 1


def _beside(columns: Sequence[list[list[Content]]], cells: int) -> list[Content]:
    """The columns as lines."""
    joined = [[line for group in column for line in group] for column in columns]
    # The blank below the last group is not needed.
    height = max(map(len, joined)) - 1
    filled = [(column + [Content("")] * height)[:height] for column in joined]
    gap = Content(" " * _GAP)
    return [gap.join(_padded(line, cells) for line in lines) for lines in zip(*filled, strict=True)]


def _top_of(columns: Sequence[list[list[Content]]], number: int) -> int:
    """The line with which a group begins in its column."""
    for column in columns:
        if number < len(column):
            return sum(map(len, column[:number]))
        number -= len(column)
    return 0


def _padded(line: Content, cells: int) -> Content:
    return line.pad_right(max(0, cells - line.cell_length))
