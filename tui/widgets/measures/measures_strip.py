"""The measures strip: how often each side shows what is looked for, with intervals."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from diptych import compare
from diptych.tui.formatting import difference_words, part_of
from diptych.tui.sanitized_text import visible

if TYPE_CHECKING:
    from diptych.compare import Count, Interval, Measure

_WIDE = 110
_LABEL, _WIDE_LABEL = 14, 17
"""The least width of the names of measures, in cells."""
_DIFFERENCE = 26
"""Cells of the difference of two sides, with its interval."""
_WIDE_BAR, _NARROW_BAR, _LEAST_BAR = 22, 12, 5
_MORE = "  +{}"
_INK = {True: "$ink", False: "$dim"}
"""The colours of marked warnings and of others."""


class MeasuresStrip(Widget):
    """One row for each measure, with all sides; and a row of warnings, with the kinds of the intervals on the right."""

    def __init__(self, sides: Sequence[str]) -> None:
        super().__init__()
        self._sides = tuple(sides)
        self._measures: Mapping[Measure, Mapping[str, Count]] = {}
        self._warnings: tuple[tuple[bool, str], ...] = ()
        self._kinds = ""
        self._state: tuple[object, ...] = ()
        self._plain = False
        self._rows: tuple[Content, ...] = ()

    def show(
        self, measures: "Mapping[Measure, Mapping[str, Count]]", warnings: Sequence[tuple[bool, str]], kinds: str
    ) -> None:
        """Show the counts of one question, warnings, and the `kinds` of the intervals. A warning is marked if its flag
        is set."""
        state = (
            tuple(
                (m.label, *((c.k, c.n, c.mean, c.planned) for c in by_side.values()), *by_side)
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
        """Whether only the warnings that are marked are shown."""
        return self._plain

    @plain.setter
    def plain(self, plain: bool) -> None:
        self._plain = plain
        self._draw()

    def on_resize(self) -> None:
        """Draw for the new width."""
        self._draw()

    def _draw(self) -> None:
        rows = [self._row(measure, counts) for measure, counts in self._measures.items()]
        grown = len(rows) + 1 != len(self._rows)
        self._rows = (*rows, self._warning_row())
        self.refresh(layout=grown)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """A row each, as far as there is room."""
        return len(self._rows)

    def render(self) -> Content:
        """The rows."""
        *measures, warnings = self._rows or (Content(),)
        return Content("\n").join([*measures[: self.size.height - 1], warnings])

    def _row(self, measure: "Measure", counts: "Mapping[str, Count]") -> Content:
        wide = self.size.width >= _WIDE
        shown = [(side, counts.get(side, compare.Count())) for side in self._sides]
        numbers = [f" {count.k:>3}/{count.n:<3} {_mean(count)}" for _, count in shown]
        words = sum(len(side) + 2 + len(n) for side, n in zip(self._sides, numbers, strict=True))
        cells = self._label_cells(wide, words)
        width = self._bar_width(wide, cells, words)
        label = Content(visible(measure.label)).truncate(cells, ellipsis=True, pad=True).plain
        parts: list[tuple[str, str]] = [(f" {label} ", "$ink")]
        for (side, count), number in zip(shown, numbers, strict=True):
            _, interval = compare.rate_interval(count)
            parts.append((f" {side} ", f"$side-{side}"))
            parts += interval_bar(count, interval, width, f"$side-{side}")
            parts.append((number if width else f"{number.strip()} ", "$ink" if count.n else "$dim"))
        if wide and len(self._sides) == 2:
            parts.append((self._difference(counts), "$dim"))
        return Content.assemble(*parts).truncate(max(1, self.size.width))

    def _label_cells(self, wide: bool, words: int) -> int:
        """The width of the names in cells: that of the longest name, if intervals and the `words` of the sides leave
        room."""
        differs = wide and len(self._sides) == 2
        room = self.size.width - 2 - words - len(self._sides) * _NARROW_BAR - (_DIFFERENCE if differs else 0)
        longest = max(cell_len(visible(measure.label)) for measure in self._measures)
        return max(_WIDE_LABEL if differs else _LABEL, min(longest, room))

    def _bar_width(self, wide: bool, label: int, words: int) -> int:
        """The width of each interval in cells: what the words leave over; 0 if that is too little to be read."""
        sides = len(self._sides)
        if sides == 2:
            room = (self.size.width - label - 2 - words - _DIFFERENCE) // sides
            return max(_NARROW_BAR, min(_WIDE_BAR, room)) if wide else _NARROW_BAR
        room = (self.size.width - label - 2 - words) // sides
        return min(_WIDE_BAR, room) if room >= _LEAST_BAR else 0

    def _difference(self, counts: "Mapping[str, Count]") -> str:
        base, tuned = (counts.get(side, compare.Count()) for side in self._sides)
        if not base.n or not tuned.n:
            return "  Δ"
        return f"  {difference_words(compare.rate_difference(base, tuned))}"

    def _warning_row(self) -> Content:
        """The warnings that fit whole, and the number of marked ones that do not. Only the first may be cut."""
        kinds = Content("") if self._plain or not self._kinds else Content.styled(f"   {self._kinds} ", "$dim")
        room = max(1, self.size.width - kinds.cell_length)
        said = [
            (urgent, Content.assemble((" ⚠ " if urgent else "   ", "$pattern"), (visible(words), _INK[urgent])))
            for urgent, words in self._warnings
            if urgent or not self._plain
        ]
        whole = sum(words.cell_length for _, words in said) <= room
        left = room if whole else room - len(_MORE.format(1))
        row, left_out = Content(""), 0
        for urgent, words in said:
            if not row.cell_length or row.cell_length + words.cell_length <= left:
                row += words.truncate(max(1, left), ellipsis=True)
            else:
                left_out += urgent
        row += Content.styled(_MORE.format(left_out) if left_out else "", "$dim")
        return Content.assemble(row, " " * (room - row.cell_length), kinds)


def _mean(count: "Count") -> str:
    return "" if count.mean is None else f"mean {count.mean:.3g} "


def interval_bar(count: "Count", interval: "Interval", width: int, style: str) -> list[tuple[str, str]]:
    """The unit interval as `width` cells: the interval heavy, the rate as a dot."""
    if not count.n:
        return [("─" * width, "$dim 40%")]
    if not width:
        return []
    last = width - 1
    low, high, rate = (part_of(x, last) for x in (interval.low, interval.high, count.k / count.n))
    cells = ["●" if i == rate else "━" if low <= i <= high else "─" for i in range(width)]
    return [
        ("".join(cells[:low]), "$dim 40%"),
        ("".join(cells[low : high + 1]), style),
        ("".join(cells[high + 1 :]), "$dim 40%"),
    ]
