"""The scroll bar of an answer that grows."""

from typing import Any, Self

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip

from diptych.tui.line_filters import filtered
from diptych.tui.textual_internals import uncoloured_bar


class PaneBar(ScrollBar):
    """A scroll bar that is painted only when it looks different, and straight from its cells.

    Its numbers change with every row of the answer, its thumb seldom; and the usual way to paint it, line by line
    through a console, takes longer than the answer beside it.
    """

    _painted: tuple[bool, bool, list[Segment]] | None = None
    """The look that was painted last: whether the mouse was over it, whether it was held, and its cells without
    colours."""
    _strips: list[Strip] | None = None

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._painted = self._strips = None

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        look = (self.mouse_over, self.grabbed is not None, self._cells(uncoloured_bar(self)))
        if layout or look != self._painted:
            self._painted, self._strips = look, None
            super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        return self

    def render_lines(self, crop: Region) -> list[Strip]:
        if self._strips is None:
            base = self.rich_style
            self._strips = filtered(self, [Strip([cell]).apply_style(base) for cell in self._cells(self.render())])
        return self._strips[crop.y : crop.bottom]

    def _cells(self, bar: Any) -> list[Segment]:
        """From top to bottom."""
        assert isinstance(bar, ScrollBarRender)
        assert isinstance(bar.style, Style)
        colours = [colour for colour in (bar.style.bgcolor, bar.style.color) if colour is not None]
        numbers = (self.size.height, bar.virtual_size, bar.window_size, bar.position, bar.thickness)
        return list(bar.render_bar(*numbers, True, *colours).segments)
