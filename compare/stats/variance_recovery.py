"""Intervals of sums and differences of estimates that have intervals of their own, by MOVER: the method of variance
estimates recovery.

What each end of an interval is away from its estimate stands for the standard error on that side, so the interval of
the sum is as lopsided as its parts. Newcombe's interval of a difference of two rates is the case of two parts with
Wilson intervals. (Zou and Donner 2008, Construction of confidence limits about effect measures: a general approach,
Statistics in Medicine 27, 1693–1702; for more than two parts, Zou, Huang and Zhang 2009, A note on confidence interval
estimation for a linear function of binomial proportions, Computational Statistics and Data Analysis 53, 1080–1085.)
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from diptych.compare.stats.binomial import Interval


class Part(NamedTuple):
    """One term of a sum."""

    weight: float
    estimate: float
    interval: Interval


def mover(parts: Sequence[Part]) -> Interval:
    """The interval of the sum of weighted, independent estimates, at the level of theirs."""
    ends = [_ends(part) for part in parts]
    middle = _sum(parts)
    low = math.hypot(*(part.weight * part.estimate - low for part, (low, _) in zip(parts, ends, strict=True)))
    high = math.hypot(*(high - part.weight * part.estimate for part, (_, high) in zip(parts, ends, strict=True)))
    return Interval(middle - low, middle + high)


def added(parts: Iterable[Part]) -> Interval:
    """The interval from the sum of all lowest ends to that of all highest: it holds wherever those of all parts do,
    whatever they have to do with each other."""
    ends = [_ends(part) for part in parts]
    return Interval(math.fsum(low for low, _ in ends), math.fsum(high for _, high in ends))


def _sum(parts: Iterable[Part]) -> float:
    return math.fsum(part.weight * part.estimate for part in parts)


def _ends(part: Part) -> Interval:
    """The lower and the upper end of a term."""
    low, high = sorted(part.weight * end for end in part.interval)
    return Interval(low, high)
