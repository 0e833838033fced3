"""The last lines that a side's server wrote."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.inert import visible


class LogScreen(ModalScreen[None]):
    """Closed with esc."""

    CSS_PATH = "modal.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,l,q,f10", "dismiss", "close")]

    def __init__(self, side: str, lines: Sequence[str]) -> None:
        super().__init__()
        self._side = side
        self._lines = lines

    def compose(self) -> ComposeResult:
        """Title and lines, newest last."""
        with VerticalScroll(classes="dialog") as scroll:
            yield Static(f"Server log of {self._side}", classes="dialog-title")
            words = "\n".join(visible(line) for line in self._lines)
            yield Static(Content(words or "diptych did not start this server, or it wrote nothing"))
        self.call_after_refresh(scroll.scroll_end, animate=False)
