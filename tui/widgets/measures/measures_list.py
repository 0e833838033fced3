"""Every measure of a session: a row a side, with its rate, and its interval on one axis for all."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from diptych.compare import Interval, MeasureRates, SideRate
from diptych.number_words import short, signed, signed_interval_words, signed_three_digits, three_digits
from diptych.sessions import SIDE_NAMES
from diptych.tui.formatting import difference_words, in_cells, interval_words
from diptych.tui.plots import interval_on_axis, scale_under_axis
from diptych.tui.sanitized_text import visible
from diptych.tui.side_colors import sides_of_pair

_WIDE = 100
_LABEL, _NARROW_LABEL = 32, 25
"""Cells of the names of measures; in a narrow list more, if one is longer and the axis keeps enough."""
_LEAST_AXIS = 20
_SIDE, _WIDEST_SIDE = 8, 18
"""Cells of the names of sides: the fewest and the most."""
_NUMBERS = 22
"""Cells of k/N and its interval."""
_HEADINGS = "rate k/N  interval     "


class Line(NamedTuple):
    """A row of the list: a heading, a side of a measure, or nothing."""

    heading: str
    measure: int
    """The place of the measure, from 0."""
    side: int | None
    corrected: bool = False
    """Whether it is the row of the corrected rate, below that of the rate as it was counted."""


class Columns(NamedTuple):
    """Cells of the names of measures, and of the axis; the scrollbar has the last one."""

    label: int
    side: int
    axis: int


def columns(width: int, rates: Sequence[MeasureRates]) -> Columns:
    """The columns of a list of that width."""
    longest = max((cell_len(visible(each.measure.label)) + 3 for each in rates), default=0)
    names = max((cell_len(visible(rate.side)) + 1 for each in rates for rate in each.sides), default=0)
    side = max(_SIDE, min(names, _WIDEST_SIDE))
    room = width - side - _NUMBERS - 2
    label = max(_LABEL if width >= _WIDE else _NARROW_LABEL, min(longest, room - _LEAST_AXIS))
    return Columns(label, side, max(10, room - label))


class MeasuresHead(Widget):
    """What the columns are, and the numbers of the axis."""

    def __init__(self) -> None:
        super().__init__()
        self._rates: Sequence[MeasureRates] = ()

    def show(self, rates: Sequence[MeasureRates]) -> None:
        """Stand over a list of these."""
        self._rates = rates
        self.refresh()

    def render(self) -> Content:
        """One row."""
        width = self.size.width
        label, side, axis = columns(width, self._rates)
        before = f"{'  measure':{label}}{'side':{side}}{_HEADINGS[:_NUMBERS]}"
        return Content.styled(before + scale_under_axis(axis), "$dim").truncate(max(1, width))


class MeasuresList(ScrollView, can_focus=True):
    """The cursor stands on a measure."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"measures--{side}" for side in SIDE_NAMES),
        "measures--dim",
        "measures--heading",
        "measures--published",
        "measures--cursor",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "measure", key_display="↑↓"),
        Binding("down,j", "move(1)", "measure", show=False),
        Binding("home,g", "jump(0)", "first", show=False),
        Binding("end,G", "jump(-1)", "last", show=False),
        Binding("pageup", "move(-4)", "page up", show=False),
        Binding("pagedown", "move(4)", "page down", show=False),
    ]

    class Moved(Message):
        """Another measure is under the cursor."""

    def __init__(self) -> None:
        super().__init__()
        self._rates: Sequence[MeasureRates] = ()
        self._lines: list[Line] = []
        self.place = 0

    def show(self, rates: Sequence[MeasureRates]) -> None:
        """Show these; the cursor stays on its measure."""
        marked = self.marked
        self._rates = rates
        places = [i for i, each in enumerate(rates) if marked is not None and each.measure == marked.measure]
        self.place = places[0] if places else 0
        self._lines = _lines(rates)
        self.virtual_size = Size(0, max(1, len(self._lines)))
        self.refresh()

    def begin_at(self, group: str, settings: str) -> None:
        """Put the cursor on the first measure of a group that was asked with these settings, if there is one."""
        places = (i for i, e in enumerate(self._rates) if (e.measure.group, e.measure.settings) == (group, settings))
        self._move_to(next(places, 0))

    @property
    def marked(self) -> MeasureRates | None:
        """The measure under the cursor."""
        return self._rates[self.place] if self.place < len(self._rates) else None

    def action_move(self, by: int) -> None:
        """A measure down or up."""
        self._move_to(self.place + by)

    def action_jump(self, place: int) -> None:
        """To the first or the last."""
        self._move_to(place if place >= 0 else len(self._rates) - 1)

    def _move_to(self, place: int) -> None:
        self.place = max(0, min(place, len(self._rates) - 1))
        rows = [i for i, line in enumerate(self._lines) if line.measure == self.place]
        if rows:
            top, height = self.scroll_offset.y, max(1, self.size.height)
            first = rows[0] - 1 if self._lines[rows[0] - 1].heading else rows[0]
            if first < top or rows[-1] >= top + height:
                self.scroll_to(y=first if first < top else rows[-1] - height + 1, animate=False)
        self.refresh()
        self.post_message(self.Moved())

    # Painting

    def render_line(self, y: int) -> Strip:
        """The strip of one row of the widget."""
        index = self.scroll_offset.y + y
        width, ground = self.size.width, self.rich_style
        if index >= len(self._lines):
            words = " nothing counted yet; ask a question first" if not self._lines and index == 0 else ""
            return Strip([Segment(words, self._style("dim", ground))]).adjust_cell_length(width, ground)
        line = self._lines[index]
        if line.heading:
            heading = Segment(f" {visible(line.heading)}", self._style("heading", ground))
            return Strip([heading]).adjust_cell_length(width, ground)
        if line.side is None:
            return Strip.blank(width, ground)
        if line.measure == self.place:
            ground += Style(bgcolor=self.get_component_rich_style("measures--cursor").bgcolor)
        rates = self._rates[line.measure]
        if line.corrected:
            segments = self._corrected(rates, rates.sides[line.side], ground)
        else:
            segments = self._side(rates, line.side, ground, line.measure == self.place)
        return Strip(segments).adjust_cell_length(width, ground)

    def _side(self, rates: MeasureRates, place: int, ground: Style, marked: bool) -> list[Segment]:
        """Label or difference, name, numbers, and the interval."""
        rate = rates.sides[place]
        cells, named, axis = columns(self.size.width, self._rates)
        first = f"{'›' if marked else ' '} {in_cells(visible(rates.measure.label), cells - 3)}"
        label = first if place == 0 else _difference(rate, rates.sides[0])
        style = ground + Style(bold=marked or None) if place == 0 else self._style("dim", ground)
        side = self._style(_like(rates, rate.side), ground)
        before = [
            Segment(set_cell_size(label, cells - 1) + " ", style),
            Segment(set_cell_size(in_cells(visible(rate.side), named - 1), named), side + Style(bold=True)),
        ]
        if rates.measure.of_means:
            # Its interval takes a moment, and stands below, beside the numbers.
            mean = rate.count.mean
            words = f"mean {three_digits(mean)} of {len(rate.count.numbers):,}" if mean is not None else "–"
            return [*before, Segment(f"{words:{_NUMBERS}}", ground if mean is not None else self._style("dim", ground))]
        numbers = f"{rate.count.k:>4}/{rate.count.n:<4} {interval_words(rate.interval) if rate.count.n else ''}"
        return [
            *before,
            Segment(f"{numbers:{_NUMBERS}}", ground if rate.count.n else self._style("dim", ground)),
            *self._interval(rate, side, ground, axis),
        ]

    def _interval(self, rate: SideRate, side: Style, ground: Style, width: int) -> list[Segment]:
        published = [reference.value for reference in rate.references if reference.of == "rate"]
        estimate = rate.count.k / rate.count.n if rate.count.n else None
        return self._on_axis(rate.interval, estimate, published, side, ground, width)

    def _corrected(self, rates: MeasureRates, rate: SideRate, ground: Style) -> list[Segment]:
        """The rate as labels correct it, or its difference from the first side's; how many labels; the interval."""
        found = rate.corrected
        assert found is not None
        cells, named, axis = columns(self.size.width, self._rates)
        fair = rate.corrected_difference
        words = (
            f"Δ {signed(fair.estimate)} {signed_interval_words(*fair.interval)}" if fair is not None else "corrected"
        )
        numbers = f"{short(found.rate):>4} ✎{found.labels:<3} {interval_words(found.interval)}"
        return [
            Segment(set_cell_size(f"  ✎ {words}", cells - 1) + " " * (named + 1), self._style("dim", ground)),
            Segment(f"{numbers:{_NUMBERS}}", ground),
            *self._on_axis(found.interval, found.rate, (), self._style(_like(rates, rate.side), ground), ground, axis),
        ]

    def _on_axis(
        self,
        interval: Interval,
        estimate: float | None,
        published: Sequence[float],
        side: Style,
        ground: Style,
        width: int,
    ) -> list[Segment]:
        styles = {
            "axis": self._style("dim", ground) + Style(dim=True),
            "interval": side,
            "estimate": side + Style(bold=True),
            "published": self._style("published", ground) + Style(bold=True),
        }
        pieces = interval_on_axis(*interval, estimate, published, width)
        return [Segment(piece.text, styles[piece.part]) for piece in pieces]

    def _style(self, name: str, ground: Style) -> Style:
        style = self.get_component_rich_style(f"measures--{name}")
        return ground + Style(color=style.color, bold=style.bold)


def _like(rates: MeasureRates, side: str) -> str:
    """The side of a pair whose colour a side has."""
    return sides_of_pair([rate.side for rate in rates.sides])[side]


def _lines(rates: Sequence[MeasureRates]) -> list[Line]:
    """Each group under its heading, with a blank row before it."""
    lines: list[Line] = []
    group: str | None = None
    for place, each in enumerate(rates):
        if each.measure.asked != group:
            group = each.measure.asked
            lines += [Line("", -1, None)] if lines else []
            lines.append(Line(" ".join(group.split()) or "(no words)", -1, None))
        for side, rate in enumerate(each.sides):
            lines.append(Line("", place, side))
            if rate.corrected is not None:
                lines.append(Line("", place, side, corrected=True))
    return lines


def _difference(rate: SideRate, first: SideRate) -> str:
    if rate.mean_alone and rate.count.mean is not None and first.count.mean is not None:
        return f"  Δ {signed_three_digits(rate.count.mean - first.count.mean)}"
    if rate.difference is None or rate.difference.estimate is None:
        return ""
    return f"  {difference_words(rate.difference)}"
