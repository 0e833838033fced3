"""Which measures of a family are drawn."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from diptych.compare import MOST_OF_A_ROLE, FamilyMeasure, MeasureName
from diptych.tui.commands import screen_bindings
from diptych.tui.family_commands import DRAWN_COMMANDS
from diptych.tui.sanitized_text import visible
from diptych.tui.screens.dialog_screen import DialogScreen
from diptych.tui.widgets.chrome.dialog_title import DialogTitle
from diptych.tui.widgets.chrome.options import Options
from diptych.tui.widgets.family.family_plot import STYLES


class DrawnMeasuresScreen(DialogScreen[tuple[MeasureName, ...]]):
    """A list of measures; returns those that are marked."""

    OFFERED = DRAWN_COMMANDS
    LEGEND = "curve"
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings(DRAWN_COMMANDS)]

    def __init__(self, measures: Sequence[FamilyMeasure], drawn: Sequence[MeasureName]) -> None:
        """`drawn`: those that are marked at first."""
        super().__init__()
        self._measures = measures
        self._drawn = list(drawn)

    def compose(self) -> ComposeResult:
        """Title, measures."""
        with Vertical(classes="dialog"):
            yield DialogTitle("Measures in the picture", self.OFFERED)
            yield Options(*(Option(self._row(each)) for each in self._measures))

    def on_mount(self) -> None:
        """Begin at the first measure."""
        self.query_one(OptionList).focus()

    @on(OptionList.OptionSelected)
    def _turn(self, event: OptionList.OptionSelected) -> None:
        """Draw the measure, or leave it out."""
        measure = self._measures[event.option_index]
        role = {each.name: each.role for each in self._measures}
        if measure.name in self._drawn:
            self._drawn.remove(measure.name)
        elif sum(role.get(name) == measure.role for name in self._drawn) >= MOST_OF_A_ROLE:
            what = "do" if measure.role == "does" else "say"
            self.notify(f"Two measures of what they {what} are drawn already; leave one out first", timeout=3)
        else:
            self._drawn.append(measure.name)
        options = self.query_one(OptionList)
        options.replace_option_prompt_at_index(event.option_index, self._row(measure))

    def _row(self, measure: FamilyMeasure) -> Content:
        assert measure.role is not None
        mark = "✓" if measure.name in self._drawn else " "
        return Content.assemble(
            (f"{mark} ", "bold $ink"),
            (f"{measure.role}  {visible(measure.label)}", STYLES[measure.role]),
            (f"  {visible(' '.join(measure.condition.split()))}", "$dim"),
        )

    def action_done(self) -> None:
        """Show the picture with the marked ones."""
        self.dismiss(tuple(self._drawn))
