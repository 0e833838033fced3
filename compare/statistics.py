"""Rates, differences and their intervals.

SciPy is imported late: it costs more than a second, and the console needs only the closed forms here.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

_Z95 = 1.959963984540054


class Interval(NamedTuple):
    """Lower and upper end, each in [0, 1] for a rate and in [−1, 1] for a difference."""

    low: float
    high: float


def wilson(k: int, n: int, z: float = _Z95) -> Interval:
    """The score interval for k of n, 95 % by default; for a planned n that was reached.

    Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22.
    """
    if n == 0:
        return Interval(0.0, 1.0)
    rate, zz = k / n, z * z
    center = (rate + zz / (2 * n)) / (1 + zz / n)
    half = z / (1 + zz / n) * math.sqrt(rate * (1 - rate) / n + zz / (4 * n * n))
    return Interval(0.0 if k == 0 else max(0.0, center - half), 1.0 if k == n else min(1.0, center + half))


def newcombe(k1: int, n1: int, k2: int, n2: int) -> Interval:
    """The 95 % interval for k1/n1 − k2/n2, from the two Wilson intervals.

    Newcombe (1998), Interval estimation for the difference between independent proportions, Statistics in
    Medicine 17, method 10.
    """
    if n1 == 0 or n2 == 0:
        return Interval(-1.0, 1.0)
    p1, p2 = k1 / n1, k2 / n2
    (l1, u1), (l2, u2) = wilson(k1, n1), wilson(k2, n2)
    low = p1 - p2 - math.hypot(p1 - l1, u2 - p2)
    high = p1 - p2 + math.hypot(u1 - p1, p2 - l2)
    return Interval(max(-1.0, low), min(1.0, high))


def exact_test(k1: int, n1: int, k2: int, n2: int) -> float:
    """Two-sided p-value of Fisher's exact test that both rates are the same; 1 without samples."""
    if n1 == 0 or n2 == 0:
        return 1.0
    from scipy.stats import fisher_exact

    return float(fisher_exact([[k1, n1 - k1], [k2, n2 - k2]]).pvalue)


def mean_interval(numbers: Sequence[float]) -> Interval | None:
    """The 95 % interval of a mean, by the bootstrap with 2,000 draws (bias-corrected and accelerated, Efron 1987,
    Better bootstrap confidence intervals, JASA 82); None for fewer than two numbers."""
    if len(numbers) < 2:
        return None
    if min(numbers) == max(numbers):
        return Interval(numbers[0], numbers[0])
    import numpy
    from scipy.stats import bootstrap

    drawn = bootstrap((numbers,), numpy.mean, n_resamples=2000, rng=numpy.random.default_rng(0))
    return Interval(float(drawn.confidence_interval.low), float(drawn.confidence_interval.high))


def confidence_sequence(k: int, n: int, alpha: float = 0.05) -> Interval:
    """An interval for k of n that holds at every n at once, so that a reader may look, and stop, at any time.

    The rates p at which the beta-binomial mixture martingale with a uniform prior stays under 1/alpha:
    Robbins (1970), Statistical methods related to the law of the iterated logarithm, Ann. Math. Stat. 41, by
    Ville's inequality; the mixture is that of Howard et al. (2021), Time-uniform, nonparametric, nonasymptotic
    confidence sequences, Ann. Stat. 49.
    """
    if n == 0:
        return Interval(0.0, 1.0)
    log_mixture = math.lgamma(k + 1) + math.lgamma(n - k + 1) - math.lgamma(n + 2)
    rate = k / n

    def outside(p: float) -> bool:
        likelihood = (k * math.log(p) if k else 0.0) + ((n - k) * math.log1p(-p) if n - k else 0.0)
        return log_mixture - likelihood > -math.log(alpha)

    low = 0.0 if k == 0 else _edge(outside, 0.0, rate)
    high = 1.0 if k == n else _edge(outside, 1.0, rate)
    return Interval(low, high)


def sequence_difference(k1: int, n1: int, k2: int, n2: int) -> Interval:
    """An interval for the difference of two rates that holds at every n: each rate at 97.5 %, Bonferroni."""
    a, b = confidence_sequence(k1, n1, 0.025), confidence_sequence(k2, n2, 0.025)
    return Interval(a.low - b.high, a.high - b.low)


def smallest_visible_rate(n: int) -> float:
    """The rate that n samples would show at least once with 95 % probability."""
    return 1.0 if n == 0 else 1 - 0.05 ** (1 / n)


def _edge(outside, out: float, inside: float) -> float:  # type: ignore[no-untyped-def]
    """Where `outside` turns, between a point out of the interval and one in it, to 1e-9."""
    while abs(out - inside) > 1e-9:
        middle = (out + inside) / 2
        if outside(middle):
            out = middle
        else:
            inside = middle
    return inside
