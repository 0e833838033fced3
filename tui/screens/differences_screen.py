"""The unexpected differences: all that one side shows more often though no detector looks for it."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Resize

from diptych.compare import Found, Sample, SampleRow, SessionView
from diptych.tui.commands import DIFFERENCES_COMMANDS, screen_bindings
from diptych.tui.comparison_status import saved_words
from diptych.tui.formatting import LOW_BELOW
from diptych.tui.screens.command_screen import CommandScreen
from diptych.tui.screens.reading_screen import ReadingScreen
from diptych.tui.widgets.chrome.keys import Keys
from diptych.tui.widgets.chrome.title import Title
from diptych.tui.widgets.samples.differences_list import DifferencesList, Quoted
from diptych.tui.widgets.samples.samples_question import SamplesQuestion


class DifferencesScreen(CommandScreen[None]):
    """A list; each difference has its counts, its q-value, and an example of each side to open."""

    CSS_PATH: ClassVar[list[str]] = ["differences_screen.tcss", "../widgets/samples/samples_question.tcss"]  # type: ignore[assignment]
    OFFERED = DIFFERENCES_COMMANDS
    LEGEND = "differences"
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings(DIFFERENCES_COMMANDS)]

    def __init__(
        self,
        view: SessionView,
        found: Sequence[Found],
        samples: Mapping[int, Sample],
        wordings: Mapping[str, str],
        title: Sequence[str],
    ) -> None:
        """`samples`: the answers that were compared, by their number in the store; `wordings`: the prompts that they
        answer, each with its short name."""
        super().__init__()
        self._view = view
        self._samples = samples
        self._wordings = wordings
        self._asked = title
        self._title, self._question = Title(), SamplesQuestion()
        answers = {number: sample.answer for number, sample in samples.items()}
        self._list = DifferencesList(
            found,
            {n: Quoted(a.text, f"{wordings.get(a.prompt, '')}#{a.sample + 1}") for n, a in answers.items()},
            [side.name for side in view.sides],
        )

    def compose(self) -> ComposeResult:
        """Title, question, differences, keys."""
        yield self._title
        yield self._question
        yield self._list
        yield Keys(self.OFFERED)

    def on_mount(self) -> None:
        """Begin at the surest difference."""
        saved, urgent = saved_words(self._view)
        self._title.show([*self._asked, "unexpected differences"], [], saved, urgent)
        self._question.show(self._wordings, next(iter(self._wordings), ""))
        self._list.focus()

    def on_resize(self, event: Resize) -> None:
        """Leave out blank rows where there is little height."""
        self.set_class(event.size.height < LOW_BELOW, "-low")

    @on(DifferencesList.Read)
    def _read(self, message: DifferencesList.Read) -> None:
        """The examples of a difference, beside each other."""
        discovery, side = message.example
        names = [own.name for own in self._view.sides]
        own = [[self._samples[e.answer] for e in discovery.examples.get(name, ())] for name in names]
        rows = [SampleRow(number, self._filled(row)) for number, row in enumerate(zip_longest(*own), 1)]
        spans = {e.answer: e.spans for examples in discovery.examples.values() for e in examples}
        screen = ReadingScreen(self._view, rows, names, 0, names.index(side), self._asked, self._wordings, spans)
        self.app.push_screen(screen)

    def _filled(self, row: Sequence[Sample | None]) -> tuple[Sample | None, ...]:
        """With what each side without an example said when that of another was asked for."""
        example = next(sample for sample in row if sample is not None)
        asked_with = {s.answer.side: s for s in self._samples.values() if s.key == example.key}
        sides = [own.name for own in self._view.sides]
        return tuple(sample or asked_with.get(side) for side, sample in zip(sides, row, strict=True))

    def action_question(self) -> None:
        """The question in full, or all its wordings."""
        self._question.read()

    def action_back(self) -> None:
        """Back to the answers."""
        self.dismiss()
