"""Keys and signs as text in columns, as many as there is room for."""

from collections.abc import Sequence
from typing import NamedTuple

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

_LEAST_COLUMN = 50
"""Cells under which the sentences of a column could not be read."""
_GAP = 3
_LEFT = 11
"""Cells of the keys or signs, which wrap if there are many."""


class HelpRow(NamedTuple):
    """A key or a sign on the left, and what there is to say of it."""

    group: str
    left: Content
    words: Content


class HelpPage(Widget):
    """Each group under its heading; a group is not split between columns."""

    def __init__(self, rows: Sequence[HelpRow]) -> None:
        super().__init__()
        self._rows = rows
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
            self._width, self._lines = width, _in_columns(self._rows, max(_LEAST_COLUMN, width))
        return self._lines


def _in_columns(rows: Sequence[HelpRow], width: int) -> list[Content]:
    count = max(1, (width + _GAP) // (_LEAST_COLUMN + _GAP))
    cells = (width + _GAP) // count - _GAP
    groups = [_group_lines(group, [row for row in rows if row.group == group], cells)
              for group in dict.fromkeys(row.group for row in rows)]  # fmt: skip
    columns = _packed(groups, count)
    # The blank below the last group is not needed.
    height = max(len(column) for column in columns) - 1
    filled = [(column + [Content("")] * height)[:height] for column in columns]
    gap = Content(" " * _GAP)
    return [gap.join(_padded(line, cells) for line in lines) for lines in zip(*filled, strict=True)]


def _group_lines(group: str, rows: Sequence[HelpRow], cells: int) -> list[Content]:
    """A heading, the rows with their words indented, and a blank."""
    lines = [Content.styled(group, "bold $ink")]
    for row in rows:
        keys, words = row.left.wrap(_LEFT), row.words.wrap(cells - _LEFT - 2)
        for place in range(max(len(keys), len(words))):
            key = keys[place] if place < len(keys) else Content("")
            said = words[place] if place < len(words) else Content("")
            lines.append(Content.assemble(_padded(key, _LEFT + 2), said))
    return [*lines, Content("")]


def _packed(groups: Sequence[list[Content]], count: int) -> list[list[Content]]:
    """The groups in so many columns, in their order, as low as can be."""
    height = max(max(map(len, groups)), -(-sum(map(len, groups)) // count))
    while True:
        columns: list[list[Content]] = [[]]
        for lines in groups:
            if columns[-1] and len(columns[-1]) + len(lines) > height:
                columns.append([])
            columns[-1].extend(lines)
        if len(columns) <= count:
            return columns
        height += 1


def _padded(line: Content, cells: int) -> Content:
    return line.pad_right(max(0, cells - line.cell_length))
