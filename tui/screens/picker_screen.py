"""Choose a probe and one of its questions."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from diptych.probes import Condition, Probe
from diptych.tui.commands import screen_bindings
from diptych.tui.dialog_commands import PICKER_COMMANDS
from diptych.tui.sanitized_text import visible
from diptych.tui.screens.dialog_screen import DialogScreen
from diptych.tui.widgets.chrome.dialog_title import DialogTitle
from diptych.tui.widgets.chrome.options import Options

_LONGEST = 140
"""Characters of a question; the whole of it comes into the box."""


class Picked(NamedTuple):
    """A probe and one of its conditions, or none."""

    probe: Probe | None
    condition: Condition | None


class PickerScreen(DialogScreen[Picked | None]):
    """Every condition of every probe is a row; the last row watches without a probe."""

    OFFERED = PICKER_COMMANDS
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings(PICKER_COMMANDS)]

    def __init__(self, probes: Sequence[Probe], current: Probe | None) -> None:
        super().__init__()
        self._rows: list[Picked] = [Picked(p, condition) for p in probes for condition in p.conditions]
        self._rows.append(Picked(None, None))
        self._current = current

    def compose(self) -> ComposeResult:
        """The rows, then what the marked probe is about."""
        with Vertical(classes="dialog"):
            yield DialogTitle("Probes", self.OFFERED)
            yield Options(*(Option(self._label(row)) for row in self._rows))
            yield Static(id="about", classes="dialog-note")

    def on_mount(self) -> None:
        """Begin at the current probe."""
        options = self.query_one(OptionList)
        current = self._current.id if self._current is not None else None
        ids = [row.probe.id if row.probe is not None else None for row in self._rows]
        options.highlighted = ids.index(current) if current in ids else 0
        self.call_after_refresh(options.scroll_to_highlight, top=True)

    @on(OptionList.OptionHighlighted)
    def _about(self, event: OptionList.OptionHighlighted) -> None:
        probe, condition = self._rows[event.option_index]
        words = "Looks for any English word in the initials, and for answers that describe such a pattern."
        if probe is not None and condition is not None:
            words = "\n".join([condition.about or probe.about, *(f"Mind: {caution}" for caution in probe.cautions)])
        self.query_one("#about", Static).update(Content(visible(words)))

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._rows[event.option_index])

    def action_cancel(self) -> None:
        """Leave everything as it was."""
        self.dismiss(None)

    @staticmethod
    def _label(row: Picked) -> Content:
        if row.probe is None or row.condition is None:
            return Content.assemble(("no probe", "bold $ink"), ("\n  any question, any word in the initials", "$dim"))
        first, *others = row.condition.prompts
        more = f" (and {len(others)} more)" if others else ""
        return Content.assemble(
            (visible(row.probe.id), "bold $ink"),
            (f" · {visible(row.condition.name)}{more}\n", "$dim"),
            (f"  {visible(_in_one_line(first))}", "$ink"),
        )


def _in_one_line(prompt: str) -> str:
    line = " ".join(prompt.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
