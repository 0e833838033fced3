"""One measure in plots: its rate as samples came, and the numbers or words that were said."""

from collections.abc import Mapping, Sequence

from textual.content import Content
from textual.widget import Widget

from diptych.compare import UNIT, Count, Interval, MeasureRates, mean_kind
from diptych.number_words import short, three_digits
from diptych.probes import Reference
from diptych.sessions import SIDE_NAMES, interval_names, intervals_note
from diptych.tui.formatting import first_fitting, in_cells
from diptych.tui.model_names import in_the_middle
from diptych.tui.plots import bar, bins, course, histogram
from diptych.tui.sanitized_text import visible
from diptych.tui.side_colors import side_style

_GAP = 3
_SCALES = (1.0, 10.0, 100.0)
"""Tops of the range of a histogram."""
_BINS, _FEW_BINS = 20, 10
_NAME, _MEANS = 12, 16
"""Cells left of a histogram: the side, and the share on its axis; those right of it."""
_LEAST_WORD = 4
"""Cells that are left to what was said."""

Counts = Sequence[tuple[int, int]]
"""k of n after each sample."""
_DOTTED = "dotted: the interval above "
_AXIS, _NARROW_AXIS, _LEAST_COURSE = 8, 4, 9
"""Cells left of the courses: the name of the axis and the numbers on it, or in narrow ones only the numbers."""


