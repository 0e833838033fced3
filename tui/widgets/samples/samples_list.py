"""The answers of all sides as rows; only those that can be seen are painted."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from diptych.compare import Measure, Sample, SampleRow
from diptych.number_words import short
from diptych.tui.formatting import GLYPHS, first_fitting, in_cells
from diptych.tui.line_filters import filtered
from diptych.tui.sanitized_text import visible
from diptych.tui.widgets.chrome.row_list import RowList

NUMBER = 6
"""Cells left of the first side: the mark of the cursor, the number of the row, a blank."""
WIDE_COLUMN = 44
"""From this width of a side on, its rows show the length of the answers."""
_INITIALS = 7
"""Cells of the initials, a blank on both sides included, and of what does not fit a sign for more."""
_MOST_OUTCOMES = 4
_LEAST_WORDS = 12
"""Cells that numbers leave to the beginning of an answer."""
_CACHED_ROWS = 500


class SamplesList(RowList):
    """A cursor stands on one row and one side of it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "samples--number",
        "samples--dim",
        "samples--fault",
        "samples--letter",
        "samples--pattern",
        "samples--description",
        "samples--cursor",
        "samples--cursor-side",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "turn(-1)", "side", show=False),
        Binding("right,l,tab", "turn(1)", "side", show=False),
        Binding("enter", "read", "read", key_display="enter"),
    ]

    class Read(Message):
        """The user wants to read an answer in full."""

    class Moved(Message):
        """Another row is under the cursor."""

    def __init__(self, sides: int) -> None:
        super().__init__()
        self._count = sides
        self._rows: Sequence[SampleRow] = ()
        self._measures: Sequence[Measure] = ()
        """Those with a mark in each row."""
        self._numbers: Sequence[Measure] = ()
        """Those with a number in each row, as far as there is room."""
        self._number_chosen, self._number_width = False, 1
        self._wordings: Mapping[str, str] = {}
        self._identical: Mapping[int, str] = {}
        self._identical_width, self._tokens_width = 0, 1
        self._as_asked = True
        self._empty, self._nothing = "", ""
        self.side = sides - 1
        self._strips: LRUCache[int, Strip] = LRUCache(_CACHED_ROWS)

    def show(
        self,
        rows: Sequence[SampleRow],
        measures: Sequence[Measure],
        as_asked: bool,
        empty: str,
        wordings: Mapping[str, str],
        nothing: str,
        chosen: Measure | None = None,
    ) -> None:
        """Show these rows, and what each of the measures made of their answers. `empty` stands where there is no row.
        `wordings`: the short name of each prompt; none where all answers are to one. `nothing` stands in the first row
        of a side that has none. If the `chosen` measure is one of numbers, these come first.

        The cursor stays on its answer, or on the one that it is folded into, and that where it is on the screen.
        """
        marked = self.sample
        self._rows, self._as_asked, self._empty = rows, as_asked, empty
        self._measures = [measure for measure in measures if not measure.of_means][:_MOST_OUTCOMES]
        self._numbers = sorted((m for m in measures if m.of_means), key=lambda measure: measure != chosen)
        self._number_chosen = chosen in self._numbers
        said = (number_of(s, m) for row in rows for s in row.samples if s is not None for m in self._numbers)
        self._number_width = max(map(len, said), default=1)
        self._wordings, self._identical = wordings, _identical(rows, self._count)
        self._nothing = nothing
        self._identical_width = max(map(len, self._identical.values()), default=0)
        known = (s.answer.tokens for row in rows for s in row.samples if s is not None and s.answer.tokens_known)
        self._tokens_width = max((len(str(tokens)) for tokens in known), default=1)
        place = min(self.place, max(0, len(rows) - 1))
        if marked is not None and self.sample_at(place) != marked:
            place = self._place_of(marked, place)
        moved, self.place = place - self.place, place
        self._strips.clear()
        self.virtual_size = Size(0, max(1, len(rows)))
        if moved:
            self.scroll_to(y=self.scroll_offset.y + moved, animate=False)
        self.refresh()

    @property
    def sample(self) -> Sample | None:
        """The answer under the cursor."""
        return self.sample_at(self.place)

    def sample_at(self, place: int) -> Sample | None:
        """The answer of the side of the cursor in a row."""
        return self._rows[place].samples[self.side] if place < len(self._rows) else None

    def move_to(self, place: int) -> None:
        """Put the cursor on a row, and bring it into sight."""
        self._strips.clear()
        super().move_to(place)
        self.post_message(self.Moved())

    def go_to(self, sample: Sample, place: int) -> None:
        """Put the cursor on an answer of the side that it is on, or on this row where it is shown no more."""
        self.move_to(self._place_of(sample, place))

    def _place_of(self, sample: Sample, otherwise: int) -> int:
        shown = [(place, one) for place, row in enumerate(self._rows) if (one := row.samples[self.side])]
        itself = (place for place, one in shown if one.id == sample.id)
        alike = (place for place, one in shown if one.said == sample.said)
        return next(chain(itself, alike), otherwise)

    def action_turn(self, by: int) -> None:
        """To the next side."""
        self.side = (self.side + by) % self._count
        self.move_to(self.place)

    def action_read(self) -> None:
        """The answer in full."""
        if self._rows:
            self.post_message(self.Read())

    async def on_click(self, event: Any) -> None:
        """The row and the side under the mouse."""
        place = self.scroll_offset.y + event.y
        if place < len(self._rows):
            self.side = max(0, min(self._count - 1, (event.x - self.margin_width) // max(1, self.column_width)))
            self.move_to(place)

    def headings(self) -> str:
        """What the columns are, in one row: as fully as there is room for."""
        number = f"{'no.':>{NUMBER - 1}} "
        before = f"{number:{self.margin_width}}{'':2} {'initials':{_INITIALS + 1}} "
        labels = [visible(measure.label) for measure in self._measures]
        mark = "marks" if len(labels) > 1 else "mark"
        first_words = [label.split()[0] for label in labels]
        told_apart = len(set(first_words)) == len(first_words)
        short = f"{mark}: {', '.join(first_words)}" if told_apart else mark
        marks = (f"{mark}: {', '.join(labels)}", short, mark) if labels else ("",)
        tokens = "   tokens" if self.column_width >= WIDE_COLUMN else ""
        numbers = ", ".join(visible(measure.label) for measure in self._numbers_shown)
        if numbers:
            rests: tuple[str, ...] = (f"answer   {numbers}{tokens}", f"answer   {numbers}")
        else:
            rests = (f"=1: identical to row 1   answer{tokens}", "=1: as row 1   answer", "answer")
        ways = ("   ".join(filter(None, (each, rest))) for rest in rests for each in marks)
        return before + first_fitting(self.size.width - len(before), *ways)

    @property
    def _numbers_shown(self) -> Sequence[Measure]:
        """The measures whose numbers have a column: those that leave room for the answer, and the chosen one."""
        length = self._tokens_width + 6 if self.column_width >= WIDE_COLUMN else 1
        taken = 2 + _INITIALS + 2 + len(self._measures) + 1 + self._identical_width + 1 + length
        fit = (self.column_width - taken - _LEAST_WORDS) // (self._number_width + 1)
        return self._numbers[: max(fit, int(self._number_chosen))]

    # Painting

    @property
    def margin_width(self) -> int:
        """Cells left of the first side."""
        return NUMBER + self._name_width

    @property
    def column_width(self) -> int:
        """Cells of a side."""
        return max(12, (self.scrollable_content_region.width - self.margin_width) // self._count)

    @property
    def _name_width(self) -> int:
        """Cells of the name of a wording, with a blank; 0 where there is only one."""
        return max(map(len, self._wordings.values())) + 1 if self._wordings and self._as_asked else 0

    def on_resize(self) -> None:
        self._strips.clear()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips.clear()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The rows of a region, straight from the kept strips."""
        strips = filtered(self, [self.render_line(y) for y in crop.line_range])
        return strips if crop.column_span == (0, self.size.width) else [s.crop(*crop.column_span) for s in strips]

    def render_line(self, y: int) -> Strip:
        """The strip of one row of the widget."""
        index = self.scroll_offset.y + y
        strip = self._strips.get(index)
        if strip is None:
            strip = self._strips[index] = self._paint(index).adjust_cell_length(
                self.outer_size.width, self._ground(index)
            )
        return strip

    def _ground(self, index: int) -> Style:
        if index == self.place and index < len(self._rows):
            return self.rich_style + self._background("cursor")
        return self.rich_style

    def _background(self, name: str) -> Style:
        return Style(bgcolor=self.get_component_rich_style(f"samples--{name}").bgcolor)

    def _paint(self, index: int) -> Strip:
        if index >= len(self._rows):
            words = f"{'':{self.margin_width}}{visible(self._empty)}" if not self._rows and index == 0 else ""
            return Strip([Segment(words, self.get_component_rich_style("samples--dim"))])
        row, ground = self._rows[index], self._ground(index)
        here = index == self.place
        sign, number = ("›" if here else " "), f"{row.number:>{NUMBER - 2}} "
        segments = [Segment(sign, ground + Style(bold=True)), Segment(number, self._style("number", ground, here))]
        if self._name_width:
            prompt = next((sample.answer.prompt for sample in row.samples if sample is not None), "")
            name = self._wordings.get(prompt, "")
            segments.append(Segment(f"{name:{self._name_width}}", self._style("number", ground, here)))
        for side, sample in enumerate(row.samples):
            marked = here and side == self.side
            under = ground + self._background("cursor-side") if marked else ground
            nothing = visible(self._nothing) if index == 0 else ""
            if self._as_asked:
                nothing = GLYPHS["waiting"] if row.coming else "not asked"
                nothing = f"{GLYPHS['streaming']} under way" if side in row.under_way else nothing
            cells = self._cells(sample, under, marked, nothing)
            segments += Strip(cells).adjust_cell_length(self.column_width, under)
        return Strip(segments)

    def _style(self, name: str, ground: Style, bold: bool = False) -> Style:
        """A style of this widget on the ground of a row, unless it has its own."""
        style = self.get_component_rich_style(f"samples--{name}")
        return style if name == "letter" else ground + Style(color=style.color, bold=bold or style.bold)

    def _cells(self, sample: Sample | None, ground: Style, marked: bool, nothing: str) -> list[Segment]:
        """Mark and state, initials, outcomes, the beginning, and where there is room the length; or `nothing`."""
        sign = Segment("›" if marked else " ", ground + Style(bold=True))
        if sample is None:
            return [sign, Segment(nothing, self._style("dim", ground))]
        answer = sample.answer
        state = Segment(GLYPHS[answer.state], self._style("fault" if answer.state == "failed" else "dim", ground))
        number = "" if self._as_asked else f" {self._wordings.get(answer.prompt, '')}#{answer.sample + 1}"
        tokens = f" {answer.tokens:>{self._tokens_width}} tok " if answer.tokens_known else " "
        numbers = "".join(f" {number_of(sample, measure):>{self._number_width}}" for measure in self._numbers_shown)
        length = f"{number}{tokens}" if self.column_width >= WIDE_COLUMN else f"{number} "
        before = [sign, state, *self._initials(sample, ground), *self._outcomes(sample, ground)]
        copies = self._copies(sample)
        room = self.column_width - sum(cell_len(s.text) for s in before) - len(copies) - len(numbers) - len(length)
        words = self._words_style(sample, ground) + Style(bold=marked or None)
        return [
            *before,
            Segment(copies, self._style("pattern" if copies.endswith("× ") else "dim", ground)),
            Segment(in_cells(self._words(sample), max(1, room)), words),
            Segment(numbers, self._style("number", ground)),
            Segment(length, self._style("dim", ground)),
        ]

    def _copies(self, sample: Sample) -> str:
        """How many answers are identical, or which one this is identical to; as wide in every row."""
        width = self._identical_width
        return f"{self._identical.get(sample.id, ''):>{width}} " if width else ""

    def _initials(self, sample: Sample, ground: Style) -> list[Segment]:
        """The initials; those that spell the word stand out."""
        spelled = visible(sample.spelled)
        shown = spelled or sample.initials
        most = _INITIALS - 2
        shown = shown if len(shown) <= most else f"{shown[: most - 1]}…"
        if spelled:
            return [
                Segment(" ", ground),
                Segment(f" {shown:{most}} ", self._style("letter", ground)),
                Segment(" ", ground),
            ]
        return [Segment(f"  {shown:{most}}  ", self._style("dim", ground))]

    def _outcomes(self, sample: Sample, ground: Style) -> list[Segment]:
        """A glyph a measure: what is there in its colour, what is not as a ring, what could not be judged as a dash."""
        segments = []
        for measure in self._measures:
            finding = sample.finding(measure)
            if finding is None:
                segments.append(Segment(" ", ground))
            elif finding.outcome == "present":
                glyph = "“" if measure.kind == "description" else "●"
                segments.append(Segment(glyph, self._style(measure.kind, ground)))
            else:
                segments.append(Segment("○" if finding.outcome == "absent" else "–", self._style("dim", ground)))
        return [*segments, Segment(" ", ground)]

    def _words(self, sample: Sample) -> str:
        failure = sample.answer.failure
        if failure is not None and sample.answer.state == "failed":
            return visible(f"{failure.kind}: {failure.message}").replace("\n", " ")
        return visible(sample.opening) or ("(empty)" if sample.answer.finished else "")

    def _words_style(self, sample: Sample, ground: Style) -> Style:
        if sample.answer.state == "failed":
            return self._style("fault", ground)
        return ground if sample.answer.finished else self._style("dim", ground)


def number_of(sample: Sample, measure: Measure) -> str:
    """The number that a measure has of an answer; "" where it has none."""
    finding = sample.finding(measure)
    return short(finding.number) if finding is not None and finding.number is not None else ""


def _identical(rows: Sequence[SampleRow], sides: int) -> dict[int, str]:
    """A sign for each answer that another one of its side is identical to: "3×" where it is the first of three, or
    stands for them, and "=2" where row 2 has it before."""
    signs: dict[int, str] = {}
    for side in range(sides):
        same: dict[str, list[tuple[int, Sample]]] = defaultdict(list)
        for row in rows:
            sample = row.samples[side]
            if sample is not None and sample.answer.finished:
                same[sample.answer.text].append((row.number, sample))
        for (number, first), *others in same.values():
            times = first.copies + sum(sample.copies for _, sample in others)
            if times > 1:
                signs[first.id] = f"{times}×"
            signs |= {sample.id: f"={number}" for _, sample in others}
    return signs
