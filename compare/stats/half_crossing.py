"""Where a curve over x crosses half of its range, and how much later a second curve crosses than a first one.

NumPy and SciPy are imported late, as they cost start-up time.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from diptych.compare.stats.crossed import Unit
from diptych.compare.stats.drawn_curves import DRAWS, Multipliers, drawn_curves
from diptych.compare.stats.monotone_curve import Curve, Direction, MonotoneFit, isotonic, monotone_fit, points_of

if TYPE_CHECKING:
    from numpy.typing import NDArray


class XInterval(msgspec.Struct, frozen=True):
    """95 %, in units of x."""

    low: float | None
    """None: below the lowest x that was measured, or there is no saying."""
    high: float | None
    """None: above the highest, or there is no saying."""


class Crossed(msgspec.Struct, frozen=True, tag="crossed"):
    """The fit crosses."""

    x: float
    interval: XInterval
    between: tuple[float, float]
    """The measured x below and above it."""
    unit: Unit


class NeverReached(msgspec.Struct, frozen=True, tag="never reached"):
    """The fit stays short of the given level up to the highest x."""

    highest: float


class ReachedFromStart(msgspec.Struct, frozen=True, tag="reached from the start"):
    """The fit is past the given level at the lowest x already."""

    lowest: float


class Flat(msgspec.Struct, frozen=True, tag="flat"):
    """No rise (or fall) that could be told from none."""

    lowest: float
    highest: float
    """The x that were measured."""


class TooFewPoints(msgspec.Struct, frozen=True, tag="too few points"):
    """Fewer than two x have answers."""


Crossing = Crossed | NeverReached | ReachedFromStart | Flat | TooFewPoints


class Lag(msgspec.Struct, frozen=True, tag="lag"):
    """Both cross: x of the second crossing minus x of the first. Positive: the second follows."""

    estimate: float
    interval: XInterval


class LagAtLeast(msgspec.Struct, frozen=True, tag="at least"):
    """The first crosses, the second does not up to the highest x: it follows by at least so much, if at all."""

    least: float
    """From the upper end of the interval of the first crossing to the highest x; 0 where that end is open."""


class LeadAtLeast(msgspec.Struct, frozen=True, tag="leads by at least"):
    """The second crosses, the first does not up to the highest x: the second leads by at least so much."""

    least: float
    """From the upper end of the interval of the second crossing to the highest x; 0 where that end is open."""


class NoLag(msgspec.Struct, frozen=True, tag="unknown"):
    """Neither crosses, or one is past its level from the start: the x that were measured cannot tell."""


CrossingLag = Lag | LagAtLeast | LeadAtLeast | NoLag


def half_crossing(
    curve: Curve, *, level: float | None = None, direction: Direction | None = None, log_x: bool = False
) -> Crossing:
    """The x at which the isotonic fit crosses half of its own range, or the given level of the rate.

    Between two measured x the fit is a straight line over x, or over the logarithm of x (`log_x`; x of 0 and below are
    left out). The range is that of the fit, from its lowest to its highest x: it must rise, or fall, more than
    `drawn_curves` explain by questions, trainings and answers that happened to be drawn (the slope over the ranks of x,
    95 %). Otherwise the curve is `Flat`. With a level that is not asked.

    The interval holds the middle 95 % of the crossings of the drawn curves. What happens between two points nobody
    measured: where more than .4 of the rise falls between two neighbours, a crossing between them is moved towards a
    random place there, and counts as anywhere between them from .9 on. (A straight line is that far off if the curve is
    logistic or the like.) So where a curve jumps, the interval is about as wide as the gap of x, however many answers
    there are.
    """
    return _located(curve, Multipliers(), level, direction, log_x).crossing


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

    The rows of both are the same members; `same_prompts`: the columns are the same prompts too. Members, and such
    prompts, weigh alike in the drawn curves of both, so that what they do to both crossings cancels. With `log_x` the
    lag is in units of log10 x: 1 is a factor of ten.
    """
    one = _located(first, Multipliers(0, same_prompts), levels[0], directions[0], log_x)
    other = _located(second, Multipliers(1, same_prompts), levels[1], directions[1], log_x)
    if isinstance(one.crossing, Crossed) and isinstance(other.crossing, Crossed):
        import numpy

        with numpy.errstate(invalid="ignore"):
            drawn = other.drawn - one.drawn
        estimate = other.estimate - one.estimate
        return Lag(estimate, _interval(_undecided(drawn, numpy.isnan(drawn)), estimate))
    if isinstance(one.crossing, Crossed) and isinstance(other.crossing, Flat | NeverReached):
        return LagAtLeast(_left(one, log_x))
    if isinstance(other.crossing, Crossed) and isinstance(one.crossing, Flat | NeverReached):
        return LeadAtLeast(_left(other, log_x))
    return NoLag()


class _Located(NamedTuple):
    """A crossing, with those of the drawn curves over x or log10 x; −∞ and ∞ where one is outside of what was
    measured."""

    crossing: Crossing
    estimate: float
    drawn: Any
    highest: float