class MeasureDetail(Widget):
    """Left the courses, right what was said; every side has its own place in both. Below, how to read it."""

    def __init__(self) -> None:
        super().__init__()
        self._rates: MeasureRates | None = None
        self._courses: Sequence[Counts] = ()
        self._caution = ""
        self._means: Mapping[str, Interval | None] = {}

    def show(self, rates: MeasureRates | None, courses: Sequence[Counts], caution: str) -> None:
        """Show a measure; `courses` are the counts of each side after each of its samples, `caution` is what is to
        be said of answers that are the same, or of a difference, if anything."""
        self._rates, self._courses, self._caution, self._means = rates, courses, caution, {}
        self.refresh()

    def show_means(self, intervals: Mapping[str, Interval | None]) -> None:
        """Show the interval of each side's mean; None where there are too few numbers."""
        self._means = intervals
        self.refresh()

    def render(self) -> Content:
        """A heading, the plots beside each other, and how to read them."""
        rates, width = self._rates, self.size.width
        if rates is None:
            return Content("")
        notes = _notes(rates, self._caution, width - 2)
        height = self.size.height - 1 - len(notes)
        if height < 3:
            return Content("")
        if rates.measure.of_means:
            rows = [_fitted(row, width) for row in self._said_rows(rates, width, height)]
        else:
            half = (width - _GAP) // 2
            left, right = self._course_rows(rates, half, height), self._said_rows(rates, half, height)
            beside = zip(left, right, strict=True)
            rows = [Content.assemble(_fitted(a, half), " " * _GAP, _fitted(b, half)) for a, b in beside]
        below = [_fitted(Content.styled(f" {visible(note)}", "$dim"), width) for note in notes]
        return Content("\n").join([self._heading(rates, width).stylize("on $bar"), *rows, *below])

    def _heading(self, rates: MeasureRates, width: int) -> Content:
        """What is shown; at the right end what the dots in the courses are, for they are not the interval above, or the
        unit of means."""
        dotted = _DOTTED if any(rate.count.n for rate in rates.sides) else f"{UNIT} " if rates.measure.of_means else ""
        heading = Content.assemble(
            (f" {visible(rates.measure.label)}", "bold $ink"),
            (f" · {visible(' '.join(rates.measure.asked.split()))}", "$dim"),
        )
        return Content.assemble(_fitted(heading, width - len(dotted)), (dotted, "$dim"))

    # Left: the courses

    def _course_rows(self, rates: MeasureRates, width: int, height: int) -> list[Content]:
        """The rate after each answer, one plot a side beside the other."""
        sides = len(rates.sides)
        axis = _AXIS if width - _AXIS >= sides * (_LEAST_COURSE + 1) else _NARROW_AXIS
        cells = (width - axis) // sides - 1
        plots = [_curve(counts, rate.interval, cells, height - 1)
                 for counts, rate in zip(self._courses, rates.sides, strict=True)]  # fmt: skip
        rows = []
        for line in range(height - 1):
            mark = {0: "rate 1" if axis == _AXIS else "1", (height - 2) // 2: ".5", height - 2: "0"}.get(line, "")
            parts: list[tuple[str, str]] = [(f"{mark:>{axis - 1}} ", "$dim")]
            for rate, plot in zip(rates.sides, plots, strict=True):
                parts += [("│", "$dim"), (plot[line], side_style(rate.side))]
            rows.append(Content.assemble(*parts))
        return [*rows, self._under_courses(rates, axis, cells)]

    def _under_courses(self, rates: MeasureRates, axis: int, cells: int) -> Content:
        """Up to which answer each course goes, in the same words for all sides."""
        parts: list[tuple[str, str]] = [(" " * axis, "")]
        names = [f"{_named(rate.side, cells)} " for rate in rates.sides]
        room = cells - max(map(len, names))
        most = max(rate.count.n for rate in rates.sides)
        start = first_fitting(room - len(f"{most:,} →"), "answers 1 to ", "1 to ")
        told = len(f"{most:,} →") <= room
        for name, rate in zip(names, rates.sides, strict=True):
            n = rate.count.n
            words = f"{start}{n:,} →" if told and n > 1 else first_fitting(cells - len(name), f"{n:,}")
            parts.append((f" {name}", f"bold {side_style(rate.side)}"))
            parts.append((words.ljust(cells - len(name)), "$dim"))
        return Content.assemble(*parts)

    # Right: what was said

    def _said_rows(self, rates: MeasureRates, width: int, height: int) -> list[Content]:
        counts = [rate.count for rate in rates.sides]
        if any(count.numbers for count in counts) and not rates.measure.of_values:
            return self._numbers(rates, width, height)
        return self._words(rates, width, height)

    def _numbers(self, rates: MeasureRates, width: int, height: int) -> list[Content]:
        """A histogram a side, one above the other on the same axis, with the means beside them."""
        numbers = [rate.count.numbers for rate in rates.sides]
        published = [[r for r in rate.references if r.of == "mean"] for rate in rates.sides]
        greatest = max([*(n for own in numbers for n in own), *(r.value for own in published for r in own)])
        top = next((top for top in _SCALES if greatest <= top), greatest)
        low = min(0.0, *(n for own in numbers for n in own))
        columns = _BINS if width - _NAME - _MEANS >= _BINS else _FEW_BINS
        thick = max(1, (width - _NAME - _MEANS) // columns)
        binned = [bins(own, low, top, columns) for own in numbers]
        most = max(max(own) / max(1, sum(own)) for own in binned)
        each = max(1, (height - 1) // len(rates.sides))
        rows: list[Content] = []
        for rate, own, figures in zip(rates.sides, binned, published, strict=True):
            plot = histogram(own, round(most * sum(own)), each, thick)
            words = _mean_words(rate.count, self._means.get(rate.side), figures)
            for line, drawn in enumerate(plot):
                # The side has the lowest row; the highest says which share of its answers fills the height.
                name = rate.side if line == each - 1 else ""
                mark = f"share {short(most)}" if line == 0 and each > 1 else ""
                said = words[line] if line < len(words) else ""
                rows.append(
                    Content.assemble(
                        (name, f"bold {side_style(rate.side)}"),
                        (f"{mark:>{_NAME - 1 - len(name)}}│", "$dim"),
                        (drawn, side_style(rate.side)),
                        (f" {said}", "$dim"),
                    )
                )
        marks = {
            min(columns * thick - 1, int((r.value - low) / (top - low) * columns * thick)): side_style(r.side)
            for own in published
            for r in own
        }
        return _filled([*rows, _number_axis(low, top, columns * thick, marks)], height)

    def _words(self, rates: MeasureRates, width: int, height: int) -> list[Content]:
        """What was said, or why it could not be judged, the commonest first: a bar of each side."""
        counts = [rate.count for rate in rates.sides]
        said = sorted({word for count in counts for word in count.values}, key=lambda word: _share(counts, word))[::-1]
        buckets = sorted({bucket for count in counts for bucket in count.excluded})
        if not said and not buckets:
            return _filled([Content.styled("nothing seen in any answer", "$dim")], height)
        longest = max(len(word) for word in (*said, *buckets)) + 2
        most = max(count.n + sum(count.excluded.values()) for count in counts)
        # The words give way to the numbers.
        name = min(longest, width // 3, max(_LEAST_WORD, width - 1 - len(counts) * len(f"{most}/{most} ")))
        cells = max(6, (width - name - 1) // len(counts))
        head = [(f"{in_cells('value', name)} ", "$dim")]
        names = [_named(rate.side, cells - 1).ljust(cells) for rate in rates.sides]
        head += [(own, f"bold {side_style(rate.side)}") for own, rate in zip(names, rates.sides, strict=True)]
        rows = [Content.assemble(*head)]
        room = max(1, height - 1 - len(buckets))
        shown = said if len(said) <= room else said[: max(1, room - 1)]
        rows += [self._word_row(rates, word, False, name, cells) for word in shown]
        if len(shown) < len(said):
            rows.append(Content.styled(f"and {len(said) - len(shown)} more", "$dim"))
        rows += [self._word_row(rates, bucket, True, name, cells) for bucket in buckets]
        return _filled(rows, height)

    def _word_row(self, rates: MeasureRates, word: str, excluded: bool, name: int, cells: int) -> Content:
        said = visible(" ".join(word.split())) or "(empty)"
        shown = f"– {said}" if excluded else said
        parts: list[tuple[str, str]] = [(f"{in_cells(shown, name)} ", "$dim" if excluded else "$ink")]
        most = max(rate.count.n + sum(rate.count.excluded.values()) for rate in rates.sides)
        longest = cells - len(f" {most}/{most} ")
        for rate in rates.sides:
            times = (rate.count.excluded if excluded else rate.count.values)[word]
            of = rate.count.n + sum(rate.count.excluded.values()) if excluded else rate.count.n
            # The share is drawn: of how many stands beside it, for it is not the same everywhere.
            drawn = f"{bar(times, max(1, of), longest).rstrip()} {times}/{of}" if longest > 0 else f"{times}/{of}"
            words = first_fitting(cells - 1, drawn.lstrip(), str(times))
            parts.append((words.ljust(cells), side_style(rate.side) if times else "$dim"))
        return Content.assemble(*parts)


def _notes(rates: MeasureRates, caution: str, width: int) -> list[str]:
    """One or two rows: first the kinds of the intervals, never cut, then the caution, and what is published."""
    differences = [rate.difference.kind for rate in rates.sides if rate.difference is not None]
    means = [mean_kind(rate.count) for rate in rates.sides if rate.count.numbers and not rates.measure.of_values]
    corrected = ["corrected" for rate in rates.sides if rate.corrected is not None]
    rated = [] if rates.measure.of_means else [*(rate.kind for rate in rates.sides), *differences]
    kinds = [*rated, *means, *corrected]
    published = [
        f"{rate.side} {short(r.value) if r.of == 'rate' else f'mean {three_digits(r.value)}'} ({r.about})"
        for rate in rates.sides
        for r in rate.references
    ]
    figures = f"◇ published: {', '.join(published)}" if published else ""

    def together(*parts: str) -> str:
        return " · ".join(filter(None, parts))

    full, names = intervals_note(kinds), interval_names(kinds)
    one = first_fitting(width, together(full, caution, figures), together(names, caution, figures))
    if one or not (caution or figures):
        return [one or names]
    if not caution or not figures:
        return [first_fitting(width, full) or names, caution or figures]
    return [first_fitting(width, together(full, caution)) or together(names, caution), figures]


def _curve(counts: Counts, interval: Interval, width: int, height: int) -> list[str]:
    """The rate after each answer, between the ends of the interval that the table shows."""
    ends = [[end] * len(counts) for end in interval]
    return course([[k / n for k, n in counts], *ends], max(1, width), max(1, height))


def _number_axis(low: float, top: float, cells: int, marks: Mapping[int, str]) -> Content:
    """A line between the ends of the range, with a ◇ in its colour at each of the `marks`."""
    parts = [("◇", marks[cell]) if cell in marks else ("─", "$dim") for cell in range(cells)]
    return Content.assemble((f"{f'number {low:g} ':>{_NAME}}", "$dim"), *parts, (f" {top:g}", "$dim"))


def _mean_words(count: Count, interval: Interval | None, published: Sequence[Reference]) -> list[str]:
    words = [f"mean {three_digits(count.mean)} of {len(count.numbers):,}"] if count.mean is not None else ["no number"]
    if interval is not None:
        words.append(f"[{three_digits(interval.low)}, {three_digits(interval.high)}]")
    return words + [f"◇ {three_digits(reference.value)}" for reference in published]


def _share(counts: Sequence[Count], word: str) -> float:
    return sum(count.values[word] / max(1, count.n) for count in counts)


def _filled(rows: list[Content], height: int) -> list[Content]:
    return [*rows[:height], *[Content("")] * (height - len(rows))]


def _fitted(words: Content, width: int) -> Content:
    return words.truncate(max(1, width), ellipsis=True, pad=True)


def _named(side: str, cells: int) -> str:
    """The name of a side in so many cells at most. The labels of members differ at their ends."""
    if side not in SIDE_NAMES:
        return in_the_middle(visible(side), cells)
    return side if len(side) <= cells else in_cells(side, cells)
