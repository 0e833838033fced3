"""Cells to draw a plot into: signs, vertical bars to half a cell, dotted lines to a quarter of one."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import hypot
from typing import NamedTuple

from rich.cells import cell_len

from diptych.tui.plots import BRAILLE_DOTS

Point = tuple[float, float]
"""Column and row of the canvas; rows count downwards, and whole numbers are the middles of cells."""
_DOTS_APART = 2.0
"""How far apart the dots of a line are, in dots of a braille sign: a cell is two wide and four high."""


class Run(NamedTuple):
    """Neighbouring cells of a row that look alike."""

    text: str
    part: str
    shaded: bool


class Canvas:
    """What is drawn later covers what was drawn before; dots lie below all else."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._signs: dict[tuple[int, int], tuple[str, str]] = {}
        self._dots: dict[tuple[int, int], tuple[int, str]] = {}
        self._rules: dict[int, str] = {}
        self._shaded: set[int] = set()

    def sign(self, column: int, row: int, sign: str, part: str) -> None:
        """Set a sign of one cell; nothing outside of the canvas."""
        if 0 <= column < self.width and 0 <= row < self.height:
            self._signs[column, row] = sign, part

    def text(self, column: int, row: int, words: str, part: str) -> None:
        """Write words from a column on."""
        for character in words:
            cells = cell_len(character)
            if cells:
                self.sign(column, row, character, part)
            if cells == 2:
                # Its second cell is a part of the first.
                self.sign(column + 1, row, "", part)
            column += cells

    def sign_at(self, column: int, row: int) -> str:
        """Return the sign that was set; "" where there is none."""
        return self._signs.get((column, row), ("", ""))[0]

    def rule(self, row: int, part: str) -> None:
        """Draw a line over the whole width, below all signs and dots."""
        if 0 <= row < self.height:
            self._rules[row] = part

    def shade(self, top: float, bottom: float) -> None:
        """Shade all rows of which at least a half lies between the two."""
        self._shaded |= {
            row for row in range(self.height) if min(row + 0.5, bottom + 0.001) - max(row - 0.5, top - 0.001) >= 0.5
        }

    def bar(self, column: int, top: float, bottom: float, part: str) -> None:
        """Draw a vertical line that begins and ends at half a cell; one of less than a quarter of a cell is none."""
        for row in range(max(0, round(top) - 1), min(self.height, round(bottom) + 2)):
            upper = _overlap(row - 0.5, row, top, bottom) >= 0.25
            lower = _overlap(row, row + 0.5, top, bottom) >= 0.25
            if upper or lower:
                self.sign(column, row, "│" if upper and lower else "╵" if upper else "╷", part)

    def level_bar(self, row: int, left: float, right: float, part: str) -> None:
        """Draw a horizontal line between two columns."""
        for column in range(round(left), round(right) + 1):
            self.sign(column, row, "─", part)

    def dotted(self, points: Sequence[Point], part: str, apart: float = _DOTS_APART) -> None:
        """Draw a line through points as dots that are equally far apart, however steep it is."""
        left = 0.0
        for (x0, y0), (x1, y1) in pairwise(points):
            length = hypot(2 * (x1 - x0), 4 * (y1 - y0))
            while left <= length and length:
                share = left / length
                self._dot(x0 + (x1 - x0) * share, y0 + (y1 - y0) * share, part)
                left += apart
            left -= length

    def _dot(self, x: float, y: float, part: str) -> None:
        right, down = int((x + 0.5) * 2), int((y + 0.5) * 4)
        cell = right // 2, down // 4
        if 0 <= cell[0] < self.width and 0 <= cell[1] < self.height:
            bits = self._dots.get(cell, (0, ""))[0]
            self._dots[cell] = bits | BRAILLE_DOTS[down % 4][right % 2], part

    def rows(self) -> Iterator[list[Run]]:
        """Yield each row from the top."""
        for row in range(self.height):
            runs: list[Run] = []
            for column in range(self.width):
                text, part = self._cell(column, row)
                shaded = row in self._shaded
                if runs and (runs[-1].part, runs[-1].shaded) == (part, shaded):
                    runs[-1] = Run(runs[-1].text + text, part, shaded)
                else:
                    runs.append(Run(text, part, shaded))
            yield runs

    def _cell(self, column: int, row: int) -> tuple[str, str]:
        if found := self._signs.get((column, row)):
            return found
        if dots := self._dots.get((column, row)):
            return chr(0x2800 + dots[0]), dots[1]
        return ("─", self._rules[row]) if row in self._rules else (" ", "")


def _overlap(low: float, high: float, top: float, bottom: float) -> float:
    return min(high, bottom) - max(low, top)
