"""Rows that a widget paints itself."""

from textual.strip import Strip
from textual.widget import Widget


def filtered(widget: Widget, strips: list[Strip]) -> list[Strip]:
    """The strips as the filters of the app want them: without colours, say, or in those that the terminal has."""
    background = widget.background_colors[1]
    for line_filter in widget.get_line_filters():
        strips = [strip.apply_filter(line_filter, background) for strip in strips]
    return strips
