"""The difference of two arms of a family: other members, the same prompts.

NumPy and SciPy are imported late, as they cost start-up time.
"""

from typing import NamedTuple

from diptych.compare.stats.binomial import Interval
from diptych.compare.stats.crossed import Cells, Sums, Unit


class Contrast(NamedTuple):
    """An arm's rate or mean minus the first arm's."""

    estimate: float | None
    """None where an arm has no answers."""
    interval: Interval | None
    """95 %. None for means of too few numbers."""
    p_value: float | None
    """Two-sided. Below .05 exactly where the interval does not hold 0. Not corrected: `holm` does that over all arms
    and measures of a document. None where there is no interval."""
    unit: Unit
    """What the interval speaks of on the side of this arm."""
    first_unit: Unit
    """And on the side of the first one."""


def rate_contrast(arm: Cells, first: Cells) -> Contrast:
    """The rate of an arm minus that of the first. The columns of both are the same prompts in the same order."""
    raise NotImplementedError


def mean_contrast(arm: Sums, first: Sums) -> Contrast:
    """The mean of an arm minus that of the first. The columns of both are the same prompts in the same order."""
    raise NotImplementedError
