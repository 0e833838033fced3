"""Whether members that show more of one measure show more of another.

NumPy and SciPy are imported late, as they cost start-up time.
"""

from collections.abc import Sequence
from typing import NamedTuple

from diptych.compare.stats.binomial import Interval


class RankCorrelation(NamedTuple):
    """Spearman's rank correlation over members, from −1 to 1."""

    rho: float
    interval: Interval
    """95 %, over members."""
    members: int


def rank_correlation(first: Sequence[float | None], second: Sequence[float | None]) -> RankCorrelation | None:
    """Of two measures of the same members, in the same order. Members without one of them (None) are left out.

    None for too few members, or where one measure is the same for all of them.
    """
    raise NotImplementedError
