"""Where text is typed: several lines, with a history."""

import re
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from tui.inert import visible

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_ESCAPE = re.compile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\)|[@-Z\\\\-_])")


def cleaned(text: str) -> str:
    """The text without escape sequences and control characters, its line ends as newlines."""
    return _CONTROL.sub("", _ESCAPE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


class PromptBox(TextArea):
    """Enter submits; alt+enter or ctrl+j breaks the line; up and down at the edges walk the history."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "ask", key_display="enter", priority=True),
        Binding("alt+enter,ctrl+j", "newline", "new line", show=False),
        Binding("up", "history_up", "earlier question", show=False),
        Binding("down", "history_down", "later question", show=False),
    ]

    class Submitted(Message):
        """Enter was pressed."""

    class Picked(Message):
        """A digit was pressed that picks something while nothing is typed."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    class Cleaned(Message):
        """Pasted text held control characters, which were left out."""

    def __init__(self, id: str, history: list[str], typed: str = "", placeholder: str = "") -> None:
        super().__init__(
            cleaned(typed),
            compact=True,
            highlight_cursor_line=False,
            placeholder=placeholder,
            id=id,
            tab_behavior="focus",
        )
        self._history = history
        self._place = len(history)
        self._typed = ""
        self.picks = ""
        """Digits that pick something while nothing is typed."""

    def get_line(self, line_index: int) -> Text:
        """A line as it is painted: what is not seen, or turns its neighbours round, as a symbol."""
        parts = self.document.get_line(line_index).split("\t")
        return Text("\t".join(map(visible, parts)), end="", no_wrap=True)

    def on_mount(self) -> None:
        """Go on behind what is typed already."""
        self.move_cursor(self.document.end)

    def put(self, prompt: str) -> None:
        """Type a text for the user."""
        self.load_text(cleaned(prompt))
        self.move_cursor(self.document.end)

    def keep(self) -> None:
        """Put what is typed into the history, and make room for the next."""
        prompt = self.text
        if prompt.strip() and (not self._history or self._history[-1] != prompt):
            self._history.append(prompt)
        self._place, self._typed = len(self._history), ""
        self.load_text("")

    def action_submit(self) -> None:
        """Tell whoever listens."""
        self.post_message(self.Submitted())

    def action_newline(self) -> None:
        """Break the line."""
        self.insert("\n")

    def action_history_up(self) -> None:
        """An earlier text, at the upper edge."""
        if self.cursor_location[0] > 0:
            self.action_cursor_up()
        elif self._place > 0:
            if self._place == len(self._history):
                self._typed = self.text
            self._go(self._place - 1)

    def action_history_down(self) -> None:
        """A later text, at the lower edge."""
        if self.cursor_location[0] < self.document.line_count - 1:
            self.action_cursor_down()
        elif self._place < len(self._history):
            self._go(self._place + 1)

    def _go(self, place: int) -> None:
        self._place = place
        self.put(self._typed if place == len(self._history) else self._history[place])

    async def _on_key(self, event: events.Key) -> None:
        if not self.text and event.character is not None and event.character in self.picks:
            event.stop()
            event.prevent_default()
            self.post_message(self.Picked(int(event.character)))
            return
        await super()._on_key(event)

    async def _on_paste(self, event: events.Paste) -> None:
        text = cleaned(event.text)
        if text != event.text:
            event.stop()
            event.prevent_default()
            self.insert(text)
            if text != event.text.replace("\r\n", "\n"):
                self.post_message(self.Cleaned())
            return
        await super()._on_paste(event)
