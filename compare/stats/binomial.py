"""Rates, their differences and intervals, in closed form for the console.

SciPy is imported late: it costs more than a second.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

_Z95 = 1.959963984540054
_Z80 = 0.8416212335729143
"""One-sided."""


class Interval(NamedTuple):
    """Lower and upper end, each in [0, 1] for a rate and in [−1, 1] for a difference."""

    low: float
    high: float


class Trials(NamedTuple):
    """k of n answers show a pattern."""

    k: int
    n: int


def wilson(k: int, n: int, z: float = _Z95) -> Interval:
    """The score interval for k of n, 95 % by default; for a planned n that was reached.

    In closed form, because the console shows it at every answer and starts without SciPy, whose
    binomtest(k, n).proportion_ci(method="wilson") gives the same.

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


def confidence_sequence(k: int, n: int, alpha: float = 0.05) -> Interval:
    """An interval for k of n that holds at every n at once, so that one may look and stop at any time.

    The rates p at which the beta-binomial mixture martingale with a uniform prior stays under 1/alpha:
    Robbins (1970), Statistical methods related to the law of the iterated logarithm, Ann. Math. Stat. 41, by
    Ville's inequality; the mixture is that of Howard et al. (2021), Time-uniform, nonparametric, nonasymptotic
    confidence sequences, Ann. Stat. 49.
    """
    if n == 0:
        return Interval(0.0, 1.0)
    log_mixture = _log_mixture(k, n)
    rate = k / n

    def outside(p: float) -> bool:
        likelihood = (k * math.log(p) if k else 0.0) + ((n - k) * math.log1p(-p) if n - k else 0.0)
        return log_mixture - likelihood > -math.log(alpha)

    low = 0.0 if k == 0 else edge(outside, 0.0, rate)
    high = 1.0 if k == n else edge(outside, 1.0, rate)
    return Interval(low, high)


def sequence_difference(k1: int, n1: int, k2: int, n2: int, alpha: float = 0.05) -> Interval:
    """An interval for the difference of two rates that holds at every n: each rate at α/2, Bonferroni."""
    a, b = confidence_sequence(k1, n1, alpha / 2), confidence_sequence(k2, n2, alpha / 2)
    return Interval(a.low - b.high, a.high - b.low)


def sequence_test(prompts: Iterable[tuple[Trials, Trials]]) -> float:
    """The p-value that both sides have the same rate at each prompt, valid at any stopping time.

    It is the inverse of the beta-binomial mixtures of `confidence_sequence` divided by the maximum likelihood of a
    common rate, multiplied over prompts. By Ville's inequality it is ever below α with probability α at most. The idea
    is that of Wasserman, Ramdas and Balakrishnan (2020), Universal inference, PNAS 117.
    """
    evidence = sum(
        _log_mixture(*first) + _log_mixture(*second) - _log_greatest(first.k + second.k, first.n + second.n)
        for first, second in prompts
    )
    return math.exp(min(0.0, -evidence))


def smallest_visible_rate(n: int) -> float:
    """The rate that n samples would show at least once with 95 % probability."""
    return 1.0 if n == 0 else 1 - 0.05 ** (1 / n)


def samples_to_see(rate: float) -> int:
    """How many samples show a rate (above 0) at least once with 95 % probability."""
    # At 95 % one sample is enough; rounding makes the quotient a little more than 1.
    return 1 if rate >= 1 else math.ceil(math.log(0.05) / math.log1p(-rate) - 1e-9)


def samples_to_tell(rate: float, other: float) -> int | None:
    """How many samples of each side are needed to tell two rates apart with 80 % power, by an exact test at 5 %; None
    for
    equal rates.


    Casagrande, Pike and Smith (1978), An improved approximate formula for calculating sample sizes for comparing two
    binomial distributions, Biometrics 34, in the form of Fleiss, Tytun and Ury (1980), Biometrics 36.
    """
    gap = abs(rate - other)
    if gap == 0:
        return None
    middle = (rate + other) / 2
    same = _Z95 * math.sqrt(2 * middle * (1 - middle))
    different = _Z80 * math.sqrt(rate * (1 - rate) + other * (1 - other))
    uncorrected = ((same + different) / gap) ** 2
    return math.ceil(uncorrected / 4 * (1 + math.sqrt(1 + 4 / (uncorrected * gap))) ** 2)


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values corrected for their number, in the same order.

    Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6.
    """
    corrected = [0.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        corrected[index] = highest
    return corrected


def _log_mixture(k: int, n: int) -> float:
    """Log of the likelihood of k in n, averaged over all rates."""
    return math.lgamma(k + 1) + math.lgamma(n - k + 1) - math.lgamma(n + 2)


def _log_greatest(k: int, n: int) -> float:
    """Log of the likelihood of k in n at the rate k/n."""
    return sum(count * math.log(count / n) for count in (k, n - k) if count)


def edge(outside: Callable[[float], bool], out: float, inside: float) -> float:
    """The edge of an interval, to 1e-9, between a point outside of it and one inside."""
    while abs(out - inside) > 1e-9:
        middle = (out + inside) / 2
        if outside(middle):
            out = middle
        else:
            inside = middle
    return inside
