"""A screen whose commands are defined in the table of tui/commands.py."""

from collections.abc import Sequence
from typing import ClassVar

from textual.message import Message
from textual.screen import Screen, ScreenResultType

from diptych.tui import screens
from diptych.tui.commands import Command
from diptych.tui.widgets.chrome.title import Question


class CommandScreen(Screen[ScreenResultType]):
    """Help, palette and footer offer what can be done here."""

    class ExportWanted(Message):
        """The user wants to write a session to a file."""

        def __init__(self, session: int) -> None:
            super().__init__()
            self.session = session

    class ClaimWanted(Message):
        """The user wants to see the claim card of the session."""

    OFFERED: ClassVar[Sequence[Command]] = ()
    """All that can be done here."""
    LEGEND: ClassVar[str] = ""
    """The name of its signs in tui/signs.py."""

    @property
    def offered(self) -> Sequence[Command]:
        """What can be done with what is shown."""
        return self.OFFERED

    def action_question(self) -> None:
        """Fold the question out, or in again."""
        self.query_one(Question).turn()

    def action_help(self) -> None:
        """All keys."""
        self.app.push_screen(screens.HelpScreen(self.offered, self.LEGEND))
