"""A rate or mean over a number x of each member (dose, training step, rank), as a curve that only rises or only falls.

NumPy and SciPy are imported late, as they cost start-up time.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from diptych.compare.stats.crossed import Cells, Sums, Tabulated, tabulate

if TYPE_CHECKING:
    from numpy.typing import NDArray

Direction = Literal["rising", "falling"]


class Curve(NamedTuple):
    """The members of one arm over x."""

    x: Sequence[float]
    """Of each member (a row of `cells`), in any order; several may share one."""
    cells: Cells | Sums
    runs: Sequence[str] | None = None
    """The seed or training run of each member. Members of one run are drawn together: the checkpoints of a training,
    the doses of an adapter. None: every member is a training of its own."""


class MonotoneFit(NamedTuple):
    """One place for each x, in rising order."""

    x: tuple[float, ...]
    observed: tuple[float, ...]
    """The rate or mean over all answers at that x."""
    fitted: tuple[float, ...]
    n: tuple[int, ...]
    """Answers; x without any are left out."""
    direction: Direction


class Point(NamedTuple):
    """The members at one x."""

    x: float
    table: Tabulated
    """With all prompts, and the members that have answers."""
    rows: tuple[int, ...]
    """Where these members stand in the curve."""

    @property
    def cells(self) -> Cells | Sums:
        """These members, with all prompts."""
        table = self.table
        return Cells(table.total, table.n) if table.binary else Sums(table.total, table.squares, table.n)


def monotone_fit(curve: Curve, direction: Direction | None = None) -> MonotoneFit:
    """The isotonic fit, weighted by answers, in the direction given or the one that fits better.

    By pooling adjacent violators: Barlow, Bartholomew, Bremner and Brunk (1972), Statistical inference under order
    restrictions; scipy.optimize.isotonic_regression.
    """
    points = points_of(curve)
    observed = [point.table.mean for point in points]
    weights = [float(point.table.n.sum()) for point in points]
    directions: tuple[Direction, ...] = (direction,) if direction else ("rising", "falling")
    fits = {each: isotonic(observed, weights, each) for each in directions}
    best = min(directions, key=lambda each: float(((fits[each] - observed) ** 2 * weights).sum()))
    x, counts = (tuple(numbers) for numbers in ([point.x for point in points], map(int, weights)))
    return MonotoneFit(x, tuple(observed), tuple(fits[best].tolist()), counts, best)


def isotonic(observed: Any, weights: Any, direction: Direction) -> "NDArray[Any]":
    """The fit at each point."""
    import numpy
    from scipy.optimize import isotonic_regression

    if not len(observed):
        return numpy.zeros(0)
    fit: NDArray[Any] = isotonic_regression(observed, weights=weights, increasing=direction == "rising").x
    return fit


def points_of(curve: Curve) -> list[Point]:
    """The points that have answers, in rising order of x."""
    import numpy

    kind = type(curve.cells)
    counts = [numpy.atleast_2d(numpy.asarray(each, dtype=float)) for each in curve.cells]
    x = numpy.asarray(curve.x, dtype=float)
    answered = counts[-1].any(axis=1)
    points = []
    for place in numpy.unique(x[answered]).tolist():
        rows = numpy.flatnonzero(answered & (x == place))
        table = tabulate(kind(*(each[rows] for each in counts)), keep_prompts=True)
        points.append(Point(place, table, tuple(rows.tolist())))
    return points
