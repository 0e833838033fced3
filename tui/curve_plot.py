"""The curve in cells: rates over x with their intervals, the fit as a dotted line, the base as a band."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from rich.cells import cell_len

from diptych.sessions import CurvePicture, PictureBand, PictureLine, XAxis
from diptych.tui.plot_axes import LEFT, beside_numbers, labels_below, one_line, row_of, row_with, with_mark
from diptych.tui.plot_canvas import Canvas, Run

_BREAK = 8
"""Columns between what is not above 0 and the rest of a logarithmic axis."""
_PAD = 3
"""Columns between an end of the plot and the points."""
_BASE_PAD = 8
"""The same at the right, where the names of the bands stand."""
_LONGEST_NAME = 8
"""Cells of a name of x that stands beside the numbers of its axis; a longer one has a row of its own."""
_DASHES = 4.0
"""How far apart the dots of the fit of another arm are."""
_PIECES = 12
"""Straight pieces of the fit between two x."""


def curve_plot(picture: CurvePicture, log: bool, width: int, height: int, marked: float | None) -> list[list[Run]]:
    """Return the rows of a plot of so many cells, its axes and numbers included.

    log: whether the axis of x is logarithmic; marked: the x whose answers are chosen. A run's part is "does", "says",
    "base", "axis", "number", "marked" or "".
    """
    columns = max(1, width - LEFT)
    name = one_line(picture.x, columns)
    own_row = cell_len(name) > _LONGEST_NAME
    rows = max(1, height - 2 - own_row)
    numbers = sorted({point.x for line in picture.lines for point in line.points})
    right = _BASE_PAD if columns >= 4 * _BASE_PAD else _PAD
    axis = XAxis.of(numbers, min(_PAD, columns - 1), max(0, columns - 1 - right), log, _BREAK)
    canvas = Canvas(columns, rows)
    _draw_bands(canvas, picture.bands)
    shifts = _shifts(axis, numbers, len(picture.lines))
    # The first line lies above the others.
    for line, shift in reversed(list(zip(picture.lines, shifts, strict=True))):
        _draw_fit(canvas, axis, line, shift, picture.log, faint=line.arm != picture.lines[0].arm)
    for line, shift in reversed(list(zip(picture.lines, shifts, strict=True))):
        _draw_points(canvas, axis, line, shift)
    return [
        *beside_numbers(canvas),
        *_below(axis, numbers, name, columns, marked, own_row),
    ]


def _draw_bands(canvas: Canvas, bands: Sequence[PictureBand]) -> None:
    """The interval of each band shaded, its rate as a line, with its name at the right end."""
    by_row: dict[int, list[PictureBand]] = {}
    for band in bands:
        row = round(row_of(band.rate, canvas.height))
        by_row.setdefault(row, []).append(band)
        canvas.shade(min(row - 0.5, row_of(band.high, canvas.height)), max(row + 0.5, row_of(band.low, canvas.height)))
    for row, there in by_row.items():
        canvas.rule(row, "base")
        name = one_line(there[0].arm, _BASE_PAD - 3)
        glyphs = "" if len(there) == len(bands) else "".join(dict.fromkeys(band.glyph for band in there))[:1]
        words = f" {name}{glyphs}"
        if canvas.width >= 4 * _BASE_PAD:
            canvas.text(canvas.width - cell_len(words), row, words, "base")


def _shifts(axis: XAxis, numbers: Sequence[float], lines: int) -> list[int]:
    """How many columns the points of each line stand beside their x, so that their intervals do not cover each other:
    all side by side, or with less room at least what is done beside what is said."""
    columns = [axis.place(number) for number in numbers]
    closest = min((right - left for left, right in pairwise(columns)), default=float(lines))
    beside = lines if closest >= lines else 2 if closest >= 2 else 1
    return [place % beside - (beside - 1) // 2 for place in range(lines)]


def _draw_fit(canvas: Canvas, axis: XAxis, line: PictureLine, shift: int, log: bool, faint: bool) -> None:
    fit = [(x, rate) for x, rate in line.fit if x > 0 or not axis.log]
    drawn = [(axis.place(x) + shift, row_of(rate, canvas.height)) for x, rate in _between(fit, log)]
    canvas.dotted(drawn, line.role, *([_DASHES] if faint else []))


def _between(fit: Sequence[tuple[float, float]], log: bool) -> Iterator[tuple[float, float]]:
    """The points of a fit and some between each two: it is straight over x, or over its logarithm, and the axis may be
    the other."""
    yield from fit[:1]
    for (x0, y0), (x1, y1) in pairwise(fit):
        for step in range(1, _PIECES + 1):
            share = step / _PIECES
            x = x0 * (x1 / x0) ** share if log and x0 > 0 else x0 + (x1 - x0) * share
            yield x, y0 + (y1 - y0) * share


def _draw_points(canvas: Canvas, axis: XAxis, line: PictureLine, shift: int) -> None:
    for point in line.points:
        column = round(axis.place(point.x)) + shift
        canvas.bar(column, row_of(point.high, canvas.height), row_of(point.low, canvas.height), line.role)
    for point in line.points:
        column = round(axis.place(point.x)) + shift
        canvas.sign(column, round(row_of(point.rate, canvas.height)), line.glyph, line.role)


def _below(
    axis: XAxis, numbers: Sequence[float], name: str, columns: int, marked: float | None, own_row: bool
) -> Iterator[list[Run]]:
    """The axis of x, its numbers, and what x is."""
    line = ["─"] * columns
    for number in numbers:
        line[round(axis.place(number))] = "┬"
    if axis.gap:
        line[int(axis.first + axis.gap / 2)] = "╱"
    at = round(axis.place(marked)) if marked is not None and marked in numbers else None
    yield [Run(" " * (LEFT - 1) + "└", "axis", False), *with_mark(line, "axis", at, "▲")]
    beside = 0 if own_row else cell_len(name)
    labels = labels_below(axis, numbers, max(1, columns - beside - 2) if beside else columns)
    row = [*row_with(labels, max(0, columns - beside)), "" if own_row else name]
    chosen = next(((int(label.start), label.text) for label in labels if label.of == marked), (None, ""))
    yield [Run(" " * LEFT, "", False), *with_mark(row, "number", *chosen)]
    if own_row:
        yield [Run(" " * (LEFT + columns - cell_len(name)) + name, "number", False)]
