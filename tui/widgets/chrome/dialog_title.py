"""The first row of a dialog."""

from collections.abc import Sequence

from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from diptych.tui.commands import Command
from diptych.tui.sanitized_text import visible
from diptych.tui.widgets.chrome.keys import Key, working_keys


class DialogTitle(Widget):
    """The title on the left, the keys of the dialog on the right."""

    def __init__(self, title: str | Content, commands: Sequence[Command]) -> None:
        super().__init__()
        self._heading = _heading(title)
        self._commands = commands

    def retitle(self, title: str | Content) -> None:
        """Show another title."""
        self._heading = _heading(title)
        self.refresh()

    def on_mount(self) -> None:
        """Show other keys when others work."""
        self.screen.bindings_updated_signal.subscribe(self, self._keys_changed)

    def _keys_changed(self, screen: Screen[object]) -> None:
        self.refresh()

    def render(self) -> Content:
        """One row. If there is little room, the help is left out, then the title is shortened."""
        working = list(working_keys(self.screen, self._commands))
        keys = _keys(working)
        if self._heading.cell_length + keys.cell_length + 2 > self.size.width:
            keys = _keys([key for key in working if key.command.action != "help"])
        room = max(1, self.size.width - keys.cell_length - 2)
        return Content.assemble(self._heading.truncate(room, ellipsis=True, pad=True), "  ", keys)


def _keys(working: Sequence[Key]) -> Content:
    return Content("  ").join(
        Content.assemble((key.shown, "$ink"), (f" {key.command.word}", "$dim")) for key in working
    )


def _heading(title: str | Content) -> Content:
    return Content.styled(visible(title), "bold $ink") if isinstance(title, str) else title
