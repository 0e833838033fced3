"""Where text is typed: several lines, with a history."""

from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from diptych.tui.pasting import cleaned, with_newlines
from diptych.tui.sanitized_text import visible

_LINE_BREAKS = ("alt+enter", "ctrl+j")


class PromptBox(TextArea):
    """Enter submits; alt+enter or ctrl+j breaks the line; up and down at the edges walk the history."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "ask", key_display="enter"),
        Binding("up", "history_up", "earlier question", show=False),
        Binding("down", "history_down", "later question", show=False),
        Binding("ctrl+u", "clear_box", "clear", show=False),
    ]

    class Submitted(Message):
        """Enter was pressed. Holds the text of that moment: more may have been typed since."""

        def __init__(self, box: "PromptBox", text: str) -> None:
            super().__init__()
            self.box = box
            self.text = text

    class Picked(Message):
        """A digit was pressed that picks something while nothing is typed."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    class Cleaned(Message):
        """Pasted text held control characters, which were left out."""

    def __init__(
        self, id: str, history: list[str], typed: str = "", placeholder: str = "", stays: bool = False
    ) -> None:
        """`stays`: enter leaves the text in the box."""
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
        self._edited: dict[int, str] = {}
        """What was made of the texts of the history, by place; behind the last one, what was typed before."""
        self._stays = stays
        self.picks = ""
        """Digits that pick something while nothing is typed."""

    def get_line(self, line_index: int) -> Text:
        """A line as it is painted: invisible characters, and those that turn text round, are shown as symbols."""
        parts = self.document.get_line(line_index).split("\t")
        return Text("\t".join(map(visible, parts)), end="", no_wrap=True)

    def on_mount(self) -> None:
        """Put the cursor behind the text that is there already."""
        self.move_cursor(self.document.end)

    def put(self, prompt: str) -> None:
        """Type a text for the user in the place of what is there, which ctrl+z brings back."""
        self.replace(cleaned(prompt), (0, 0), self.document.end, maintain_selection_offset=False)
        self.move_cursor(self.document.end)

    def take(self) -> str:
        """Take the text out of the box, add it to the history, and return it. What was typed before a text of the
        history was chosen comes back."""
        prompt = self.text
        typed = self._edited.get(len(self._history), "") if self._place < len(self._history) else ""
        if prompt.strip() and (not self._history or self._history[-1] != prompt):
            self._history.append(prompt)
        self._place = len(self._history)
        self._edited.clear()
        self.load_text(typed)
        self.move_cursor(self.document.end)
        return prompt

    def action_clear_box(self) -> None:
        """Leave nothing in the box; ctrl+z brings it back."""
        self.put("")

    def action_submit(self) -> None:
        """Post the text as a message."""
        self.post_message(self.Submitted(self, self.text if self._stays else self.take()))

    def action_history_up(self) -> None:
        """An earlier text, at the upper edge."""
        if self.cursor_location[0] > 0:
            self.action_cursor_up()
        elif self._place > 0:
            self._go(self._place - 1)

    def action_history_down(self) -> None:
        """A later text, at the lower edge."""
        if self.cursor_location[0] < self.document.line_count - 1:
            self.action_cursor_down()
        elif self._place < len(self._history):
            self._go(self._place + 1)

    def _go(self, place: int) -> None:
        self._edited[self._place] = self.text
        self._place = place
        unchanged = self._history[place] if place < len(self._history) else ""
        self.put(self._edited.get(place, unchanged))

    # For keys and pastes Textual calls the handler of each class that has one, its own after this one.

    async def on_key(self, event: events.Key) -> None:
        if not self.text and event.character is not None and event.character in self.picks:
            event.stop()
            event.prevent_default()
            self.post_message(self.Picked(int(event.character)))
        # At once, for a binding would come after what is typed next: a terminal may type what is pasted.
        elif event.key == "enter":
            event.stop()
            event.prevent_default()
            self.action_submit()
        elif event.key in _LINE_BREAKS:
            event.stop()
            event.prevent_default()
            self._insert("\n")

    async def on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self._insert(event.text)

    def action_paste(self) -> None:
        """Insert what was copied in the console."""
        self._insert(self.app.clipboard)

    def _insert(self, pasted: str) -> None:
        """Put a text in the place of what is selected."""
        text = cleaned(pasted)
        if text:
            self.move_cursor(self.replace(text, *self.selection, maintain_selection_offset=False).end_location)
        if text != with_newlines(pasted):
            self.post_message(self.Cleaned())
