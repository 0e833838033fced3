"""Where a curve over x crosses half of its range, and how far apart two curves cross.

NumPy and SciPy are imported late, as they cost start-up time.
"""

import msgspec

from diptych.compare.stats.crossed import Cells, Sums, Unit
from diptych.compare.stats.monotone_curve import Curve, Direction


class XInterval(msgspec.Struct, frozen=True):
    """95 %, in units of x."""

    low: float | None
    """None: below the lowest x that was measured, nobody knows how far."""
    high: float | None
    """None: above the highest."""


class Crossed(msgspec.Struct, frozen=True, tag="crossed"):
    """The fit crosses."""

    x: float
    interval: XInterval
    between: tuple[float, float]
    """The measured x below and above it."""
    unit: Unit


class NeverReached(msgspec.Struct, frozen=True, tag="never reached"):
    """The fit stays short of a given level up to the highest x."""

    highest: float


class ReachedFromStart(msgspec.Struct, frozen=True, tag="reached from the start"):
    """The fit is past a given level at the lowest x already."""

    lowest: float


class Flat(msgspec.Struct, frozen=True, tag="flat"):
    """No rise (or fall) that could be told from none."""

    lowest: float
    highest: float
    """The x that were measured."""


Crossing = Crossed | NeverReached | ReachedFromStart | Flat


class Lag(msgspec.Struct, frozen=True, tag="lag"):
    """Both cross: x of the second crossing minus x of the first. Positive: the second follows."""

    estimate: float
    interval: XInterval


class LagAtLeast(msgspec.Struct, frozen=True, tag="at least"):
    """The first crosses, the second does not up to the highest x: it follows by at least so much, if at all."""

    least: float
    """With 95 % confidence: the highest x minus the upper end of the first crossing's interval; 0 where that is
    open."""


class LeadAtLeast(msgspec.Struct, frozen=True, tag="leads by at least"):
    """The second crosses, the first does not: the second leads by at least so much."""

    least: float


class NoLag(msgspec.Struct, frozen=True, tag="unknown"):
    """Neither crosses, or the order of the two cannot be known from the x that were measured."""


CrossingLag = Lag | LagAtLeast | LeadAtLeast | NoLag


def half_crossing(
    curve: Curve, *, level: float | None = None, direction: Direction | None = None, log_x: bool = False
) -> Crossing:
    """The x at which the isotonic fit crosses half of its own range, or the given level of the rate.

    Between two measured x the fit is a straight line over x, or over the logarithm of x (`log_x`; x > 0, others are
    left out).
    """
    raise NotImplementedError


def crossing_lag(
    first: Curve,
    second: Curve,
    *,
    same_prompts: bool,
    levels: tuple[float | None, float | None] = (None, None),
    directions: tuple[Direction | None, Direction | None] = (None, None),
    log_x: bool = False,
) -> CrossingLag:
    """How much later over x the second measure of the same members crosses than the first.

    The rows of both are the same members. `same_prompts`: the columns are the same prompts too. With `log_x` the lag is
    in units of log10 x: 1 is a factor of ten.
    """
    raise NotImplementedError


def first_above(curve: Curve, base: Cells | Sums, direction: Direction = "rising") -> float | None:
    """The lowest x from which on, up to the highest, the rate is above (or, falling, below) that of the base arm."""
    raise NotImplementedError
