"""A rate or mean over a number x of each member (dose, training step, rank), as a curve that only rises or only falls.

NumPy and SciPy are imported late, as they cost start-up time.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from diptych.compare.stats.crossed import Cells, Sums

Direction = Literal["rising", "falling"]


class Curve(NamedTuple):
    """The members of one arm over x."""

    x: Sequence[float]
    """Of each member (a row of `cells`), in any order; several may share one."""
    cells: Cells | Sums
    runs: Sequence[str] | None = None
    """The seed or training run of each member, if there are several. Members of one run are drawn together: the
    checkpoints of a training, the doses of an adapter. None: every member is a training of its own."""


class MonotoneFit(NamedTuple):
    """One place for each x, in rising order."""

    x: tuple[float, ...]
    observed: tuple[float, ...]
    """The rate or mean over all answers at that x."""
    fitted: tuple[float, ...]
    n: tuple[int, ...]
    """Answers; x without any are left out."""
    direction: Direction


def monotone_fit(curve: Curve, direction: Direction | None = None) -> MonotoneFit:
    """The isotonic fit, weighted by answers, in the direction given or the one that fits better."""
    raise NotImplementedError
