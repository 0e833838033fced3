"""A text to read while it may still grow: what a server wrote, what a model reasoned, a conversation."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from diptych.tui.commands import screen_bindings
from diptych.tui.dialog_commands import TEXT_COMMANDS
from diptych.tui.repainting import repaint
from diptych.tui.sanitized_text import visible
from diptych.tui.screens.dialog_screen import DialogScreen
from diptych.tui.widgets.chrome.dialog_title import DialogTitle

if TYPE_CHECKING:
    from diptych.compare import Changes

_LOOK_SECONDS = 0.5
"""How often a text that grows is shown anew."""


class TextScreen(DialogScreen[None]):
    """Closed with esc, or the key that opened it."""

    OFFERED = TEXT_COMMANDS
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings(TEXT_COMMANDS)]

    def __init__(
        self, title: str, read: Callable[[], str | Content], at_end: bool, changes: Changes | None = None
    ) -> None:
        """`at_end`: begin at the end of the text, where the newest is, and stay there while the reader does. `changes`
        tells when the text may have grown; without it, we look again and again."""
        super().__init__()
        self._title = title
        self._read = read
        self._at_end = at_end
        self._changes = changes
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
        if self._changes is None:
            self.set_interval(_LOOK_SECONDS, self._look)
        else:
            self.run_worker(repaint(self._changes.subscribe(), self._look, _LOOK_SECONDS))

    def action_copy(self) -> None:
        """Copy all of it."""
        self.app.copy_to_clipboard(self._shown)
        self.notify("Copied", timeout=2)

    def _look(self) -> None:
        read = self._read()
        text = read if isinstance(read, Content) else Content(visible(read))
        if text.plain == self._shown:
            return
        following = self._at_end and (not self._shown or self._scroll.scroll_offset.y >= self._scroll.max_scroll_y)
        self._shown = text.plain
        self._text.update(text)
        if following:
            self.call_after_refresh(self._scroll.scroll_end, animate=False)
