"""A screen whose commands are defined in the table of tui/commands.py."""

from collections.abc import Sequence
from typing import ClassVar

from textual.screen import Screen, ScreenResultType

from diptych.tui import screens
from diptych.tui.commands import Command


class CommandScreen(Screen[ScreenResultType]):
    """Help and palette offer what can be done here."""

    OFFERED: ClassVar[Sequence[Command]] = ()
    """All that can be done here, for the help and the palette."""
    TYPED: ClassVar[Sequence[tuple[str, str]]] = ()
    """The keys that work while something is typed, each with what it does."""

    def action_help(self) -> None:
        """All keys."""
        self.app.push_screen(screens.HelpScreen(self.OFFERED, self.TYPED))
