"""Whether members that show more of one measure show more of another.

SciPy is imported late, as it costs start-up time.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from diptych.compare.stats.binomial import Interval

FEWEST_MEMBERS = 5
_Z95 = 1.959963984540054


class RankCorrelation(NamedTuple):
    """Spearman's rank correlation over members, from −1 to 1."""

    rho: float
    interval: Interval
    """95 %, over members."""
    members: int


def rank_correlation(first: Sequence[float | None], second: Sequence[float | None]) -> RankCorrelation | None:
    """Spearman's ρ of two measures of the same members, in the same order. Members without one of them (None) are left
    out.

    The interval is Fisher's, with the variance (1 + ρ²/2)/(n − 3) of Bonett and Wright (2000), Sample size requirements
    for estimating Pearson, Kendall and Spearman correlations, Psychometrika 65. By simulation for 5 to 40 members it
    holds in 94 to 99 % of cases; a bootstrap (BCa) over members is wider, and takes a thousand times as long. Where all
    members are in the same order, ρ counts as half way to the next value that it can have.

    It speaks of members like these, with so many answers each: fewer answers blur the ranks and bring ρ nearer to 0.
    Members must be independent of each other; those of several arms also correlate because the arms differ. None for
    fewer than 5 members, whose interval would say nothing, or where one measure is the same for all of them.
    """
    pairs = [(a, b) for a, b in zip(first, second, strict=True) if a is not None and b is not None]
    n = len(pairs)
    if n < FEWEST_MEMBERS or any(len(set(numbers)) == 1 for numbers in zip(*pairs, strict=True)):
        return None
    from scipy.stats import spearmanr

    rho = max(-1.0, min(1.0, float(spearmanr(pairs).statistic)))
    # The sum of squared differences of ranks is even, and 2 means 12/(n³ − n) less.
    most = 1 - 6 / (n**3 - n)
    center = max(-most, min(most, rho))
    half = _Z95 * math.sqrt((1 + center * center / 2) / (n - 3))
    low, high = (math.tanh(math.atanh(center) + end) for end in (-half, half))
    return RankCorrelation(rho, Interval(-1.0 if rho < -most else low, 1.0 if rho > most else high), n)
