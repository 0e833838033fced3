"""The scatter in cells: what each member of a family says against what it does."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from diptych.sessions import ScatterPicture, ScatterPoint, XAxis
from diptych.tui.plot_axes import LEFT, beside_numbers, labels_below, one_line, row_of, row_with, ticks
from diptych.tui.plot_canvas import Canvas, Run

_PAD = 2
"""Columns between an end of the plot and 0 or 1."""
_MANY = 9
"""Members in one cell that are counted; more are a plus."""


class _Cell(NamedTuple):
    column: int
    row: int


def scatter_plot(picture: ScatterPicture, width: int, height: int, marked: str | None) -> list[list[Run]]:
    """Return the rows of a plot of so many cells, its axes and numbers included.

    marked: the label of the member that is chosen; its intervals are drawn. Several members of one cell are drawn as
    their number. A run's part is the place of an arm ("arm0", "arm1", …), "axis", "number", "name", "marked" or "".
    """
    columns, rows = max(1, width - LEFT), max(1, height - 4)
    canvas, name = Canvas(columns, rows), one_line(picture.x, columns)
    canvas.dotted([(_column(0.0, columns), rows - 1.0), (_column(1.0, columns), 0.0)], "axis", 6.0)
    chosen = next((point for point in picture.points if point.label == marked), None)
    if chosen is not None:
        _draw_intervals(canvas, chosen)
    for cell, there in _by_cell(picture, columns, rows).items():
        _draw_members(canvas, cell, there, [arm for arm, _ in picture.arms], chosen)
    return [
        [Run(" " * LEFT, "", False), Run(one_line(picture.y, columns), "says", False)],
        *beside_numbers(canvas),
        *_below(columns),
        [Run(" " * (LEFT + columns - cell_len(name)), "", False), Run(name, "does", False)],
    ]


def _column(rate: float, columns: int) -> float:
    pad = min(_PAD, (columns - 1) // 2)
    return pad + min(1.0, max(0.0, rate)) * (columns - 1 - 2 * pad)


def _cell(point: ScatterPoint, columns: int, rows: int) -> _Cell:
    return _Cell(round(_column(point.x, columns)), round(row_of(point.y, rows)))


def _by_cell(picture: ScatterPicture, columns: int, rows: int) -> dict[_Cell, list[ScatterPoint]]:
    """The members of each cell. Where several are in each of two neighbouring cells they are taken together, as two
    digits beside each other would read as one number."""
    found: dict[_Cell, list[ScatterPoint]] = {}
    for point in sorted(picture.points, key=lambda point: point.x):
        found.setdefault(_cell(point, columns, rows), []).append(point)
    for cell in sorted(found, key=lambda cell: cell.column):
        right = _Cell(cell.column + 1, cell.row)
        if len(found[cell]) > 1 and len(found.get(right, ())) > 1:
            found[right] = [*found.pop(cell), *found[right]]
    return found


def _draw_intervals(canvas: Canvas, point: ScatterPoint) -> None:
    cell = _cell(point, canvas.width, canvas.height)
    canvas.level_bar(cell.row, _column(point.x_low, canvas.width), _column(point.x_high, canvas.width), "marked")
    canvas.bar(cell.column, row_of(point.y_high, canvas.height), row_of(point.y_low, canvas.height), "marked")


def _draw_members(
    canvas: Canvas, cell: _Cell, there: list[ScatterPoint], arms: Sequence[str], chosen: ScatterPoint | None
) -> None:
    """A sign, or how many there are; the colour is that of the arm with the most of them."""
    names = [point.arm for point in there]
    most = max(dict.fromkeys(names), key=names.count)
    count = len(there)
    glyph = there[0].glyph if count == 1 else str(count) if count <= _MANY else "+"
    part = f"arm{arms.index(most)}"
    canvas.sign(*cell, glyph, f"{part} marked" if chosen in there else part)


def _below(columns: int) -> Iterator[list[Run]]:
    axis = XAxis(_column(0.0, columns), _column(1.0, columns), 0.0, 1.0, log=False, gap=0)
    labels = labels_below(axis, ticks(columns // 3), columns)
    line = ["─"] * columns
    for label in labels:
        line[round(axis.place(label.of))] = "┬"
    yield [Run(" " * (LEFT - 1) + "└", "axis", False), Run("".join(line), "axis", False)]
    yield [Run(" " * LEFT, "", False), Run("".join(row_with(labels, columns)), "number", False)]
