"""A text to read while it may still grow: what a server wrote, what a model thought aloud."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from diptych.tui.commands import screen_bindings
from diptych.tui.dialog_commands import TEXT_COMMANDS
from diptych.tui.sanitized_text import visible
from diptych.tui.screens.dialog_screen import DialogScreen
from diptych.tui.widgets.chrome.dialog_title import DialogTitle

_LOOK_SECONDS = 0.5
"""How often we check whether the text has grown."""


class TextScreen(DialogScreen[None]):
    """Closed with esc, or the key that opened it."""

    OFFERED = TEXT_COMMANDS
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings(TEXT_COMMANDS)]

    def __init__(self, title: str, read: Callable[[], str], at_end: bool) -> None:
        """`at_end`: begin at the end of the text, where the newest is, and stay there while the reader does."""
        super().__init__()
        self._title = title
        self._read = read
        self._at_end = at_end
        self._shown = ""
        self._text = Static()
        self._scroll = VerticalScroll(self._text, classes="dialog-scroll")

    def compose(self) -> ComposeResult:
        """Title and text."""
        with Vertical(classes="dialog"):
            yield DialogTitle(self._title, self.OFFERED)
            yield self._scroll

    def on_mount(self) -> None:
        """Show it, and what comes."""
        self._look()
        self.set_interval(_LOOK_SECONDS, self._look)

    def _look(self) -> None:
        text = self._read()
        if text == self._shown:
            return
        following = self._at_end and (not self._shown or self._scroll.scroll_offset.y >= self._scroll.max_scroll_y)
        self._shown = text
        self._text.update(Content(visible(text)))
        if following:
            self.call_after_refresh(self._scroll.scroll_end, animate=False)
