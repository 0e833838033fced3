"""A text to read: what a server wrote, what a model thought aloud."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.inert import visible


class TextScreen(ModalScreen[None]):
    """Closed with esc, or the key that opened it."""

    CSS_PATH = "modal.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,l,v,f10", "dismiss", "close")]

    def __init__(self, title: str, text: str, at_end: bool) -> None:
        """`at_end`: begin at the end of the text, where the newest is."""
        super().__init__()
        self._title = title
        self._text = text
        self._at_end = at_end

    def compose(self) -> ComposeResult:
        """Title and text."""
        with VerticalScroll(classes="dialog") as scroll:
            yield Static(Content(visible(self._title)), classes="dialog-title")
            yield Static(Content(visible(self._text)))
        if self._at_end:
            self.call_after_refresh(scroll.scroll_end, animate=False)
