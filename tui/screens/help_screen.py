"""All keys, and what the marks mean."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from diptych.tui.commands import SHOWN_KEYS, Command
from diptych.tui.widgets.chrome.dialog_title import DialogTitle

_MARKS = (
    (" H ", "bold $letter-ink on $letter", "a letter of the pattern; dim until three stand"),
    (" “ ", "$description", "the answer describes its pattern"),
    (" ● ", "$side-base", "a rate, on the interval in which it lies; valid whenever you look"),
)
_STATES = "· waiting   ▸ streaming   ✓ done   ■ stopped   ✂ cut by the limit   ✕ failed"


class HelpScreen(ModalScreen[None]):
    """One page; any of the usual keys closes it."""

    CSS_PATH = "modal.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f1,q,question_mark", "dismiss", "close")]

    def __init__(self, commands: Sequence[Command], typed: Sequence[tuple[str, str]]) -> None:
        """`typed`: keys of where something is typed, each with what it does."""
        super().__init__()
        self._commands, self._typed = commands, typed

    def compose(self) -> ComposeResult:
        """Keys first, then signs."""
        with Vertical(classes="dialog"):
            yield DialogTitle("Keys", "esc back")
            with VerticalScroll(classes="dialog-scroll"):
                yield from self._rows()

    def _rows(self) -> ComposeResult:
        for keys, sentence in self._typed:
            yield _row(keys, sentence)
        for command in self._commands:
            named = (command.shown or command.key, *command.letter.split(","))
            shown = [SHOWN_KEYS.get(key, key) for key in named if key]
            yield _row(", ".join(shown), command.sentence)
        yield _row("ctrl+p", "Find any command by name; themes too")
        if self._typed:
            yield Static("Letters work outside the prompt box: esc leaves it.", classes="dialog-note")
        yield Static("Signs", classes="dialog-heading")
        for sign, style, meaning in _MARKS:
            yield Static(Content.assemble((sign, style), (f"  {meaning}", "$ink")))
        yield Static(_STATES, classes="dialog-note")


def _row(keys: str, sentence: str) -> Horizontal:
    return Horizontal(Static(keys, classes="keys"), Static(sentence), classes="key-row")
