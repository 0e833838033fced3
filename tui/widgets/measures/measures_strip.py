"""The measures strip: how often each side shows what is looked for, with intervals."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from diptych import compare
from diptych.number_words import three_digits
from diptych.tui.formatting import difference_words
from diptych.tui.model_names import in_the_middle
from diptych.tui.plots import interval_on_axis
from diptych.tui.sanitized_text import visible
from diptych.tui.side_colors import side_style

if TYPE_CHECKING:
    from diptych.compare import Count, Interval, Measure

_WIDE = 110
"""Cells from which there is room for the difference of two sides."""
_DIFFERENCE = 26
"""Cells of the difference of two sides, with its interval."""
_BAR, _LEAST_BAR = 22, 5
"""The most and the fewest cells of an interval."""
_UNUSUAL = ", {} excluded", ", {} excl.", " –{}"
"""How the number of answers that could not be judged is written, the longest way first."""
_LEFT_OUT = " +{} "
"""How many measures there is no room for."""
_MORE = "  +{} more"
"""How many warnings there is no room for."""


class Layout(NamedTuple):
    """How the cells of the rows are used; the same in all rows, so that all intervals have one scale."""

    labels: tuple[str, ...]
    """The names of the measures, which are as wide in every row."""
    bar: int
    """Cells of an interval; 0 where it would be too short to be read."""
    numbers: tuple[tuple[str, ...], ...]
    """For each measure the numbers of each side, which are as wide in every row."""
    difference: bool
    """Whether the difference of the two sides is shown."""


class MeasuresStrip(Widget):
    """One row for each measure, with all sides; and a row of warnings, with the kinds of the intervals on the right."""

    def __init__(self, sides: Sequence[str]) -> None:
        super().__init__()
        self._sides = tuple(sides)
        self.more_key = "f4"
        """The key that shows all measures; "" where it does nothing."""
        self._measures: Mapping[Measure, Mapping[str, Count]] = {}
        self._warnings: tuple[tuple[str, str], ...] = ()
        self._kinds = ""
        self._state: tuple[object, ...] = ()
        self._plain = False
        self._rows: tuple[Content, ...] = ()
        self._rows_wanted = 1

    def use(self, sides: Sequence[str]) -> None:
        """Show the counts of other sides."""
        self._sides, self._state = tuple(sides), ()

    def show(
        self, measures: "Mapping[Measure, Mapping[str, Count]]", warnings: Sequence[tuple[str, str]], kinds: str
    ) -> None:
        """Show the counts of one question, warnings, each with its sign, and the `kinds` of the intervals."""
        state = (
            tuple(
                (m.label, *((c.k, c.n, c.mean, c.planned, c.excluded.total()) for c in by_side.values()), *by_side)
                for m, by_side in measures.items()
            ),
            tuple(warnings),
            kinds,
        )
        # Asked for at every frame; the intervals are worth computing only when a count has moved.
        if state != self._state:
            self._state, self._measures, self._warnings, self._kinds = state, measures, tuple(warnings), kinds
            self._draw()

    @property
    def plain(self) -> bool:
        """Whether only the warnings that have a sign are shown."""
        return self._plain

    @plain.setter
    def plain(self, plain: bool) -> None:
        self._plain = plain
        self._draw()

    def on_resize(self) -> None:
        """Draw for the new width."""
        self._draw()

    def _draw(self) -> None:
        grown = len(self._measures) + 1 != self._rows_wanted
        self._rows_wanted = len(self._measures) + 1
        shown = list(self._measures.items())[: max(1, self.size.height - 1)]
        left_out = len(self._measures) - len(shown)
        more = f"{_LEFT_OUT.format(left_out)}{f'· {self.more_key} ' if self.more_key else ''}" if left_out else ""
        counts = [[by_side.get(side, compare.Count()) for side in self._sides] for _, by_side in shown]
        layout = self._layout([visible(measure.label) for measure, _ in shown], counts, len(more))
        rows = [
            self._row(label, own, numbers, layout, compared=not measure.is_comparison)
            for (measure, _), label, own, numbers in zip(shown, layout.labels, counts, layout.numbers, strict=True)
        ]
        if more:
            gap = " " * max(0, self.size.width - rows[-1].cell_length - len(more))
            rows[-1] = Content.assemble(rows[-1], gap, (more, "$dim"))
        self._rows = (*rows, self._warning_row())
        self.refresh(layout=grown)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """A row each, as far as there is room."""
        return self._rows_wanted

    def render(self) -> Content:
        """The rows."""
        return Content("\n").join(self._rows)

    def _layout(self, labels: Sequence[str], counts: Sequence[Sequence["Count"]], taken: int) -> Layout:
        """The first that fits beside `taken` cells: numbers are never cut, and names only where nothing else gives way.
        Shorter words for what was excluded go before the difference, and the difference before the intervals."""
        label = max(map(cell_len, labels), default=0)
        differs = len(self._sides) == 2 and self.size.width >= _WIDE
        ways = ((True, _LEAST_BAR), (False, _LEAST_BAR), (False, 0))
        for difference, least, excluded in ((*way, words) for way in ways for words in _UNUSUAL):
            numbers = _numbers(counts, excluded)
            each = sum(len(side) + 2 + bool(least) for side in self._sides) + sum(
                map(len, numbers[0] if numbers else ())
            )
            room = self.size.width - taken - label - 2 - each - (_DIFFERENCE if difference else 0)
            if room >= least * len(self._sides) and (differs or not difference):
                break
        bar = room // len(self._sides)
        cells = max(1, label + min(0, room))
        return Layout(
            tuple(in_the_middle(words, cells).ljust(cells) for words in labels),
            min(_BAR, bar) if bar >= _LEAST_BAR else 0,
            numbers,
            difference,
        )

    def _row(
        self, label: str, counts: Sequence["Count"], numbers: Sequence[str], layout: Layout, compared: bool
    ) -> Content:
        parts: list[tuple[str, str]] = [(f" {label} ", "$ink")]
        for side, count, number in zip(self._sides, counts, numbers, strict=True):
            _, interval = compare.rate_interval(count)
            parts.append((f" {side} ", side_style(side)))
            parts += interval_bar(count, interval, layout.bar, side_style(side))
            parts.append((f" {number}" if layout.bar else number, "$ink" if count.n else "$dim"))
        if layout.difference and compared and all(count.n for count in counts):
            parts.append((f"   {difference_words(compare.rate_difference(*counts))}", "$dim"))
        return Content.assemble(*parts).truncate(max(1, self.size.width))

    def _warning_row(self) -> Content:
        """The warnings that fit whole, and the number of those with a sign that do not. Only the first may be cut."""
        kinds = Content("") if self._plain or not self._kinds else Content.styled(f"   {self._kinds} ", "$dim")
        room = max(1, self.size.width - kinds.cell_length)
        said = [(sign, _warning(sign, words)) for sign, words in self._warnings if sign or not self._plain]
        whole = sum(words.cell_length for _, words in said) <= room
        left = room if whole or sum(bool(sign) for sign, _ in said) < 2 else room - len(_MORE.format(1))
        row, left_out = Content(""), 0
        for sign, words in said:
            if not row.cell_length or row.cell_length + words.cell_length <= left:
                row += words.truncate(max(1, left), ellipsis=True)
            else:
                left_out += bool(sign)
        row += Content.styled(_MORE.format(left_out) if left_out else "", "$dim")
        if row.cell_length > room:
            return row
        return Content.assemble(row, " " * (room - row.cell_length), kinds)


def _warning(sign: str, words: str) -> Content:
    return Content.assemble(
        (f" {sign or ' '} ", "$pattern" if sign == "⚠" else "$ink"), (visible(words), "$ink" if sign else "$dim")
    )


def _numbers(counts: Sequence[Sequence["Count"]], excluded: str) -> tuple[tuple[str, ...], ...]:
    """For each measure the numbers of each side, e.g. "1/1, 6 excluded" or "8/12 mean 61.3"; the slashes of a side are
    below each other."""
    if not counts:
        return ()
    sides = [_of_side([row[place] for row in counts], excluded) for place in range(len(counts[0]))]
    return tuple(zip(*sides, strict=True))


def _of_side(counts: Sequence["Count"], excluded: str) -> list[str]:
    before = max(2, *(len(f"{count.k}") for count in counts))
    words = [_count_words(count, before, excluded) for count in counts]
    longest = max(before + 3, *map(len, words))
    return [each.ljust(longest) for each in words]


def _count_words(count: "Count", before: int, excluded: str) -> str:
    left_out = count.excluded.total()
    if not count.n and not left_out:
        return "–".rjust(before + 1)
    mean = "" if count.mean is None else f" mean {three_digits(count.mean)}"
    return f"{count.k:>{before}}/{count.n}{mean}{excluded.format(left_out) if left_out else ''}"


def interval_bar(count: "Count", interval: "Interval", width: int, style: str) -> list[tuple[str, str]]:
    """The unit interval as `width` cells, with the interval of the rate, and the rate as a dot."""
    styles = {"axis": "$dim 40%", "interval": style, "estimate": f"bold {style}"}
    rate = count.k / count.n if count.n else None
    pieces = interval_on_axis(interval.low, interval.high, rate, (), width) if width else []
    return [(piece.text, styles[piece.part]) for piece in pieces]
