"""The dialog that asks for confirmation before something is lost or stopped."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from diptych.tui.sanitized_text import visible
from diptych.tui.widgets.chrome.dialog_title import DialogTitle


class LeaveScreen(ModalScreen[bool]):
    """Returns whether to leave all the same."""

    CSS_PATH = "modal.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,y,ctrl+c,ctrl+q", "dismiss(True)", "leave", priority=True),
        Binding("escape,n,q", "dismiss(False)", "stay", priority=True),
    ]

    def __init__(self, what: str, unfinished: Sequence[str]) -> None:
        """`what` is wanted; `unfinished`: a sentence for each thing that would be lost or stopped by it."""
        super().__init__()
        self._what = what
        self._unfinished = unfinished

    def compose(self) -> ComposeResult:
        """What is wanted, and what that costs."""
        with Vertical(classes="dialog"):
            yield DialogTitle(self._what, "enter or ctrl+q leave  esc stay")
            for sentence in self._unfinished:
                yield Static(Content.styled(visible(sentence), "$ink"))
            yield Static("Answers that have come are kept.", classes="dialog-note")
