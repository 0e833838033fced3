"""One line of a person's own words, or one of those that were used before."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from diptych.tui.commands import Command, screen_bindings
from diptych.tui.dialog_commands import LINE_COMMANDS
from diptych.tui.sanitized_text import visible
from diptych.tui.screens.dialog_screen import DialogScreen
from diptych.tui.widgets.chrome.dialog_title import DialogTitle
from diptych.tui.widgets.chrome.options import Options
from diptych.tui.widgets.prompt.line_input import LineInput


class LineScreen(DialogScreen[str | None]):
    """Returns the line, or None when nothing is to change."""

    OFFERED: ClassVar[Sequence[Command]] = LINE_COMMANDS
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings(LINE_COMMANDS)]

    def __init__(self, title: str, line: str = "", used: Sequence[str] = (), note: str = "") -> None:
        """`line`: what stands there already; `used`: lines to pick from."""
        super().__init__()
        self._heading = title
        self._line = line
        self._used = used
        self._note = f"{note} ↓ takes one that was used before." if used else note
        self._warned_of = line

    @property
    def unfinished(self) -> list[str]:
        """What was typed and not saved yet."""
        line = self.query_one("#line", LineInput).value
        return [f"not saved yet: {line}"] if line.strip() != self._line.strip() else []

    def compose(self) -> ComposeResult:
        """The line has the focus, and all of it is selected: what is typed replaces it. What was used before is one key
        down."""
        with Vertical(classes="dialog"):
            yield DialogTitle(self._heading, self.OFFERED)
            yield LineInput(self._line, compact=True, id="line")
            if self._used:
                yield Options(*(Option(Content(visible(value))) for value in self._used))
            yield Static(Content(self._note.strip()), id="line-note", classes="dialog-note")

    def action_back(self) -> None:
        """Close; but what was typed is only thrown away at the second time."""
        line = self.query_one("#line", LineInput).value
        if self.unfinished and line != self._warned_of:
            self._warned_of = line
            words = "Not saved yet: enter saves it, esc once more drops it."
            self.query_one("#line-note", Static).update(Content.styled(words, "$pattern"))
        else:
            self.dismiss(None)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip())

    @on(OptionList.OptionSelected)
    def _picked(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._used[event.option_index])
