"""A list of options, one of which can be chosen."""

from rich.segment import Segment
from textual.strip import Strip
from textual.widgets import OptionList

from diptych.tui.textual_internals import WithGutter, option_at


class Options(WithGutter, OptionList):
    """Marks the row under the cursor with a sign besides its shade, which some terminals do not show."""

    GUTTER = 2

    def render_line(self, y: int) -> Strip:
        """The strip of one row of the widget; an option may have several."""
        line = super().render_line(y)
        index, row = option_at(self, self.scroll_offset.y + y)
        sign = "▸" if row == 0 and index is not None and index == self.highlighted else ""
        style = next((segment.style for segment in line), None)
        return Strip([Segment(f"{sign:{self.GUTTER}}", style), *line])
