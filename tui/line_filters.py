"""Applies the app's filters to rows that a widget paints itself."""

from textual.strip import Strip
from textual.widget import Widget


def filtered(widget: Widget, strips: list[Strip]) -> list[Strip]:
    """The strips after the filters of the app, which may remove colours or replace them by those of the terminal."""
    background = widget.background_colors[1]
    for line_filter in widget.get_line_filters():
        strips = [strip.apply_filter(line_filter, background) for strip in strips]
    return strips
