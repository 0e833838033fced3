"""Means of numbers that were read in answers, and their intervals.

NumPy and SciPy are imported late, as they cost start-up time.
"""

import math
from collections.abc import Mapping, Sequence

from diptych.compare.stats.binomial import Interval

Numbers = Mapping[str, Sequence[float]]
"""The numbers of each prompt."""


def mean_interval(numbers: Numbers) -> Interval | None:
    """The 95 % interval of the mean over all numbers; None for fewer than two of them.

    For one prompt, by the bootstrap with 2,000 draws (bias-corrected and accelerated, Efron 1987, Better bootstrap
    confidence intervals, JASA 82). For several prompts, usually few, from the spread between prompts, with a t
    quantile for their number (Cameron and Miller 2015, A practitioner's guide to cluster-robust inference, Journal of
    Human Resources 50): a bootstrap over few prompts would be much too narrow.
    """
    pooled = _pooled(numbers)
    if len(pooled) < 2:
        return None
    if _prompts(numbers) > 1:
        return _around(_mean(pooled), _t(_prompts(numbers)) * _clustered_error(_shares(numbers)))
    if min(pooled) == max(pooled):
        return Interval(pooled[0], pooled[0])
    import numpy
    from scipy.stats import bootstrap

    drawn = bootstrap((pooled,), numpy.mean, n_resamples=2000, rng=numpy.random.default_rng(0))
    return Interval(float(drawn.confidence_interval.low), float(drawn.confidence_interval.high))


def mean_difference(first: Numbers, second: Numbers) -> Interval | None:
    """The 95 % interval of the first mean minus the second, paired by prompt; None for fewer than two numbers a side.

    As for one mean: by the bootstrap for one prompt, from the differences between prompts for several.
    """
    own, other = _pooled(first), _pooled(second)
    if len(own) < 2 or len(other) < 2:
        return None
    gap = _mean(own) - _mean(other)
    prompts = len({prompt for side in (first, second) for prompt, numbers in side.items() if numbers})
    if prompts > 1:
        shares, others = _shares(first), _shares(second)
        paired = {prompt: shares.get(prompt, 0.0) - others.get(prompt, 0.0) for prompt in shares.keys() | others.keys()}
        return _around(gap, _t(prompts) * _clustered_error(paired))
    if min(own) == max(own) and min(other) == max(other):
        return Interval(gap, gap)
    import numpy
    from scipy.stats import bootstrap

    def difference(a, b, axis):  # type: ignore[no-untyped-def]
        return numpy.mean(a, axis=axis) - numpy.mean(b, axis=axis)

    drawn = bootstrap((own, other), difference, n_resamples=2000, rng=numpy.random.default_rng(0))
    return Interval(float(drawn.confidence_interval.low), float(drawn.confidence_interval.high))


def mean_sequence(numbers: Numbers, alpha: float = 0.05) -> Interval | None:
    """An interval of the mean that holds at every number of answers; None while there are too few for any.

    The means that the t test of Wang and Ramdas (2025), Anytime-valid t-tests and confidence sequences for Gaussian
    means with unknown variance, Sequential Analysis 44, does not exclude: exact for numbers from a normal distribution.
    For several prompts, their spread and number are used as degrees of freedom, which is only an approximation.
    """
    pooled, prompts = _pooled(numbers), _prompts(numbers)
    n = len(pooled)
    if n < 2:
        return None
    mean = _mean(pooled)
    error = math.sqrt(sum((x - mean) ** 2 for x in pooled) / (n - 1) / n)
    if prompts > 1:
        error = max(error, _clustered_error(_shares(numbers)))
    most = _most_at_any_time(n, prompts - 1 if prompts > 1 else n - 1, alpha)
    return None if most is None else _around(mean, most * error)


def mean_sequence_difference(first: Numbers, second: Numbers) -> Interval | None:
    """An interval of the first mean minus the second that holds at every number of answers: each mean at 97.5 %."""
    a, b = mean_sequence(first, 0.025), mean_sequence(second, 0.025)
    return None if a is None or b is None else Interval(a.low - b.high, a.high - b.low)


def _pooled(numbers: Numbers) -> list[float]:
    """Sorted, so that the interval does not depend on the order of the numbers."""
    return sorted(x for of_prompt in numbers.values() for x in of_prompt)


def _prompts(numbers: Numbers) -> int:
    return sum(1 for of_prompt in numbers.values() if of_prompt)


def _mean(numbers: Sequence[float]) -> float:
    return math.fsum(numbers) / len(numbers)


def _around(middle: float, half: float) -> Interval:
    return Interval(middle - half, middle + half)


def _shares(numbers: Numbers) -> dict[str, float]:
    """How much each prompt contributes to the deviation from the mean; the sum is 0."""
    pooled = _pooled(numbers)
    mean = _mean(pooled)
    return {prompt: math.fsum(x - mean for x in own) / len(pooled) for prompt, own in numbers.items() if own}


def _clustered_error(shares: Mapping[str, float]) -> float:
    """The standard error of the sum of these shares; there must be at least two."""
    return math.sqrt(sum(share * share for share in shares.values()) * len(shares) / (len(shares) - 1))


def _most_at_any_time(n: int, freedom: int, alpha: float) -> float | None:
    """The bound that t of n numbers exceeds at any time with probability α at most; None if there is no such bound.

    At the bound, the Bayes factor against 0 with a standard normal prior on the effect size is 1/α: Gönen, Johnson, Lu
    and
    Westfall (2005), The Bayesian two-sample t test, The American Statistician 59.
    """
    most = (math.sqrt(1 + n) / alpha) ** (2 / (freedom + 1))
    if most >= 1 + n:
        return None
    return math.sqrt(freedom * (most - 1) / (1 - most / (1 + n)))


def _t(prompts: int) -> float:
    """The 97.5 % quantile of t for so many prompts."""
    from scipy.special import stdtrit

    return float(stdtrit(prompts - 1, 0.975))
