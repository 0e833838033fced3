"""Rates over several wordings of a question. Answers to one prompt are similar, so they count less than other prompts.

The model is beta-binomial: each prompt has a rate of its own around the overall rate, with an unknown intra-cluster
correlation. Its likelihood on a grid, with Jeffreys' prior for the rate and a uniform prior for the correlation, gives
both the interval for a planned N and the one that holds at any time. (Lee and
Sabavala 1987, Bayesian estimation and prediction for the beta-binomial model, Journal of Business & Economic
Statistics 5; on such intervals as confidence intervals, Brown, Cai and DasGupta 2001, Interval estimation for a
binomial proportion, Statistical Science 16.) Of the intervals tried for 2 to 20 prompts, its coverage is nearest to
95 %. Wilson's interval on an effective sample size with a t quantile is wider, and still misses rates near 0 or 1 more
often. benchmarks/coverage.py has both.

NumPy and SciPy are imported late, as they cost start-up time.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from diptych.compare.stats.binomial import Interval, Trials

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

_RATES, _CORRELATIONS = 200, 24
"""Points of the grid. Those of the rate are equally likely a priori; those of the correlation are denser near 0."""


def clustered_rate(prompts: Sequence[Trials]) -> Interval:
    """The 95 % interval for the rate over all prompts, from k of n for each; for a planned n that was reached.

    The central 95 % of the posterior, extended to 0 or 1 if no answer or every answer shows the pattern, and to the
    observed rate.
    """
    k, n = _total(prompts)
    if n == 0:
        return Interval(0.0, 1.0)
    import numpy

    below = numpy.cumsum(_evidence(prompts) @ _weights() / _RATES)
    edges = numpy.linspace(0, math.pi / 2, _RATES + 1)
    low, high = (math.sin(numpy.interp(tail, [0.0, *below], edges)) ** 2 for tail in (0.025, 0.975))
    return Interval(0.0 if k == 0 else min(low, k / n), 1.0 if k == n else max(high, k / n))


def clustered_sequence(prompts: Sequence[Trials], alpha: float = 0.05) -> Interval:
    """An interval for the rate over all prompts that holds at every number of answers.

    The rates whose posterior is at least α times their prior, at some correlation. (The prior-posterior ratio is a
    martingale: Waudby-Smith and Ramdas 2020, Confidence sequences for sampling without replacement, NeurIPS 33.)
    """
    k, n = _total(prompts)
    if n == 0:
        return Interval(0.0, 1.0)
    import numpy

    inside = numpy.flatnonzero(_evidence(prompts).max(axis=1) >= alpha)
    # The points are the centres of cells: the interval consists of whole cells.
    low, high = (math.sin(edge / _RATES * math.pi / 2) ** 2 for edge in (inside[0], inside[-1] + 1))
    return Interval(0.0 if k == 0 else min(low, k / n), 1.0 if k == n else max(high, k / n))


def clustered_difference(first: Mapping[str, Trials], second: Mapping[str, Trials]) -> Interval:
    """The 95 % interval for the first rate minus the second, each from k of n by prompt; sides are paired by prompt.

    From the two clustered intervals as by Newcombe (1998), Improved confidence intervals for the difference between
    binomial proportions based on paired data, Statistics in Medicine 17, method 10. The correlation of the two rates is
    estimated over prompts, shrunk towards 0 if prompts are few, and 0 if it is negative.
    """
    k1, n1 = _total(list(first.values()))
    k2, n2 = _total(list(second.values()))
    if n1 == 0 or n2 == 0:
        return Interval(-1.0, 1.0)
    p1, p2 = k1 / n1, k2 / n2
    (l1, u1), (l2, u2) = clustered_rate(list(first.values())), clustered_rate(list(second.values()))
    together = _correlation(first, second, p1, p2)
    low = p1 - p2 - _side(p1 - l1, u2 - p2, together)
    high = p1 - p2 + _side(u1 - p1, p2 - l2, together)
    return Interval(max(-1.0, low), min(1.0, high))


def clustered_sequence_difference(first: Sequence[Trials], second: Sequence[Trials], alpha: float = 0.05) -> Interval:
    """An interval for the first rate minus the second that holds at every number of answers: each rate at α/2."""
    a, b = clustered_sequence(first, alpha / 2), clustered_sequence(second, alpha / 2)
    return Interval(a.low - b.high, a.high - b.low)


def _total(prompts: Sequence[Trials]) -> Trials:
    return Trials(sum(k for k, _ in prompts), sum(n for _, n in prompts))


def _side(own: float, other: float, together: float) -> float:
    """How far the interval extends to one side of the difference."""
    return math.sqrt(max(0.0, own * own - 2 * together * own * other + other * other))


def _correlation(first: Mapping[str, Trials], second: Mapping[str, Trials], p1: float, p2: float) -> float:
    shared = first.keys() & second.keys()
    off = [(first[p].k - p1 * first[p].n, second[p].k - p2 * second[p].n) for p in shared]
    product = sum(a * b for a, b in off)
    if product <= 0:
        return 0.0
    scale = math.sqrt(sum(a * a for a, _ in off) * sum(b * b for _, b in off))
    return product / scale * (len(off) - 1) / (len(off) + 3)


def _evidence(prompts: Sequence[Trials]) -> "NDArray[numpy.float64]":
    """Posterior divided by prior, for each rate (rows) and correlation (columns) of the grid."""
    import numpy

    # Many prompts have the same counts.
    counts = Counter(prompts).items()
    logs = sum((times * _log_likelihood(*each) for each, times in counts), start=numpy.zeros((_RATES, _CORRELATIONS)))
    likelihood = numpy.exp(logs - logs.max())
    return likelihood / (likelihood @ _weights()).mean()  # type: ignore[no-any-return]


def _weights() -> "NDArray[numpy.float64]":
    """The prior of each correlation: uniform from 0 to 1, for points that are squares of equally spaced ones."""
    roots = _roots()
    return roots / roots.sum()  # type: ignore[no-any-return]


def _roots() -> "NDArray[Any]":
    import numpy

    return (numpy.arange(_CORRELATIONS) + 0.5) / _CORRELATIONS


@lru_cache(maxsize=500)
def _log_likelihood(k: int, n: int) -> Any:
    """The log-likelihood of k in n answers to one prompt, for each rate and correlation of the grid."""
    import numpy
    from scipy.special import betaln

    # Jeffreys' prior is uniform in the angle whose sine is the root of the rate.
    rates = numpy.sin((numpy.arange(_RATES) + 0.5) / _RATES * math.pi / 2)[:, None] ** 2
    correlations = _roots() ** 2
    present = rates * (1 - correlations) / correlations
    absent = (1 - rates) * (1 - correlations) / correlations
    return betaln(k + present, n - k + absent) - betaln(present, absent)
