"""How many more samples are to be asked for."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from diptych.tui.commands import screen_bindings
from diptych.tui.dialog_commands import HOW_MANY_COMMANDS
from diptych.tui.screens.dialog_screen import DialogScreen
from diptych.tui.widgets.chrome.dialog_title import DialogTitle
from diptych.tui.widgets.prompt.line_input import LineInput

_MOST = 10_000


class HowManyScreen(DialogScreen[int | None]):
    """A number, to begin with the one of the last time."""

    OFFERED = HOW_MANY_COMMANDS
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings(HOW_MANY_COMMANDS)]

    def __init__(self, wanted: int, wordings: int, conversing: bool, whom: str = "side") -> None:
        """`wordings`: how many take the samples in turn; `conversing`: whether they were asked in a conversation;
        `whom`: each of them is asked so often."""
        super().__init__()
        self._wanted = wanted
        self._wordings = wordings
        self._whom = whom
        self._conversing = conversing

    def compose(self) -> ComposeResult:
        """Question, number, what it means."""
        with Vertical(classes="dialog"):
            yield DialogTitle(f"How many more samples of each {self._whom}?", self.OFFERED)
            yield LineInput(str(self._wanted), type="integer", id="how-many")
            turns = f" The {self._wordings} wordings take turns." if self._wordings > 1 else ""
            each = "Each goes on from the same conversation." if self._conversing else "Each is a fresh instance."
            yield Static(
                f"{each}{turns} They come in the background, and all are saved.",
                classes="dialog-note",
            )

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        if event.value.isdigit() and 1 <= int(event.value) <= _MOST:
            self.dismiss(int(event.value))
        else:
            self.notify(f"a number from 1 to {_MOST:,}", timeout=3)