def _located(
    curve: Curve, multipliers: Multipliers, level: float | None, direction: Direction | None, log_x: bool
) -> _Located:
    import numpy

    curve = _with_logarithm(curve) if log_x else curve
    fit = monotone_fit(curve, direction)
    if len(fit.x) < 2:
        return _Located(TooFewPoints(), math.nan, None, math.nan)
    sign = 1.0 if fit.direction == "rising" else -1.0
    lowest, highest = (10**end if log_x else end for end in (fit.x[0], fit.x[-1]))
    curves = sign * drawn_curves(curve, multipliers)
    outcome = _without_crossing(fit, curves, level, sign, (lowest, highest))
    if outcome is not None:
        return _Located(outcome, math.nan, None, fit.x[-1])
    weights = numpy.array(fit.n, dtype=float)
    fitted = numpy.array([isotonic(each, weights, "rising") for each in curves])
    own = sign * numpy.array([fit.fitted])
    x = numpy.array(fit.x)
    estimate = float(_crossings(own, x, level, sign, None)[0])
    drawn = _crossings(fitted, x, level, sign, multipliers.answers().uniform(size=DRAWS))
    interval = _interval(drawn, estimate)
    above = min(len(x) - 1, max(1, int(numpy.searchsorted(x, estimate))))
    shown = (10**each if log_x else each for each in (estimate, *x[above - 1 : above + 1].tolist()))
    at, below, beyond = shown
    if log_x:
        interval = XInterval(*(None if end is None else 10**end for end in (interval.low, interval.high)))
    return _Located(Crossed(at, interval, (below, beyond), _unit(curve)), estimate, drawn, fit.x[-1])


def _without_crossing(
    fit: MonotoneFit, curves: "NDArray[Any]", level: float | None, sign: float, ends: tuple[float, float]
) -> Crossing | None:
    """What there is to say of a curve that does not cross; None for one that does."""
    import numpy

    if level is not None:
        if sign * fit.fitted[0] >= sign * level:
            return ReachedFromStart(ends[0])
        return NeverReached(ends[1]) if sign * fit.fitted[-1] < sign * level else None
    ranks = numpy.arange(len(fit.x)) - (len(fit.x) - 1) / 2
    flat = fit.fitted[0] == fit.fitted[-1] or numpy.quantile(curves @ ranks, 0.025) <= 0
    return Flat(*ends) if flat else None


def _crossings(
    fitted: "NDArray[Any]", x: "NDArray[Any]", level: float | None, sign: float, places: "NDArray[Any] | None"
) -> "NDArray[Any]":
    """Where each of these rising fits crosses: the middle of where it is at half of its range. `places`, from 0 to 1:
    where in the gap between two x each would cross if it were not known how it rises there."""
    import numpy

    first, last = fitted[:, 0], fitted[:, -1]
    half = (first + last) / 2 if level is None else numpy.full(len(fitted), sign * level)
    row, end = numpy.arange(len(fitted)), len(x) - 1
    reached = numpy.clip((fitted < half[:, None]).sum(axis=1), 1, end)
    passed = numpy.clip((fitted <= half[:, None]).sum(axis=1), 1, end)
    found = numpy.zeros(len(fitted))
    for upper in (reached, passed):
        below, rise = fitted[row, upper - 1], fitted[row, upper] - fitted[row, upper - 1]
        safe = numpy.where(rise > 0, rise, 1.0)
        share = numpy.clip((half - below) / safe, 0.0, 1.0)
        if places is not None:
            unknown = numpy.clip(2 * rise / numpy.maximum(last - first, 1e-12) - 0.8, 0.0, 1.0)
            share = share * (1 - unknown) + places * unknown
        found += (x[upper - 1] + share * (x[upper] - x[upper - 1])) / 2
    found = numpy.where(half < first, -numpy.inf, numpy.where(half > last, numpy.inf, found))
    return _undecided(found, last - first <= 1e-9)


def _undecided(found: "NDArray[Any]", where: "NDArray[Any]") -> "NDArray[Any]":
    """Draws that say nothing count for either end alike."""
    import numpy

    places = numpy.flatnonzero(where)
    found[places[::2]], found[places[1::2]] = -numpy.inf, numpy.inf
    return found


def _interval(drawn: "NDArray[Any]", estimate: float) -> XInterval:
    import numpy

    ends: Sequence[float] = numpy.quantile(drawn, [0.025, 0.975], method="nearest").tolist()
    low, high = min(ends[0], estimate), max(ends[1], estimate)
    return XInterval(low if math.isfinite(low) else None, high if math.isfinite(high) else None)


def _left(located: _Located, log_x: bool) -> float:
    """From the upper end of the crossing's interval to the highest x."""
    assert isinstance(located.crossing, Crossed)
    high = located.crossing.interval.high
    if high is None:
        return 0.0
    return max(0.0, located.highest - (math.log10(high) if log_x else high))


def _with_logarithm(curve: Curve) -> Curve:
    import numpy

    x = numpy.asarray(curve.x, dtype=float)
    kept = x > 0
    cells = type(curve.cells)(*(numpy.atleast_2d(numpy.asarray(each))[kept] for each in curve.cells))
    runs = None if curve.runs is None else [name for name, keep in zip(curve.runs, kept, strict=True) if keep]
    return Curve(numpy.log10(x[kept]).tolist(), cells, runs)


def _unit(curve: Curve) -> Unit:
    points = points_of(curve)
    runs = [len(point.rows if curve.runs is None else {curve.runs[row] for row in point.rows}) for point in points]
    if max(runs) > 1:
        return "models"
    return "questions" if any(point.table.n.any(axis=0).sum() > 1 for point in points) else "answers"
