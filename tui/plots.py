"""Small plots in characters: an interval on an axis, a course, a histogram."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

Part = Literal["axis", "interval", "estimate", "published"]
_LEAST = 0.005
"""A rate below this is written as .00."""
_WIDE = 0.5
"""An interval that is wider leaves open whether the rate is high or low."""
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_LEFT_EIGHTHS = " ▏▎▍▌▋▊▉█"
BRAILLE_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bits of the dots of a braille sign: four rows of two."""


class Piece(NamedTuple):
    """Characters of one kind."""

    text: str
    part: Part


def interval_on_axis(
    low: float, high: float, estimate: float | None, published: Sequence[float], width: int
) -> list[Piece]:
    """The unit interval as `width` cells: the interval heavy, to half a cell, the estimate as ●, what is published as
    ◇, and as ◈ where both fall into one cell. An interval of more than half of the axis is light and broken, as it says
    little. Without an estimate there is no interval either."""
    halves = 2 * width - 1
    first, last = _part(low, halves), _part(high, halves)
    cells: list[tuple[str, Part]] = [("─", "axis")] * width
    if estimate is not None:
        for cell in range(first // 2, last // 2 + 1):
            left, right = first <= 2 * cell <= last, first <= 2 * cell + 1 <= last
            heavy = "━" if left and right else "╾" if left else "╼"
            cells[cell] = ("╌" if high - low > _WIDE else heavy, "interval")
    marks = {_cell(value, width) for value in published}
    for mark in marks:
        cells[mark] = ("◇", "published")
    if estimate is not None:
        place = _cell(estimate, width)
        cells[place] = ("◈" if place in marks else "●", "estimate")
    return _joined(cells)


def _cell(value: float, width: int) -> int:
    return min(width - 1, max(0, _part(value, width - 1)))


def _joined(cells: Sequence[tuple[str, Part]]) -> list[Piece]:
    pieces: list[Piece] = []
    for text, part in cells:
        if pieces and pieces[-1].part == part:
            pieces[-1] = Piece(pieces[-1].text + text, part)
        else:
            pieces.append(Piece(text, part))
    return pieces


def scale_under_axis(width: int) -> str:
    """The numbers above or below the unit interval."""
    ticks = {0.0: "0", 0.25: ".25", 0.5: ".5", 0.75: ".75", 1.0: "1"} if width >= 20 else {0.0: "0", 1.0: "1"}
    row = [" "] * width
    for value, text in ticks.items():
        start = min(width - len(text), max(0, _cell(value, width) - (len(text) - 1) // 2))
        row[start : start + len(text)] = text
    return "".join(row)


def course(curves: Sequence[Sequence[float]], width: int, height: int) -> list[str]:
    """Curves of values in [0, 1] as rows of braille signs, each two dots wide and four high; all are as long as the
    first, which is stretched, or thinned out, to the width."""
    dots: set[tuple[int, int]] = set()
    columns, rows = 2 * width, 4 * height
    for number, curve in enumerate(curves):
        before: int | None = None
        for column in range(columns if curve else 0):
            value = curve[round(column / max(1, columns - 1) * (len(curve) - 1))]
            row = round((1 - value) * (rows - 1))
            # Only the first is a line; the others are dotted.
            if number == 0:
                ends = (row, before if before is not None else row)
                dots.update((column, between) for between in range(min(ends), max(ends) + 1))
            elif column % 3 == 0:
                dots.add((column, row))
            before = row
    return [
        "".join(
            chr(
                0x2800
                + sum(BRAILLE_DOTS[y][x] for y in range(4) for x in range(2) if (2 * cell + x, 4 * line + y) in dots)
            )
            for cell in range(width)
        )
        for line in range(height)
    ]


def histogram(counts: Sequence[int], most: int, height: int, thick: int = 1) -> list[str]:
    """Counts as columns of `thick` cells; none is invisible, and only the greatest possible, `most`, is a full one."""
    full = 8 * height
    heights = [max(1, min(round(c / max(1, most) * full), full - (c < most))) if c else 0 for c in counts]
    return [
        "".join(_EIGHTHS[min(8, max(0, filled - 8 * line))] * thick for filled in heights)
        for line in range(height - 1, -1, -1)
    ]


def bar(count: int, most: int, width: int) -> str:
    """A count as a bar of at most `width` cells, filled up with blanks; none is invisible, and only all of them fill
    it."""
    filled = max(1, min(round(count / max(1, most) * 8 * width), 8 * width - (count < most))) if count else 0
    return ("█" * (filled // 8) + _LEFT_EIGHTHS[filled % 8].strip()).ljust(width)


def bins(numbers: Sequence[float], low: float, high: float, count: int) -> list[int]:
    """How many of the numbers fall into each of `count` equal parts of a range; what lies outside goes to its ends."""
    counts = [0] * count
    for number in numbers:
        part = int((number - low) / (high - low) * count)
        counts[min(count - 1, max(0, part))] += 1
    return counts


def _part(rate: float, last: int) -> int:
    """The part, from 0 to `last`, of an axis from 0 to 1 that a rate falls into. The first is only for what is written
    as .00 and the last only for what is written as 1.00, as far as there are others."""
    part = round(rate * last)
    return min(max(part, int(rate >= _LEAST)), last - int(rate < 1 - _LEAST)) if last > 1 else part
