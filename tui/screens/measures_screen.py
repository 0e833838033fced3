"""Every rate of the session with its interval, and one of them in plots."""

import asyncio
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Resize

from diptych.compare import (
    Comparison,
    Measure,
    MeasureRates,
    SessionRates,
    SessionView,
    condition_note,
    entropy_note,
    may_be_wording,
    mean_interval_of,
    mirrored_reports,
    reading_note,
    recognition_note,
    repetition_note,
    running_counts,
)
from diptych.tui.claims import has_claim
from diptych.tui.commands import MEASURES_COMMANDS, screen_bindings
from diptych.tui.comparison_status import saved_words
from diptych.tui.formatting import LOW_BELOW
from diptych.tui.repainting import repaint
from diptych.tui.screens.command_screen import CommandScreen
from diptych.tui.screens.picked_labels import label_picked
from diptych.tui.widgets.chrome.keys import Keys
from diptych.tui.widgets.chrome.title import Title
from diptych.tui.widgets.measures.measure_detail import MeasureDetail
from diptych.tui.widgets.measures.measures_list import MeasuresHead, MeasuresList

_PAINT_SECONDS = 0.2
"""Paints are at least this far apart: each looks at every count of the session."""


class MeasuresScreen(CommandScreen[None]):
    """Shows every measure of a session; the counts move while samples come."""

    CSS_PATH = "measures_screen.tcss"
    OFFERED = MEASURES_COMMANDS
    LEGEND = "measures"
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings(MEASURES_COMMANDS)]

    def __init__(self, view: SessionView, group: str, settings: str = "", comparison: Comparison | None = None) -> None:
        """`group`: the question to begin at, and with which `settings`. `comparison` takes the commands; None in a
        replay."""
        super().__init__()
        self._view = view
        self._comparison = comparison
        self._begin_at = group, settings
        self._rates = SessionRates(view)
        self._shown: list[MeasureRates] = []
        self._title, self._head, self._list, self._detail = Title(), MeasuresHead(), MeasuresList(), MeasureDetail()

    def compose(self) -> ComposeResult:
        """Title, axis, the measures, the plots of the one under the cursor, keys."""
        yield self._title
        yield self._head
        yield self._list
        yield self._detail
        yield Keys(self.OFFERED)

    def on_mount(self) -> None:
        """Begin at the question that was looked at."""
        self._list.focus()
        self._look()
        self.call_after_refresh(self._list.begin_at, *self._begin_at)
        self.run_worker(repaint(self._view.changes.subscribe(), self._look, _PAINT_SECONDS))

    def on_resize(self, event: Resize) -> None:
        """Lower plots where there are few rows."""
        self.set_class(event.size.height < LOW_BELOW, "-low")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A card is made of a probe with a trait; a replay has none, because it would tell what is still to come."""
        if action == "claim":
            return self._comparison is not None and has_claim(self._view.probe)
        return super().check_action(action, parameters)

    def action_claim(self) -> None:
        """The second page: the claim card."""
        self.post_message(self.ClaimWanted())

    def action_label_picked(self) -> None:
        """Label answers that are picked at random."""
        if self._comparison is None:
            self.notify("This is a replay; nothing can be labelled in it", timeout=3)
        elif self._list.marked is not None:
            label_picked(self, self._comparison, self._list.marked.measure)

    def _look(self) -> None:
        """Show the counts as they stand."""
        probe = self._view.probe
        saved, urgent = saved_words(self._view)
        self._title.show([probe.id if probe is not None else "no probe", "measures"], [], saved, urgent)
        shown = self._rates.all()
        if shown != self._shown or not shown:
            self._shown = shown
            self._head.show(shown)
            self._list.show(shown)
            self._show_marked()

    @on(MeasuresList.Moved)
    def _show_marked(self) -> None:
        marked = self._list.marked
        if marked is None:
            self._detail.show(None, (), "")
            return
        measure = marked.measure
        courses = [running_counts(self._rates.samples(measure, rate.side), measure) for rate in marked.sides]
        caution = repetition_note(
            self._view.tally.repeated(measure.group, measure.settings), [side.name for side in self._view.sides]
        )
        if not caution and may_be_wording(measure, {rate.side: rate.count for rate in marked.sides}):
            caution = "⚠ the difference may be one of wording; f7 corrects it by labels"
        notes = [self._score_note(measure), self._mirrors_note(measure), caution]
        self._detail.show(marked, courses, " · ".join(filter(None, notes)))
        if any(rate.count.numbers for rate in marked.sides):
            self._compute_means(marked)

    def _mirrors_note(self, measure: Measure) -> str:
        """What the question of a measure says of a report, if it is one of its mirrors."""
        probe = self._view.probe
        if probe is None or not probe.mirrors:
            return ""
        reports = mirrored_reports(self._view.tally, probe, [side.name for side in self._view.sides])
        return condition_note(reports, measure.group)

    def _score_note(self, measure: Measure) -> str:
        """How to read a measure of scores or of recognition, or why there is no entropy beside it."""
        if not measure.of_scores:
            return recognition_note(measure)
        alike = [rates.measure for rates in self._shown if rates.measure.asked == measure.asked]
        return entropy_note(alike) or reading_note(measure)

    @work(exclusive=True, group="means")
    async def _compute_means(self, marked: MeasureRates) -> None:
        """The intervals of the means, which take a moment."""
        counts = {rate.side: rate.count for rate in marked.sides if rate.count.numbers}
        found = {side: await asyncio.to_thread(mean_interval_of, count) for side, count in counts.items()}
        self._detail.show_means(found)
