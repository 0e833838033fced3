"""The keys that work now, in the last row."""

from itertools import accumulate
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import ActiveBinding
from textual.events import MouseDown
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from diptych.tui.line_filters import filtered

_PALETTE_FROM = 100
"""Cells under which the palette, which the help names too, gives way."""
_BEFORE_PALETTE = 2
"""Cells that stay free before the palette."""


class _Key(NamedTuple):
    """A key, and what it does."""

    key: str
    shown: str
    """The key as it is written in the row."""
    does: str
    works: bool

    @property
    def cells(self) -> int:
        """A blank on both sides of the key, and one behind the words."""
        return cell_len(self.shown) + cell_len(self.does) + 3


class Keys(Widget):
    """As many keys as have room whole; the help has them all. A click on one presses it.

    Paints its row itself: Textual's Footer has a widget for each key, and makes all of them anew when the focus moves.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"keys--key", "keys--words", "keys--off", "keys--rule"}

    def __init__(self, show_command_palette: bool) -> None:
        super().__init__()
        self._with_palette = show_command_palette
        self._keys: list[_Key] = []
        self._palette: _Key | None = None

    def on_mount(self) -> None:
        """Show other keys when others work."""
        self.screen.bindings_updated_signal.subscribe(self, self._take)
        self._take(self.screen)

    def _take(self, screen: Screen[object]) -> None:
        """The keys that work on a screen; those from before while the terminal has not the focus."""
        if not screen.app.app_focus:
            return
        by_action: dict[str, ActiveBinding] = {}
        for active in screen.active_bindings.values():
            if active.binding.show:
                by_action.setdefault(active.binding.action, active)
        self._keys = [self._key(active) for active in by_action.values()]
        palette = screen.active_bindings.get(self.app.COMMAND_PALETTE_BINDING) if self._with_palette else None
        self._palette = self._key(palette) if palette is not None else None
        self.refresh()

    def _key(self, active: ActiveBinding) -> _Key:
        binding = active.binding
        return _Key(binding.key, self.app.get_key_display(binding), binding.description, active.enabled)

    def _in_room(self) -> tuple[list[_Key], _Key | None]:
        """The first keys, as many as have room, and the palette's."""
        palette = self._palette if self.size.width >= _PALETTE_FROM else None
        room = self.size.width - (palette.cells + _BEFORE_PALETTE if palette is not None else 0)
        ends = accumulate(key.cells for key in self._keys)
        return [key for key, end in zip(self._keys, ends, strict=True) if end <= room], palette

    def render_line(self, y: int) -> Strip:
        """The row."""
        keys, palette = self._in_room()
        style, ground = self.get_component_rich_style, Style(bgcolor=self.rich_style.bgcolor)
        left = Strip(segment for key in keys for segment in self._segments(key))
        right = Strip([])
        if palette is not None:
            shown, words = Segment(palette.shown, style("keys--key")), Segment(f" {palette.does}", style("keys--words"))
            right = Strip([Segment("▏", style("keys--rule")), shown, words, Segment(" ", ground)])
        left = left.adjust_cell_length(self.size.width - right.cell_length, ground)
        return filtered(self, [Strip.join([left, right])])[0]

    def _segments(self, key: _Key) -> list[Segment]:
        style, off = self.get_component_rich_style, self.get_component_rich_style("keys--off")
        shown, words = (style("keys--key"), style("keys--words")) if key.works else (off, off)
        return [Segment(f" {key.shown} ", shown), Segment(f"{key.does} ", words)]

    def on_mouse_down(self, event: MouseDown) -> None:
        """Press the key under the mouse."""
        keys, palette = self._in_room()
        ends = accumulate(key.cells for key in keys)
        under = next((key for key, end in zip(keys, ends, strict=True) if event.x < end), None)
        if under is None and palette is not None and event.x >= self.size.width - palette.cells:
            under = palette
        if under is not None and under.works:
            self.app.simulate_key(under.key)
        elif under is not None:
            self.app.bell()
