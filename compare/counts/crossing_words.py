"""Where a curve crosses half of its range, and which of two rises first, in words: the same wherever it is read."""

from diptych.compare.counts.family_results import CurveResult
from diptych.compare.stats import (
    Crossed,
    CrossingLag,
    Flat,
    Lag,
    LagAtLeast,
    LeadAtLeast,
    NeverReached,
    ReachedFromStart,
    XInterval,
)
from diptych.number_words import three_digits, x_words


def crossing_words(curve: CurveResult, x: str) -> str:
    """For example "rises, half way at dose .62 [.50, .75]". `x`: what x is."""
    move, half = "rises" if curve.direction == "rising" else "falls", curve.half
    lowest, highest = curve.points[0].x, curve.points[-1].x
    if isinstance(half, Crossed):
        return f"{move}, half way at {x} {x_words(half.x)} {_interval(half.interval, lowest, highest)}"
    if isinstance(half, Flat):
        return f"neither rises nor falls from {x} {x_words(half.lowest)} to {x_words(half.highest)}"
    if isinstance(half, NeverReached):
        return f"{move}, but is not half way at {x} {x_words(half.highest)}"
    assert isinstance(half, ReachedFromStart)
    return f"{move}, and is half way at {x} {x_words(half.lowest)} already"


def lag_words(lag: CrossingLag, x: str, log: bool) -> str:
    """For example "the report follows the behaviour by .21 [.10, .33] of dose". `log`: whether the lag is in units of
    log10 x."""
    if isinstance(lag, Lag):
        move, sign = ("follows", 1) if lag.estimate >= 0 else ("leads", -1)
        ends = [lag.interval.low, lag.interval.high][::sign]
        low, high = ("?" if end is None else _by(sign * end, log) for end in ends)
        return f"the report {move} the behaviour by {_size(abs(lag.estimate), x, log, f' [{low}, {high}]')}"
    if isinstance(lag, LagAtLeast):
        return f"the report follows the behaviour by at least {_size(lag.least, x, log)}, if at all"
    if isinstance(lag, LeadAtLeast):
        return f"the report leads the behaviour by at least {_size(lag.least, x, log)}"
    return "which of the two rises first cannot be told"


def _size(by: float, x: str, log: bool, interval: str = "") -> str:
    return f"a factor of {_by(by, log)}{interval} in {x}" if log else f"{_by(by, log)}{interval} of {x}"


def _by(by: float, log: bool) -> str:
    return three_digits(10**by) if log else ("−" if by < 0 else "") + x_words(abs(by))


def _interval(interval: XInterval, lowest: float, highest: float) -> str:
    """The ends; one that is open lies below the lowest or above the highest x, nobody knows how far."""
    low = f"below {x_words(lowest)}" if interval.low is None else x_words(interval.low)
    high = f"above {x_words(highest)}" if interval.high is None else x_words(interval.high)
    return f"[{low}, {high}]"
