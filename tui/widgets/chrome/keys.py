"""The keys that work now, in the last row."""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.events import MouseDown
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from diptych.tui.commands import Command, is_typed, shown_key
from diptych.tui.line_filters import filtered


class Key(NamedTuple):
    """A key that works now, and what it does."""

    key: str
    shown: str
    """The key as it is written in the row."""
    command: Command
    works: bool

    @property
    def cells(self) -> int:
        """A blank on both sides of the key, and one behind the words."""
        return cell_len(self.shown) + cell_len(self.command.word) + 3


class Keys(Widget):
    """As many keys as have room whole, the most important ones first; the help has them all. A click presses one.

    Paints its row itself: Textual's Footer has a widget for each key, and makes all of them anew when the focus moves.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"keys--key", "keys--words", "keys--off"}

    def __init__(self, commands: Sequence[Command]) -> None:
        super().__init__()
        self._commands = commands
        self._keys: list[Key] = []

    def on_mount(self) -> None:
        """Show other keys when others work."""
        self.screen.bindings_updated_signal.subscribe(self, self._take)
        self._take(self.screen)

    def _take(self, screen: Screen[object]) -> None:
        """The keys that work on a screen; those from before while the terminal has not the focus."""
        if screen.app.app_focus:
            self._keys = list(working_keys(screen, self._commands))
            self.refresh()

    def _in_room(self) -> list[Key]:
        """Those that have room, in the order of the table."""
        # The last one needs no blank behind it.
        room = self.size.width + 1
        chosen = set()
        for place, key in sorted(enumerate(self._keys), key=lambda placed: placed[1].command.footer):
            if key.cells <= room:
                room -= key.cells
                chosen.add(place)
        return [key for place, key in enumerate(self._keys) if place in chosen]

    def render_line(self, y: int) -> Strip:
        """The row."""
        row = Strip(segment for key in self._in_room() for segment in self._segments(key))
        return filtered(self, [row.adjust_cell_length(self.size.width, Style(bgcolor=self.rich_style.bgcolor))])[0]

    def _segments(self, key: Key) -> list[Segment]:
        style, off = self.get_component_rich_style, self.get_component_rich_style("keys--off")
        shown, words = (style("keys--key"), style("keys--words")) if key.works else (off, off)
        return [Segment(f" {key.shown} ", shown), Segment(f"{key.command.word} ", words)]

    def on_mouse_down(self, event: MouseDown) -> None:
        """Press the key under the mouse."""
        keys = self._in_room()
        ends = accumulate(key.cells for key in keys)
        under = next((key for key, end in zip(keys, ends, strict=True) if event.x < end), None)
        if under is not None and under.works:
            self.app.simulate_key(under.key)
        elif under is not None:
            self.app.bell()


def working_keys(screen: Screen[object], commands: Sequence[Command]) -> Iterator[Key]:
    """For each command with a word the first of its keys that works where the focus is."""
    active, focused = screen.active_bindings, screen.focused
    for command in commands:
        for key in command.keys if command.word else ():
            found = active.get(key)
            typing = focused is not None and focused.check_consume_key(key, "x" if is_typed(key) else None)
            if found is not None and not typing and _name_of(found.binding.action) == _name_of(command.action):
                # An arrow of a widget never stands alone.
                arrows = command.keys[:2] if command.of_widget and key in ("up", "left") else [key]
                yield Key(key, "".join(map(shown_key, arrows)), command, found.enabled)
                break


def _name_of(action: str) -> str:
    return action.rpartition(".")[2]
