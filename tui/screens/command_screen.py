"""A screen whose commands are defined in the table of tui/commands.py."""

from collections.abc import Sequence
from typing import ClassVar

from textual.message import Message
from textual.screen import Screen, ScreenResultType

from diptych.tui import screens
from diptych.tui.commands import Command


class CommandScreen(Screen[ScreenResultType]):
    """Help and palette offer what can be done here."""

    class ExportWanted(Message):
        """The user wants to write a session to a file."""

        def __init__(self, session: int) -> None:
            super().__init__()
            self.session = session

    OFFERED: ClassVar[Sequence[Command]] = ()
    """All that can be done here, for the help and the palette."""
    TYPED: ClassVar[Sequence[tuple[str, str]]] = ()
    """The keys that work while something is typed, each with what it does."""

    def action_help(self) -> None:
        """All keys."""
        self.app.push_screen(screens.HelpScreen(self.OFFERED, self.TYPED))
