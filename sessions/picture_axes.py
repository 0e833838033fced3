"""Where numbers stand on the axis of x of a picture, and which of them are written."""

from collections.abc import Iterable, Sequence
from math import log10
from typing import NamedTuple


class XAxis(NamedTuple):
    """Places of numbers, in cells or in pixels."""

    first: float
    last: float
    """The places of the smallest number and of the greatest."""
    low: float
    high: float
    """These numbers."""
    log: bool
    gap: float
    """What lies between numbers that are not above 0 and the rest of a logarithmic axis; 0 where there are none."""

    @classmethod
    def of(cls, numbers: Sequence[float], first: float, last: float, log: bool, gap: float) -> "XAxis":
        """An axis from the place `first` to `last` on which all of the numbers have a place. It is linear where none is
        above 0."""
        positive = [number for number in numbers if number > 0]
        log = log and bool(positive)
        broken = log and len(positive) < len(numbers)
        shown = positive if log else numbers
        gap = min(gap, last - first) if broken else 0
        return cls(first, last, min(shown, default=0.0), max(shown, default=0.0), log, gap)

    def place(self, number: float) -> float:
        """The place of a number."""
        if self.log and number <= 0:
            return self.first
        first = self.first + self.gap
        if self.high == self.low:
            return (first + self.last) / 2
        low, high, at = map(log10, (self.low, self.high, number)) if self.log else (self.low, self.high, number)
        return first + (at - low) / (high - low) * (self.last - first)


class AxisLabel(NamedTuple):
    """A number that is written beside an axis."""

    start: float
    end: float
    """From where to where it is written."""
    text: str
    of: float


def without_overlap(labels: Iterable[AxisLabel], gap: float) -> list[AxisLabel]:
    """Return the first label, the last, and of the others all that have room, with at least a `gap` between any two."""
    placed = list(labels)
    chosen = placed[:1]
    last = placed[-1] if len(placed) > 1 else None
    for label in placed[1:-1]:
        if chosen[-1].end + gap <= label.start and (last is None or label.end + gap <= last.start):
            chosen.append(label)
    return [*chosen, last] if last is not None and chosen[-1].end + gap <= last.start else chosen
