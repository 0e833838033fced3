"""The rows above the answers: the counts of each side, with their intervals."""

from collections.abc import Sequence
from itertools import product

from textual.content import Content
from textual.widget import Widget

from diptych.compare import UNIT, Agreement, Count, Interval, rate_interval
from diptych.number_words import three_digits
from diptych.tui.formatting import counted, first_fitting, interval_words
from diptych.tui.sanitized_text import visible
from diptych.tui.side_colors import side_style
from diptych.tui.widgets.measures.measures_strip import interval_bar
from diptych.tui.widgets.samples.samples_list import SamplesList

_BAR, _LEAST_BAR = 14, 6
_LABEL = 16
"""Cells of the name of a measure that the bars leave to it."""


class SamplesHead(Widget):
    """Each side over its rows: how many answers, how many different ones, and how often the measure is seen."""

    def __init__(self, sides: Sequence[str]) -> None:
        super().__init__()
        self._sides = tuple(sides)
        self._margin, self._column, self._headings = 0, 30, ""
        self._found: Agreement | None = None
        self._label = ""
        self._counts: tuple[Count, ...] = ()
        self._intervals: tuple[tuple[str, Interval], ...] = ()
        self._of_means = False
        """Whether the measure has means and no rates."""

    def show(self, found: Agreement, label: str, counts: Sequence[Count], rows: SamplesList) -> None:
        """Show the `counts` of a measure, a side each, or none, over the columns of the rows."""
        self._found, self._label, self._counts = found, label, tuple(counts)
        self._margin, self._column, self._headings = rows.margin_width, rows.column_width, rows.headings()
        self._intervals = tuple(map(rate_interval, counts))
        self._of_means = any(count.numbers and not count.n for count in counts)
        self.refresh()

    @property
    def kinds(self) -> list[str]:
        """The kinds of the intervals."""
        return [] if self._of_means else [kind for kind, _ in self._intervals]

    def render(self) -> Content:
        """A row for the names, one for the measure, one for what the columns below are."""
        found = self._found
        if found is None:
            return Content("")
        names, rates = [Content(" " * self._margin)], [Content(" " * self._margin)]
        for place, side in enumerate(self._sides):
            names.append(self._name_row(side, found.finished[place], found.distinct[place]))
            rates.append(self._rate_row(place, side))
        return Content("\n").join(
            [Content("").join(names), Content("").join(rates), Content.styled(self._headings, "$dim")]
        )

    def _name_row(self, side: str, finished: int, distinct: int) -> Content:
        answers = counted(finished, "answer")
        different = f", {distinct:,} different" if finished > 1 else ""
        room = self._column - len(side) - 4
        words = first_fitting(room, f"{answers}{different}", answers, f"{finished:,}")
        return self._cut(Content.assemble((f" {side}", f"bold {side_style(side)}"), (f"  {words}", "$dim")))

    def _rate_row(self, place: int, side: str) -> Content:
        if not self._counts:
            return self._cut(Content.styled(" nothing is counted yet", "$dim"))
        count = self._counts[place]
        if self._of_means:
            return self._mean_row(count)
        _, interval = self._intervals[place]
        rate, ends = self._numbers(place)
        longest = max(len("".join(self._numbers(other))) for other in range(len(self._counts)))
        if longest >= self._column:
            # Of all sides alike, and whole or not at all.
            return self._cut(Content.styled(rate, "bold $ink" if count.n else "$dim"))
        name, bar, excluded = self._beside(self._column - longest)
        return self._cut(
            Content.assemble(
                (rate, "bold $ink" if count.n else "$dim"),
                (ends, "$dim"),
                (f" {name}" if name else "", "$ink"),
                " " if bar else "",
                *(interval_bar(count, interval, bar, side_style(side)) if bar else ()),
                (f"  {excluded[place]}" if excluded[place] else "", "$dim"),
            )
        )

    def _mean_row(self, count: Count) -> Content:
        if count.mean is None:
            return self._cut(Content.styled(" –", "$dim"))
        mean, of = f" mean {three_digits(count.mean)}", f" of {len(count.numbers):,}"
        room = self._column - len(mean) - len(of)
        label = visible(self._label)
        name = first_fitting(room, f" {label}, {UNIT}", f" {label}")
        return self._cut(Content.assemble((mean, "bold $ink"), (of, "$dim"), (name, "$ink")))

    def _beside(self, room: int) -> tuple[str, int, Sequence[str]]:
        """What stands beside the numbers, of all sides alike: the name of the measure, the cells of the bar, and what
        was excluded on each side. The bar gives way first, then why answers were excluded, then the name."""
        words = visible(self._label).split()
        names = [" ".join(words[:number]) for number in range(len(words), -1, -1)]
        short = next(name for name in names if len(name) <= _LABEL)
        told = [excluded_words(count) for count in self._counts]
        sums = [count.excluded.total() for count in self._counts]
        brief = [f"{excluded} excluded" if excluded else "" for excluded in sums]
        for name, excluded in product((names[0], short), (told, brief)):
            left = room - _cells(name, *excluded) - 2
            if left >= _LEAST_BAR:
                return name, min(_BAR, left), excluded
        for excluded, name in product((told, brief), names[:-1]):
            if _cells(name, *excluded) <= room:
                return name, 0, excluded
        return "", 0, brief if _cells("", *brief) <= room else [""] * len(brief)

    def _numbers(self, place: int) -> tuple[str, str]:
        """k/N of a side and the ends of its interval."""
        count, (_, interval) = self._counts[place], self._intervals[place]
        if not count.n and not count.excluded:
            return " –", ""
        return f" {count.k}/{count.n}", f" {interval_words(interval)}" if count.n else ""

    def _cut(self, words: Content) -> Content:
        return words.truncate(max(1, self._column), ellipsis=True, pad=True)


def _cells(name: str, *excluded: str) -> int:
    """The cells of a name and of the longest of the rest, with the blanks before them."""
    longest = max(map(len, excluded))
    return (len(name) + 1 if name else 0) + (longest + 2 if longest else 0)


def excluded_words(count: Count) -> str:
    """The numbers of answers that could not be judged, by reason."""
    return ", ".join(f"{times} {visible(bucket)}" for bucket, times in count.excluded.most_common())
