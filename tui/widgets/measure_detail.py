"""One measure in plots: its rate as samples came, and the numbers or words that were said."""

from collections.abc import Mapping, Sequence

from rich.cells import set_cell_size
from textual.content import Content
from textual.widget import Widget

from compare import Count, MeasureRates, confidence_sequence
from probes import Reference
from tui.inert import visible
from tui.plots import bar, bins, course, histogram
from tui.words import counted

_GAP = 3
_POINTS = 60
"""Of a course, at which its interval is computed."""
_SCALES = (1.0, 10.0, 100.0)
"""Tops of the range of a histogram."""
_BINS = 20

Counts = Sequence[tuple[int, int]]
"""k of n after each sample."""


class MeasureDetail(Widget):
    """Left the courses, right what was said; every side has its own place in both."""

    def __init__(self) -> None:
        super().__init__()
        self._rates: MeasureRates | None = None
        self._courses: Sequence[Counts] = ()
        self._note = ""

    def show(self, rates: MeasureRates | None, courses: Sequence[Counts], note: str) -> None:
        """Show a measure; `courses` are the counts of each side after each of its samples, `note` is the row below."""
        self._rates, self._courses, self._note = rates, courses, note
        self.refresh()

    def render(self) -> Content:
        """A heading, the plots beside each other, the note."""
        rates, width, height = self._rates, self.size.width, self.size.height - 2
        if rates is None or height < 3:
            return Content("")
        half = (width - _GAP) // 2
        left, right = self._course_rows(rates, half, height), self._said_rows(rates, half, height)
        rows = [
            Content.assemble(_fitted(a, half), " " * _GAP, _fitted(b, half)) for a, b in zip(left, right, strict=True)
        ]
        heading = Content.assemble(
            (f" {visible(rates.measure.label)}", "bold $ink"),
            (f" · {visible(' '.join(rates.measure.asked.split()))}", "$dim"),
        )
        note = Content.styled(f" {visible(self._note)}", "$dim")
        return Content("\n").join([_fitted(heading, width).stylize("on $bar"), *rows, _fitted(note, width)])

    # Left: the courses

    def _course_rows(self, rates: MeasureRates, width: int, height: int) -> list[Content]:
        """k/N as the samples came, one plot a side beside the other."""
        cells = (width - 4 - len(rates.sides)) // len(rates.sides)
        plots = [_curve(counts, len(rate.count.by_prompt) <= 1, cells, height - 1)
                 for counts, rate in zip(self._courses, rates.sides, strict=True)]  # fmt: skip
        rows = []
        for line in range(height - 1):
            mark = {0: "  1", (height - 2) // 2: " .5", height - 2: "  0"}.get(line, "   ")
            parts: list[tuple[str, str]] = [(f"{mark} ", "$dim")]
            for rate, plot in zip(rates.sides, plots, strict=True):
                parts += [(plot[line], f"$side-{rate.side}"), (" ", "")]
            rows.append(Content.assemble(*parts))
        return [*rows, self._under_courses(rates, cells)]

    def _under_courses(self, rates: MeasureRates, cells: int) -> Content:
        parts: list[tuple[str, str]] = [("    ", "")]
        for rate in rates.sides:
            name, count = f"{rate.side} ", counted(rate.count.n, "answer") if rate.count.n else "none"
            parts.append((name[:cells], f"bold $side-{rate.side}"))
            parts.append((count[: max(0, cells - len(name))].ljust(max(0, cells - len(name))) + " ", "$dim"))
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
        thick = max(1, (width - 24) // _BINS)
        counted = [bins(own, low, top, _BINS) for own in numbers]
        most = max(max(own) / max(1, sum(own)) for own in counted)
        each = max(1, (height - 1) // len(rates.sides))
        rows: list[Content] = []
        for rate, own, figures in zip(rates.sides, counted, published, strict=True):
            plot = histogram(own, round(most * sum(own)), each, thick)
            words = _mean_words(rate.count, figures)
            for line, columns in enumerate(plot):
                side = f"{rate.side:8}" if line == each - 1 else " " * 8
                said = words[line] if line < len(words) else ""
                rows.append(
                    Content.assemble(
                        (side, f"bold $side-{rate.side}"), (columns, f"$side-{rate.side}"), (f" {said}", "$dim")
                    )
                )
        marks = {
            min(_BINS * thick - 1, int((r.value - low) / (top - low) * _BINS * thick)): f"$side-{r.side}"
            for own in published
            for r in own
        }
        return _filled([*rows, _number_axis(low, top, _BINS * thick, marks)], height)

    def _words(self, rates: MeasureRates, width: int, height: int) -> list[Content]:
        """What was said, or why it could not be judged, the commonest first: a bar of each side."""
        counts = [rate.count for rate in rates.sides]
        said = sorted({word for count in counts for word in count.values}, key=lambda word: _share(counts, word))[::-1]
        buckets = sorted({bucket for count in counts for bucket in count.excluded})
        if not said and not buckets:
            return _filled([Content.styled("nothing was seen", "$dim")], height)
        longest = max(len(word) for word in (*said, *buckets)) + 2
        name = min(longest, width // 3)
        cells = max(6, (width - name - 1) // len(counts))
        head = [(" " * (name + 1), "")]
        head += [(rate.side.ljust(cells)[:cells], f"bold $side-{rate.side}") for rate in rates.sides]
        rows = [Content.assemble(*head)]
        shown = [(word, False) for word in said[: max(1, height - 1 - len(buckets))]]
        for word, excluded in [*shown, *((bucket, True) for bucket in buckets)]:
            rows.append(self._word_row(rates, word, excluded, name, cells))
        return _filled(rows, height)

    def _word_row(self, rates: MeasureRates, word: str, excluded: bool, name: int, cells: int) -> Content:
        said = visible(" ".join(word.split())) or "(empty)"
        shown = f"– {said}" if excluded else said
        parts: list[tuple[str, str]] = [(f"{set_cell_size(shown, name)} ", "$dim" if excluded else "$ink")]
        most = max(rate.count.n + sum(rate.count.excluded.values()) for rate in rates.sides)
        longest = max(1, cells - len(f" {most}/{most} "))
        for rate in rates.sides:
            times = (rate.count.excluded if excluded else rate.count.values)[word]
            of = rate.count.n + sum(rate.count.excluded.values()) if excluded else rate.count.n
            # The share is drawn: of how many stands beside it, for it is not the same everywhere.
            drawn = f"{bar(times, max(1, of), longest).rstrip()} {times}/{of}".lstrip()
            parts.append((drawn.ljust(cells)[:cells], f"$side-{rate.side}" if times else "$dim"))
        return Content.assemble(*parts)


def _curve(counts: Counts, one_wording: bool, width: int, height: int) -> list[str]:
    """The rate, and where the answers are to one prompt the ends of its confidence sequence."""
    step = max(1, len(counts) // _POINTS)
    some = [*counts[::step], *counts[-1:]] if counts else []
    curves = [[k / n for k, n in some]]
    if one_wording:
        ends = [confidence_sequence(k, n) for k, n in some]
        curves += [[end.low for end in ends], [end.high for end in ends]]
    return course(curves, max(1, width), max(1, height))


def _number_axis(low: float, top: float, cells: int, marks: Mapping[int, str]) -> Content:
    """The ends of the range, and a ◇ in its colour at each of the `marks`."""
    axis = f"{low:<{cells // 2}g}{f'{top:g}':>{cells - cells // 2}}"
    parts = [("◇", marks[cell]) if cell in marks else (char, "$dim") for cell, char in enumerate(axis)]
    return Content.assemble(" " * 8, *parts)


def _mean_words(count: Count, published: Sequence[Reference]) -> list[str]:
    words = [f"mean {count.mean:.3g}"] if count.mean is not None else ["no number"]
    return words + [f"◇ {reference.value:g}" for reference in published]


def _share(counts: Sequence[Count], word: str) -> float:
    return sum(count.values[word] / max(1, count.n) for count in counts)


def _filled(rows: list[Content], height: int) -> list[Content]:
    return [*rows[:height], *[Content("")] * (height - len(rows))]


def _fitted(words: Content, width: int) -> Content:
    return words.truncate(max(1, width), ellipsis=True, pad=True)
