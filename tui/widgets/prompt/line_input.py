"""Where one line is typed: what is looked for, a name, a number."""

from typing import Any

from textual import events
from textual.widgets import Input

from diptych.tui.pasting import cleaned
from diptych.tui.sanitized_text import ShownInert


class LineInput(Input):
    """Shows control characters as symbols, and joins pasted lines into one."""

    def __init__(self, value: str = "", **options: Any) -> None:
        super().__init__(value, highlighter=ShownInert(), **options)

    def on_paste(self, event: events.Paste) -> None:
        # Textual's own handler would follow this one and insert the text once more.
        event.stop()
        event.prevent_default()
        self._insert(event.text)

    def action_paste(self) -> None:
        """Insert what was copied in the console."""
        self._insert(self.app.clipboard)

    def _insert(self, text: str) -> None:
        """Put a text in the place of what is selected."""
        line = cleaned(text).strip("\n").replace("\n", " ")
        if line:
            self.replace(line, *sorted(self.selection))
