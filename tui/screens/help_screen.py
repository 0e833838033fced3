"""All keys, and what the marks mean."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from diptych.tui.commands import Command, screen_bindings, shown_key
from diptych.tui.dialog_commands import HELP_COMMANDS
from diptych.tui.screens.dialog_screen import DialogScreen
from diptych.tui.widgets.chrome.dialog_title import DialogTitle

_MARKS = (
    (" H ", "bold $letter-ink on $letter", "a letter of the pattern; dim until three stand"),
    (" “ ", "$description", "the answer describes its pattern"),
    (" ● ", "$side-base", "a rate, on the interval in which it lies; valid whenever you look"),
)
_STATES = "· waiting   ▸ streaming   ✓ done   ■ stopped   ✂ cut by the limit   ✕ failed"


class HelpScreen(DialogScreen[None]):
    """One page; any of the usual keys closes it."""

    OFFERED = HELP_COMMANDS
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings(HELP_COMMANDS)]

    def __init__(self, commands: Sequence[Command]) -> None:
        """`commands`: what can be done on the screen below."""
        super().__init__()
        self._commands = commands

    def compose(self) -> ComposeResult:
        """Keys first, then signs."""
        with Vertical(classes="dialog"):
            yield DialogTitle("Keys", self.OFFERED)
            with VerticalScroll(classes="dialog-scroll"):
                yield from self._rows()

    def _rows(self) -> ComposeResult:
        for group in dict.fromkeys(command.group for command in self._commands):
            yield Static(group, classes="dialog-heading")
            for command in self._commands:
                if command.group == group:
                    keys = ", ".join(shown_key(key) for key in command.keys)
                    words = (command.name, "$ink"), (f"  {command.sentence}", "$dim")
                    yield Horizontal(Static(keys, classes="keys"), Static(Content.assemble(*words)), classes="key-row")
        yield Static("Letters work outside the prompt box: esc leaves it.", classes="dialog-note")
        yield Static("Signs", classes="dialog-heading")
        for sign, style, meaning in _MARKS:
            yield Static(Content.assemble((sign, style), (f"  {meaning}", "$ink")))
        yield Static(_STATES, classes="dialog-note")
