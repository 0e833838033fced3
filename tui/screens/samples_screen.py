"""The samples screen: all answers to a question as rows, side by side; more can be asked for."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Resize
from textual.widgets import Input

from diptych.compare import (
    ORDERS,
    Agreement,
    BackgroundSamples,
    Comparison,
    Count,
    Exchange,
    Filter,
    Found,
    Measure,
    NotEnough,
    Sample,
    SampleRow,
    SessionView,
    TableOptions,
    agreement,
    answers_coming,
    discover,
    filter_choices,
    sample_rows,
)
from diptych.sessions import SavedAnswer
from diptych.tui.commands import SAMPLES_COMMANDS, screen_bindings
from diptych.tui.comparison_status import saved_words, settings_words
from diptych.tui.formatting import LOW_BELOW
from diptych.tui.repainting import repaint
from diptych.tui.screens.command_screen import CommandScreen
from diptych.tui.screens.differences_screen import DifferencesScreen
from diptych.tui.screens.judging import SamplesJudging
from diptych.tui.screens.more_samples import MoreSamples
from diptych.tui.screens.picked_labels import label_picked
from diptych.tui.screens.reading_screen import ReadingScreen
from diptych.tui.screens.samples_scoring import SamplesScoring, progress_words
from diptych.tui.widgets.chrome.keys import Keys
from diptych.tui.widgets.chrome.title import Title
from diptych.tui.widgets.samples.find_box import FindBox
from diptych.tui.widgets.samples.samples_foot import SamplesFoot
from diptych.tui.widgets.samples.samples_head import SamplesHead
from diptych.tui.widgets.samples.samples_list import SamplesList
from diptych.tui.widgets.samples.samples_question import SamplesQuestion
from diptych.tui.widgets.samples.table_words import nothing_words, option_words, table_notes, wording_names

_PAINT_SECONDS = 0.1
"""Paints are at least this far apart: each reads all answers to the question."""
_NOT_COMPUTED = "computed once the answers are in"


class SamplesScreen(CommandScreen[None]):
    """Shows the answers of a session to one question; new ones are added as they come."""

    CSS_PATH: ClassVar[list[str]] = ["samples_screen.tcss", "../widgets/samples/samples_question.tcss"]  # type: ignore[assignment]
    OFFERED = SAMPLES_COMMANDS
    LEGEND = "samples"
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings(SAMPLES_COMMANDS)]

    def __init__(
        self, view: SessionView, exchange: Exchange, title: Sequence[str], comparison: Comparison | None = None
    ) -> None:
        """`title`: what is asked, for the head. `comparison` takes the commands; None in a replay."""
        super().__init__()
        self._view = view
        self._comparison = comparison
        self._exchange = exchange
        self._sides = [side.name for side in view.sides]
        self._asked = title
        self._wordings = False
        """Whether the other wordings of the condition are shown too."""
        self._measures = list(view.measures(exchange))
        self._options = TableOptions(self._measures[0] if self._measures else None)
        self._rows: list[SampleRow] = []
        self._samples: dict[int, Sample] = {}
        self._found: Agreement | None = None
        self._differences: Sequence[Found] | str = _NOT_COMPUTED
        """Differences between the sides that no detector looks for, or why there are none."""
        self._searched_in: tuple[int, ...] = ()
        """Whether in all wordings, and the numbers of answers, when differences were last looked for."""
        self._state: tuple[object, ...] = ()
        self._title, self._question = Title(), SamplesQuestion()
        self._head, self._foot = SamplesHead(self._sides), SamplesFoot(self._sides)
        self._list = SamplesList(len(self._sides))
        self._search = FindBox()
        self._judging = SamplesJudging(self, comparison, self._look_anew) if comparison is not None else None
        self._scoring = SamplesScoring(self, comparison) if comparison is not None else None
        self._sampling = MoreSamples(self, comparison, self._look) if comparison is not None else None

    def compose(self) -> ComposeResult:
        """Title, question, counts, rows, what the sides agree in, keys."""
        yield self._title
        yield self._question
        yield self._head
        yield self._list
        yield self._search
        yield self._foot
        yield Keys(self.OFFERED)

    def on_mount(self) -> None:
        """Begin at the first row."""
        self._list.focus()
        self._look()
        changes = self._view.changes.subscribe()
        self.run_worker(repaint(changes, self._look, _PAINT_SECONDS, moving=lambda: self._moving))

    def on_resize(self, event: Resize) -> None:
        """Leave out blank rows where there is little height."""
        self.set_class(event.size.height < LOW_BELOW, "-low")
        self.call_after_refresh(self._show_head)

    # What is shown

    def _look(self) -> None:
        """Show what has come since the last look."""
        background, growing = self._background, self._growing
        coming = len(background.samples) if background is not None and background.under_way else None
        asked = [e for e in self._view.exchanges if e.group == self._exchange.group]
        kept = tuple(len(e.samples.get(side, ())) for e in asked for side in self._sides)
        planned = background.samples if background is not None else ()
        now = answers_coming(self._exchanges, self._sides, planned)
        scoring = self._view.scoring
        scored = (scoring.done, scoring.under_way) if scoring is not None else ()
        state = (kept, self._options, self._wordings, coming, growing, now, self._said, scored)
        if state != self._state:
            self._state = state
            self._show(now)
            if (self._wordings, *kept) != self._searched_in and not growing:
                self._searched_in = (self._wordings, *kept)
                self._search_differences()
        if self._found is not None:
            known = self._differences
            differences = _NOT_COMPUTED if growing and isinstance(known, str) else known
            kinds = self._head.kinds
            asking, width = self._comparison is not None, self.size.width - 2
            notes = table_notes(self._view, self._exchange, self._wordings, self._options, kinds, width, asking)
            notes = [*progress_words(self._view.scoring), *notes]
            self._foot.show(self._found, differences, background, notes, option_words(self._options))

    @work(exclusive=True, group="differences")
    async def _search_differences(self) -> None:
        """Look for differences between the sides, when no answer is under way."""
        asked = [SavedAnswer(id, a) for e in self._exchanges for own in e.samples.values() for id, a in own.items()]
        try:
            self._differences = await asyncio.to_thread(discover, asked)
        except NotEnough as error:
            self._differences = f"too few answers yet; {error.hint}"
        self._look()

    @property
    def _exchanges(self) -> list[Exchange]:
        return self._view.counted_with(self._exchange, self._wordings)

    @property
    def _background(self) -> BackgroundSamples | None:
        """The samples in the background, if they are of this question."""
        samples = self._view.background
        return samples if samples is not None and not set(samples.exchanges).isdisjoint(self._exchanges) else None

    @property
    def _growing(self) -> bool:
        """Whether more answers to the question are to come."""
        return self._background is not None and self._background.under_way

    @property
    def _moving(self) -> bool:
        """Whether the time that is left changes by itself: not in a pause, once the last request has ended."""
        background = self._view.background
        if background is None or not background.under_way:
            return False
        return not background.paused or bool(background.progress.under_way)

    def _show(self, now: Mapping[tuple[int, int], Sequence[int]]) -> None:
        sides = [[self._known(sample) for sample in self._samples_of(side)] for side in self._sides]
        background = self._background
        coming = self._coming(background) if background is not None and background.under_way else []
        self._rows = sample_rows(sides, self._options, coming, now, self._said)
        self._found = agreement(sides)
        self._measures = list(self._view.measures(self._exchange))
        empty = "no match; esc clears the filter" if any(sides) else "no finished answer yet"
        names = self._wording_names if self._wordings else {}
        nothing = nothing_words(self._options)
        chosen = self._options.measure
        self._list.show(self._rows, self._measures, self._options.as_asked, empty, names, nothing, chosen)
        self._show_question()
        self._show_head()

    @property
    def _said(self) -> Mapping[int, str]:
        """What people said of the measure."""
        return self._view.said(self._options.measure.label) if self._options.measure is not None else {}

    def _samples_of(self, side: str) -> list[Sample]:
        return self._view.samples(self._exchange, side, self._wordings)

    def _coming(self, samples: BackgroundSamples) -> list[tuple[int, int]]:
        """The exchange and number of those that are to be among the rows."""
        shown = {exchange.number for exchange in self._exchanges}
        return [key for key in samples.samples if self._wordings or key[0] in shown]

    def _known(self, sample: Sample) -> Sample:
        """The same sample object as before, if there is one: it remembers what it computed."""
        known = self._samples.get(sample.id)
        if known is None or known.answer is not sample.answer:
            known = self._samples[sample.id] = sample
        return known

    def _show_head(self) -> None:
        if self._found is None:
            return
        label = self._options.measure.label if self._options.measure is not None else ""
        self._head.show(self._found, label, self._counts(), self._list)
        saved, urgent = saved_words(self._view)
        mode = [*self._wordings_words(), *settings_words(self._view, self._exchange)]
        self._title.show([*self._asked, "samples"], mode, saved, urgent)

    @property
    def _wording_names(self) -> dict[str, str]:
        return wording_names(self._view, self._exchange, self._wordings)

    @on(SamplesList.Moved)
    def _show_question(self) -> None:
        """The question, with a mark at the wording that the row of the cursor answers."""
        row = self._rows[self._list.place].samples if self._list.place < len(self._rows) else ()
        sample = self._list.sample or next(filter(None, row), None)
        self._question.show(self._wording_names, sample.answer.prompt if sample is not None else self._exchange.prompt)

    def _wordings_words(self) -> list[str]:
        if not self._wordings:
            return []
        asked, there = len({e.prompt for e in self._exchanges}), len(self._view.wordings(self._exchange))
        return [f"{asked} of {there} wordings" if asked < there else f"{there} wordings"]

    def _counts(self) -> list[Count]:
        """The counts of the measure for each side: over all wordings, or of this one."""
        if self._options.measure is None:
            return []
        by_side = self._view.measures(self._exchange).get(self._options.measure, {})
        counts = [by_side.get(side, Count()) for side in self._sides]
        return counts if self._wordings else [c.by_prompt.get(self._exchange.prompt, Count()) for c in counts]

    # Commands: looking

    def action_sort(self) -> None:
        """The next order."""
        order = ORDERS[(ORDERS.index(self._options.order) + 1) % len(ORDERS)]
        self._look_at(replace(self._options, order=order))

    def action_filter(self) -> None:
        """The next of all that can be filtered for."""
        label = self._options.measure.label if self._options.measure is not None else ""
        several_say = bool(self._said) or sum(measure.label == label for measure in self._measures) > 1
        choices = filter_choices({bucket for count in self._counts() for bucket in count.excluded}, several_say)
        now = replace(self._options.filter, text="")
        following = choices[(choices.index(now) + 1) % len(choices)] if now in choices else choices[0]
        self._look_at(replace(self._options, filter=replace(following, text=self._options.filter.text)))

    def action_fold(self) -> None:
        """Identical answers as one row, or each on its own."""
        self._look_at(replace(self._options, folded=not self._options.folded))

    def action_measure(self) -> None:
        """The next measure."""
        if self._measures:
            known = self._options.measure in self._measures
            index = self._measures.index(self._options.measure) + 1 if known and self._options.measure else 0
            measure: Measure = self._measures[index % len(self._measures)]
            self._look_at(replace(self._options, measure=measure, filter=Filter(text=self._options.filter.text)))

    def action_wordings(self) -> None:
        """All wordings of the condition, or this one."""
        if len(self._view.wordings(self._exchange)) == 1:
            self.notify("This question has only one wording", timeout=3)
        else:
            self._wordings = not self._wordings
            self._look()

    def action_label_picked(self) -> None:
        """Label answers that are picked at random."""
        if (comparison := self._asking()) is not None and self._options.measure is not None:
            label_picked(self, comparison, self._options.measure)

    def action_judge(self) -> None:
        """Let judges read all answers."""
        if self._asking() is not None and self._judging is not None:
            self._judging.ask(self._exchange, self._saved)

    def action_score(self) -> None:
        """Let every side score all answers."""
        if self._asking() is not None and self._scoring is not None:
            self._scoring.ask(self._saved)

    @property
    def _saved(self) -> list[SavedAnswer]:
        """All answers that the table is made of, filtered or not."""
        shown = [sample for side in self._sides for sample in self._samples_of(side)]
        return [SavedAnswer(sample.id, sample.answer) for sample in shown]

    def _look_anew(self) -> None:
        self._state = ()
        self._look()

    def action_question(self) -> None:
        """The question in full, or all its wordings."""
        self._question.read()

    def action_differences(self) -> None:
        """All differences that no detector looks for."""
        if isinstance(self._differences, str):
            self.notify(f"Unexpected differences: {self._differences}", timeout=4, markup=False)
            return
        found, names = self._differences, self._wording_names
        self.app.push_screen(DifferencesScreen(self._view, found, self._samples, names, self._asked))

    def _look_at(self, options: TableOptions) -> None:
        self._options = options
        self._look()

    def action_search(self) -> None:
        """Answers that contain a text."""
        self._search.open()
        self.refresh_bindings()

    @on(Input.Changed, "#search")
    def _searched(self, event: Input.Changed) -> None:
        self._look_at(replace(self._options, filter=replace(self._options.filter, text=event.value)))

    @on(Input.Submitted, "#search")
    @on(FindBox.Cleared)
    def _close_search(self) -> None:
        self._search.close()
        self._list.focus()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While a text is typed to be found, only that works: letters are letters."""
        return action == "help" or not self._search.is_open

    @on(SamplesList.Read)
    def _read(self) -> None:
        rows, names, side, place = self._rows, self._sides, self._list.side, self._list.place

        def back(row: int | None) -> None:
            # More answers may have come meanwhile and stand before it.
            if row is not None and (read := rows[row].samples[side]) is not None:
                self._list.go_to(read, row)

        self.app.push_screen(
            ReadingScreen(self._view, rows, names, place, side, self._asked, self._wording_names), back
        )

    # Commands: asking

    def action_more(self) -> None:
        """More samples of each side, in the wording that is shown or in all in turn."""
        if self._asking() is not None and self._sampling is not None:
            self._sampling.ask(self._exchange, self._wordings)

    def action_export(self) -> None:
        """Write this session to a file."""
        if self._view.session is not None:
            self.post_message(self.ExportWanted(self._view.session))

    def action_again(self) -> None:
        """One more answer of each side, as on the main screen."""
        if self._view.streaming:
            self.notify("Wait until the answers on the main screen have ended", timeout=3)
        elif (comparison := self._asking()) is not None:
            comparison.again(self._exchange)

    def _asking(self) -> Comparison | None:
        """The comparison that can be asked; None in a replay, with a message."""
        if self._comparison is None:
            self.notify("This is a replay; nothing can be asked in it", timeout=3)
        return self._comparison

    def action_pause(self) -> None:
        """Ask for nothing more for now, or go on."""
        if self._asking() is not None and self._sampling is not None:
            self._sampling.pause(self._background)

    def action_stop(self) -> None:
        """Stop what is under way; what has come is kept."""
        if self._asking() is not None and self._sampling is not None:
            self._sampling.stop()

    def action_back(self) -> None:
        """Show all answers again, or go back to the question."""
        if self._options.filter != Filter():
            self._search.value = ""
            self._look_at(replace(self._options, filter=Filter()))
        else:
            self.dismiss()
