"""The axes of a plot in cells: numbers beside it and below it."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from diptych.number_words import axis_words
from diptych.sessions import AxisLabel, XAxis, without_overlap
from diptych.tui.formatting import in_cells
from diptych.tui.plot_canvas import Canvas, Run
from diptych.tui.sanitized_text import visible

LEFT = 5
"""Cells left of a plot: numbers, and the axis itself."""
_GAP = 2
"""Blank cells between two numbers, at least."""


def one_line(words: str, cells: int) -> str:
    """Return words of others as they may stand in a plot: inert, on one line, of at most so many cells."""
    shown = " ".join(visible(words).split())
    return shown if cell_len(shown) <= cells else in_cells(shown, cells) if cells > 0 else ""


def ticks(cells: int) -> list[float]:
    """Return the rates that are written beside an axis of so many cells."""
    if cells >= 13:
        return [0.0, 0.25, 0.5, 0.75, 1.0]
    return [0.0, 0.5, 1.0] if cells >= 5 else [0.0, 1.0]


def row_of(rate: float, rows: int) -> float:
    """Return the row, from the top, of a rate in a plot of so many rows."""
    return (1 - min(1.0, max(0.0, rate))) * (rows - 1)


def beside_numbers(canvas: Canvas) -> Iterator[list[Run]]:
    """Yield the rows of a plot of rates with the axis at their left."""
    marks = {round(row_of(rate, canvas.height)): axis_words(rate) for rate in ticks(canvas.height)}
    for number, runs in enumerate(canvas.rows()):
        mark = marks.get(number, "")
        yield [Run(f"{mark:>{LEFT - 2}} ", "number", False), Run("┤" if mark else "│", "axis", False), *runs]


def labels_below(axis: XAxis, numbers: Sequence[float], columns: int) -> list[AxisLabel]:
    """Return the numbers that are written below a plot, each under its column."""
    return without_overlap((_label(axis, number, columns) for number in sorted(set(numbers))), _GAP)


def _label(axis: XAxis, number: float, columns: int) -> AxisLabel:
    text = axis_words(number)[:columns]
    start = max(0, min(round(axis.place(number)) - len(text) // 2, columns - len(text)))
    return AxisLabel(start, start + len(text), text, number)


def row_with(labels: Sequence[AxisLabel], columns: int) -> list[str]:
    """Return the cells of a row with the labels in it."""
    row = [" "] * columns
    for label in labels:
        row[int(label.start) : int(label.end)] = label.text
    return row


def with_mark(cells: Sequence[str], part: str, at: int | None, mark: str) -> list[Run]:
    """Return a row of one part in which, from a column on, something is marked."""
    text = "".join(cells)
    if at is None:
        return [Run(text, part, False)]
    return [Run(text[:at], part, False), Run(mark, "marked", False), Run(text[at + len(mark) :], part, False)]
