"""A label for an answer. The dialog begins with one side; tab goes on to the next."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.binding import BindingType

from diptych.tui.commands import Command, screen_bindings
from diptych.tui.dialog_commands import LABEL_COMMANDS
from diptych.tui.screens.line_screen import LineScreen
from diptych.tui.widgets.chrome.dialog_title import DialogTitle

_NOTE = "A word is counted beside the detectors; a sentence is a note."


class LabelScreen(LineScreen):
    """Returns the label; `side` is the one that it is for."""

    OFFERED: ClassVar[Sequence[Command]] = LABEL_COMMANDS
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings(LABEL_COMMANDS)]

    def __init__(self, answers: Mapping[str, str], side: str, used: Sequence[str]) -> None:
        """`answers`: what the answer of each side is called; `used`: labels to pick from."""
        super().__init__(f"Label {answers[side]}", used=used, note=_NOTE)
        self._answers = answers
        self.side = side

    def action_next_answer(self) -> None:
        """Label the answer of the next side."""
        sides = list(self._answers)
        self.side = sides[(sides.index(self.side) + 1) % len(sides)]
        self.query_one(DialogTitle).retitle(f"Label {self._answers[self.side]}")
