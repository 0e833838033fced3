"""A list of which one row is chosen."""

from rich.segment import Segment
from textual.strip import Strip
from textual.widgets import OptionList

_GUTTER = 2
"""Cells left of the rows."""


class Options(OptionList):
    """The row under the cursor has a sign besides its shade, which is not seen everywhere."""

    def _get_left_gutter_width(self) -> int:
        return _GUTTER

    def render_line(self, y: int) -> Strip:
        """The strip of one row of the widget; an option may have several."""
        line = super().render_line(y)
        place = self.scroll_offset.y + y
        index, row = self._lines[place] if place < len(self._lines) else (None, 0)
        sign = "▸" if row == 0 and index is not None and index == self.highlighted else ""
        style = next((segment.style for segment in line), None)
        return Strip([Segment(f"{sign:{_GUTTER}}", style), *line])
