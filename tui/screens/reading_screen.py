"""The reading screen: an answer in full, beside an answer of each other side to the same prompt."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content
from textual.events import Resize

from diptych.compare import LiveAnswer, Sample, SampleRow, SessionView, opposite
from diptych.detectors import Span
from diptych.tui import screens
from diptych.tui.commands import READING_COMMANDS, screen_bindings
from diptych.tui.formatting import LOW_BELOW, finds_uncounted
from diptych.tui.model_names import ShownName
from diptych.tui.screens.command_screen import CommandScreen
from diptych.tui.side_colors import sides_of_pair
from diptych.tui.transcript import transcript
from diptych.tui.widgets.answer.column import Column
from diptych.tui.widgets.answer.head import Face, head_room
from diptych.tui.widgets.chrome.keys import Keys
from diptych.tui.widgets.chrome.title import Title
from diptych.tui.widgets.samples.samples_question import SamplesQuestion

_STACKED_BELOW = 50
"""Cells of a side under which the answers stand one above the other."""
_LONGEST_NAME = "sample 999 · 99 identical"


class ReadingScreen(CommandScreen[int]):
    """Shows one row of the samples screen at a time. Its result is the row that was shown last."""

    CSS_PATH: ClassVar[list[str]] = ["reading_screen.tcss", "../widgets/samples/samples_question.tcss"]  # type: ignore[assignment]
    OFFERED = READING_COMMANDS
    LEGEND = "reading"
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings(READING_COMMANDS)]

    def __init__(
        self,
        view: SessionView,
        rows: Sequence[SampleRow],
        sides: Sequence[str],
        row: int,
        side: int,
        title: Sequence[str],
        wordings: Mapping[str, str],
        marked: Mapping[int, Sequence[Span]] | None = None,
    ) -> None:
        """`row` and `side`: the row and the side of the answer to read. `wordings`: the prompts that are answered, each
        with its short name. `marked`: spans to mark besides those of the detectors, by the number of the answer in the
        store."""
        super().__init__()
        self._view = view
        self._rows = list(rows)
        self._sides = list(sides)
        self._row = row
        self._side = side
        self._asked = title
        self._wordings = wordings
        self._marked = marked or {}
        self._title, self._question = Title(), SamplesQuestion()
        self._columns = [Column(like) for like in sides_of_pair(sides).values()]
        self._shown: dict[str, tuple[Face, LiveAnswer]] = {}

    def compose(self) -> ComposeResult:
        """Title, question, an answer of each side."""
        yield self._title
        yield self._question
        yield Container(*self._columns, id="read")
        yield Keys(self.OFFERED)

    def on_mount(self) -> None:
        """Begin at the answer that was chosen."""
        for number, column in enumerate(self._columns):
            column.set_class(number > 0, "-ruled")
        self._columns[self._side].pane.focus()
        self._show()

    def on_resize(self, event: Resize) -> None:
        """Beside each other where there is room, else one above the other."""
        self.set_class(event.size.width < len(self._sides) * _STACKED_BELOW, "-stacked")
        self.set_class(event.size.height < LOW_BELOW, "-low")
        alone = self.has_class("-stacked")
        width = event.size.width if alone else event.size.width // len(self._sides) - 1
        for column in self._columns:
            _, column.state_room = head_room(width, self._sides, [_LONGEST_NAME])
        self.call_after_refresh(self._show_answers)

    def _show(self) -> None:
        self._shown.clear()
        samples = [self._read(side) for side in range(len(self._sides))]
        shown = next(sample for sample in samples if sample is not None) if any(samples) else None
        self._question.show(self._wordings, shown.answer.prompt if shown is not None else "")
        number = f"{self._row + 1} of {len(self._rows)}"
        self._title.show([*self._asked, "samples", number], [], "", False)
        for side, (name, column, sample) in enumerate(zip(self._sides, self._columns, samples, strict=True)):
            if sample is None:
                under_way = side in self._rows[self._row].under_way
                words = (
                    "under way; it is in the list when it has ended"
                    if under_way
                    else "no answer to this prompt in this row"
                )
                column.show_idle(Face(name, ShownName(), name), (words, words.partition(";")[0]))
                continue
            copies = f" · {sample.copies} identical" if sample.copies > 1 else ""
            face = Face(name, ShownName(shared=f"sample {sample.answer.sample + 1}{copies}"), name)
            live = self._replayed(sample)
            live.mark(self._marked.get(sample.id, ()))
            self._shown[name] = (face, live)
        self._show_answers()
        # What is below the edge is known only when the findings have their rows.
        self.call_after_refresh(self._show_answers)

    def _replayed(self, sample: Sample) -> LiveAnswer:
        """An answer with the marks of detectors."""
        return self._view.replayed(sample.answer)

    def _show_answers(self) -> None:
        telling = finds_uncounted(live for _, live in self._shown.values())
        for name, column in zip(self._sides, self._columns, strict=True):
            if name in self._shown:
                column.show(*self._shown[name], elsewhere=telling)

    def _read(self, side: int) -> Sample | None:
        if side == self._side:
            return self._rows[self._row].samples[side]
        return opposite(self._rows, self._row, self._side, side)

    def action_step(self, by: int) -> None:
        """The row before, or after."""
        row = max(0, min(self._row + by, len(self._rows) - 1))
        if row != self._row:
            self._row = row
            self._show()

    def action_other(self) -> None:
        """To the answer of the next side."""
        focused = next((n for n, column in enumerate(self._columns) if column.pane.has_focus), self._side)
        self._columns[(focused + 1) % len(self._columns)].pane.focus()

    def action_copy(self) -> None:
        """Copy the answer that has the focus."""
        column = next((c for c in self._columns if c.pane.has_focus), None)
        if column is not None and column.pane.text:
            self.app.copy_to_clipboard(column.pane.text)
            self.notify(f"Copied the answer of {column.face_name}", timeout=2)

    def action_transcript(self) -> None:
        """The conversation that led to the answer that has the focus."""
        side = next((n for n, column in enumerate(self._columns) if column.pane.has_focus), self._side)
        sample, name = self._read(side), self._sides[side]
        if sample is None:
            return
        read = self._transcript(sample, self._shown[name][1])
        self.app.push_screen(screens.TextScreen(f"Transcript of {name}", read, False, self._view.changes))

    def _transcript(self, sample: Sample, live: LiveAnswer) -> Callable[[], Content]:
        """Reads the conversation that led to an answer."""
        exchange = next(one for one in self._view.exchanges if one.number == sample.answer.exchange)
        return partial(transcript, self._view, exchange, sample.answer.side, live)

    def action_question(self) -> None:
        """The question in full."""
        self._question.read()

    def action_back(self) -> None:
        """Back to the rows."""
        self.dismiss(self._row)
