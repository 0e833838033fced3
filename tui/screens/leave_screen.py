"""The dialog that asks for confirmation before something is lost or stopped."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from diptych.tui.commands import screen_bindings
from diptych.tui.dialog_commands import LEAVE_COMMANDS
from diptych.tui.sanitized_text import visible
from diptych.tui.screens.dialog_screen import DialogScreen
from diptych.tui.widgets.chrome.dialog_title import DialogTitle


class LeaveScreen(DialogScreen[bool]):
    """Returns whether to leave all the same."""

    OFFERED = LEAVE_COMMANDS
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings(LEAVE_COMMANDS)]

    def __init__(self, what: str, unfinished: Sequence[str]) -> None:
        """`what` is wanted; `unfinished`: a sentence for each thing that would be lost or stopped by it."""
        super().__init__()
        self._what = what
        self._unfinished = unfinished

    def compose(self) -> ComposeResult:
        """What is wanted, and what that costs."""
        with Vertical(classes="dialog"):
            yield DialogTitle(self._what, self.OFFERED)
            for sentence in self._unfinished:
                yield Static(Content.styled(visible(sentence), "$ink"))
            yield Static("Answers that have come are kept.", classes="dialog-note")
