"""Where a text is typed that answers contain; the rows are filtered while it is typed."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from diptych.tui.widgets.prompt.line_input import LineInput


class FindBox(LineInput):
    """Closed by default. While it is open, the footer shows what works in it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "keep", key_display="enter"),
        Binding("escape", "clear", "clear", key_display="esc"),
    ]

    class Cleared(Message):
        """Nothing is to be found any more."""

    def __init__(self) -> None:
        super().__init__(placeholder="Text that the answers contain", id="search", compact=True)

    @property
    def is_open(self) -> bool:
        """Whether it is shown."""
        return self.has_class("-open")

    def open(self) -> None:
        """Show it and take the focus."""
        self.add_class("-open")
        self.focus()

    def action_clear(self) -> None:
        """Find nothing."""
        self.value = ""
        self.post_message(self.Cleared())

    def close(self) -> None:
        """Hide it; the text stays."""
        self.remove_class("-open")
