"""Rates corrected for the errors of the detector or judge that counted them, by hand labels of some answers.

The estimate is that of prediction-powered inference with its power tuning (Angelopoulos, Duchi and Zrnic 2023, PPI++:
Efficient prediction-powered inference, arXiv:2311.01453). For a verdict of yes or no it takes a simple form, which is
Tenenbein's (1970, A double sampling scheme for estimating from binomial data with misclassifications, JASA 65): the
share of answers with the verdict "present", times the share of these that people confirm, plus the share with
"absent", times the share of these in which people see the pattern all the same.

The normal interval of PPI++ needs many labels. With 20 it has no width, or almost none, where people agree with the
detector on every answer, and it misses rates near 0 and 1. So the interval here is put together from the intervals of
the three shares: by the method of variance estimates recovery (Zou, Huang and Zhang 2009, A note on confidence interval
estimation for a linear function of binomial proportions, Computational Statistics and Data Analysis 53). Those of the
labelled shares are mid-P intervals (Berry and Armitage 1995, Mid-P confidence intervals: a brief review, The
Statistician 44); that of the verdicts is the one that the uncorrected rate has. Of Wilson, Jeffreys, mid-P and
Clopper-Pearson intervals as parts, mid-P ones were the narrowest whose coverage stayed near 95 % for every rate:
benchmarks/coverage.py prints it, with that of the uncorrected rate and of PPI++.

The labelled answers must be drawn at random. SciPy is imported late, as it costs start-up time.
"""

import math
from functools import lru_cache
from typing import NamedTuple

from diptych.compare.stats.binomial import Interval, Trials, edge


class Corrected(NamedTuple):
    """A rate as people would have counted it."""

    rate: float
    interval: Interval
    """95 %."""


def corrected_rate(found: Trials, found_interval: Interval, present: Trials, absent: Trials) -> Corrected | None:
    """The rate in all answers, corrected by the labels of some that were drawn at random; None without labels.

    `found`: in how many of all answers the detector saw the pattern, with the interval of that rate. `present`: of the
    labelled answers in which the detector saw it, in how many people see it too; `absent`: of those in which the
    detector did not, in how many people do. Where none of either was labelled, the estimate takes the detector's word,
    and the interval allows for everything.
    """
    if found.n == 0 or present.n + absent.n == 0:
        return None
    share = found.k / found.n
    confirmed = present.k / present.n if present.n else 1.0
    missed = absent.k / absent.n if absent.n else 0.0
    rate = share * confirmed + (1 - share) * missed
    of_present, of_absent = mid_p(*present), mid_p(*absent)
    # A larger share of "present" makes the rate larger only if people confirm more of these.
    gain = confirmed - missed
    fewer, more = found_interval.low - share, found_interval.high - share
    down, up = (fewer, more) if gain >= 0 else (more, fewer)
    low = math.hypot(share * (confirmed - of_present.low), (1 - share) * (missed - of_absent.low), gain * down)
    high = math.hypot(share * (of_present.high - confirmed), (1 - share) * (of_absent.high - missed), gain * up)
    return Corrected(rate, Interval(max(0.0, rate - low), min(1.0, rate + high)))


def corrected_difference(first: Corrected, second: Corrected) -> tuple[float, Interval]:
    """The first corrected rate minus the second, with its 95 % interval, from the intervals of both as in Newcombe's
    method 10."""
    difference = first.rate - second.rate
    low = math.hypot(first.rate - first.interval.low, second.interval.high - second.rate)
    high = math.hypot(first.interval.high - first.rate, second.rate - second.interval.low)
    return difference, Interval(max(-1.0, difference - low), min(1.0, difference + high))


@lru_cache(maxsize=2000)
def mid_p(k: int, n: int) -> Interval:
    """The 95 % mid-P interval for k of n: of the observed number itself, half of the probability counts as further
    out."""
    if n == 0:
        return Interval(0.0, 1.0)

    def too_low(rate: float) -> bool:
        return _at_least(k, n, rate) + _at_least(k + 1, n, rate) < 0.05

    def too_high(rate: float) -> bool:
        return 2 - _at_least(k, n, rate) - _at_least(k + 1, n, rate) < 0.05

    low = 0.0 if k == 0 else edge(too_low, 0.0, k / n)
    return Interval(low, 1.0 if k == n else edge(too_high, 1.0, k / n))


def _at_least(k: int, n: int, rate: float) -> float:
    """The probability of k or more of n."""
    from scipy.special import betainc

    if k == 0:
        return 1.0
    return float(betainc(k, n - k + 1, rate)) if k <= n else 0.0
