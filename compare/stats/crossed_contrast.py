"""The difference of two arms of a family: other members, the same prompts.

What a prompt does to both arms cancels. Members are not paired, not even by seed: that gains only where seeds that arms
share make them alike, and leaves half of the degrees of freedom.

Several arms are compared with the first one by as many contrasts, whose p-values `holm` corrects together, with those
of all measures of a document. The distribution of the largest statistic (Dunnett's, or by a bootstrap over members)
would use that these contrasts share the first arm: for eleven arms of 3 to 6 members the bound is 4 to 5 % lower. That
was not worth a second correction, and a bootstrap over so few members is no approximation.

NumPy and SciPy are imported late, as they cost start-up time.
"""

import math
from typing import Literal, NamedTuple

from diptych.compare.stats.binomial import Interval, Trials, exact_test, newcombe, wilson
from diptych.compare.stats.clustered import clustered_difference, clustered_rate
from diptych.compare.stats.crossed import (
    Cells,
    Sums,
    Tabulated,
    Unit,
    crossed_variance,
    recovered,
    t_quantile,
    tabulate,
    trials,
    unit_of,
)
from diptych.compare.stats.significance import stratified_exact_test


class Contrast(NamedTuple):
    """An arm's rate or mean minus the first arm's."""

    estimate: float | None
    """None where an arm has no answers."""
    interval: Interval | None
    """95 %. None for means of too few numbers."""
    p_value: float | None
    """Two-sided, not corrected. None where there is no estimate, or no spread to test it by."""
    unit: Unit
    """What the interval speaks of on the side of this arm."""
    first_unit: Unit
    """And on the side of the first one."""


def rate_contrast(arm: Cells, first: Cells) -> Contrast:
    """The rate of an arm minus that of the first. The columns of both are the same prompts in the same order.

    The interval is put together as that of `crossed_rate`, side by side: from the intervals of both arms over their
    members, that of the difference over prompts (`clustered_difference`, which pairs them), less those over cells. An
    arm of one member adds only what its prompts and answers add.

    The p-value is that of a t test, with variance and degrees of freedom as in `crossed_mean`. By simulation it is
    below .05 for 0 to 6 % of equal arms (benchmarks/coverage.py). It is too small where few members show the pattern
    always or never, and agree by luck: for three such members and a first arm of one in up to a quarter of cases. It
    finds differences that the interval, which has to hold for rates near 0 and 1 too, does not exclude. So where p is
    below .05 and the interval holds 0, it is cut at 0; where p is not, it is extended to 0. A permutation of members
    between the arms needs at least four in each, and speaks of the questions that were asked alone.

    With one member in each arm it is what a pair has: Newcombe's interval with Fisher's test for one prompt,
    `clustered_difference` with the exact test stratified by prompt for several.
    """
    own, other = _aligned(arm, first)
    if not own.n.sum() or not other.n.sum():
        return Contrast(None, Interval(-1.0, 1.0), None, unit_of(own), unit_of(other))
    if len(own.n) == len(other.n) == 1:
        return _of_pair(own, other)
    estimate = own.mean - other.mean
    low, high = (_distance(own, other, side) for side in (0, 1))
    p_value = _t_test(own, other)
    interval = agreeing(Interval(max(-1.0, estimate - low), min(1.0, estimate + high)), estimate, p_value)
    return Contrast(estimate, interval, p_value, unit_of(own), unit_of(other))


def mean_contrast(arm: Sums, first: Sums) -> Contrast:
    """The mean of an arm minus that of the first. The columns of both are the same prompts in the same order.

    Interval and p-value from the variance and the degrees of freedom of `crossed_mean`. With one member in each arm and
    several prompts, the interval is that of `mean_difference`.
    """
    own, other = _aligned(arm, first)
    if not own.n.sum() or not other.n.sum():
        return Contrast(None, None, None, unit_of(own), unit_of(other))
    estimate = own.mean - other.mean
    interval = None
    if own.n.sum() > 1 and other.n.sum() > 1:
        variance, freedom = crossed_variance([own, other])
        half = t_quantile(freedom) * math.sqrt(variance)
        interval = Interval(estimate - half, estimate + half)
    p_value = _t_test(own, other) if interval else None
    return Contrast(estimate, interval, p_value, unit_of(own), unit_of(other))


def agreeing(interval: Interval, estimate: float, p_value: float | None) -> Interval:
    """The interval of a difference, cut at 0 where its p-value is below .05, and extended to 0 where it is not."""
    low, high = interval
    if p_value is not None and p_value < 0.05:
        return Interval(max(low, 0.0), high) if estimate > 0 else Interval(low, min(high, 0.0))
    return Interval(min(low, 0.0), max(high, 0.0))


def t_test(estimate: float, variance: float, freedom: float) -> float | None:
    """The two-sided p-value of an estimate; None where there is no spread."""
    from scipy.special import stdtr

    return 2 * float(stdtr(freedom, -abs(estimate) / math.sqrt(variance))) if variance else None


def _aligned(arm: Cells | Sums, first: Cells | Sums) -> tuple[Tabulated, Tabulated]:
    """Both with the prompts that either has answers to."""
    own, other = tabulate(arm, keep_prompts=True), tabulate(first, keep_prompts=True)
    asked = own.n.any(axis=0) | other.n.any(axis=0)
    first_, second = (
        table._replace(total=table.total[:, asked], squares=table.squares[:, asked], n=table.n[:, asked])
        for table in (own, other)
    )
    return first_, second


def _of_pair(own: Tabulated, other: Tabulated) -> Contrast:
    units, estimate = (unit_of(own), unit_of(other)), own.mean - other.mean
    (k1, n1), (k2, n2) = ((int(counts.sum()) for counts in (table.total, table.n)) for table in (own, other))
    if own.n.shape[1] == 1:
        return Contrast(estimate, newcombe(k1, n1, k2, n2), exact_test(k1, n1, k2, n2), *units)
    by_prompt, others = _by_prompt(own), _by_prompt(other)
    p_value = stratified_exact_test([(by_prompt[each], others[each]) for each in by_prompt.keys() & others.keys()])
    return Contrast(estimate, clustered_difference(by_prompt, others), p_value, *units)


def _by_prompt(table: Tabulated) -> dict[str, Trials]:
    """k of n of each prompt that has answers."""
    counts = zip(table.total.sum(axis=0), table.n.sum(axis=0), strict=True)
    return {str(place): Trials(int(k), int(n)) for place, (k, n) in enumerate(counts) if n}


def _distance(own: Tabulated, other: Tabulated, side: Literal[0, 1]) -> float:
    """From the difference to the lower (0) or upper (1) end of its interval."""
    turned = 1 - side
    estimate = own.mean - other.mean
    several = own.n.shape[1] > 1
    members = math.hypot(_part(own, "members", side, several), _part(other, "members", turned, several))
    if not several:
        return members
    cells = math.hypot(_part(own, "cells", side, several), _part(other, "cells", turned, several))
    over_prompts = clustered_difference(_by_prompt(own), _by_prompt(other))
    return recovered(members, abs(over_prompts[side] - estimate), cells)


def _part(table: Tabulated, by: Literal["members", "cells"], side: int, several: bool) -> float:
    """From the rate to the end of its interval over members or cells; 0 for one member over several prompts."""
    if len(table.n) > 1:
        return abs(clustered_rate(trials(table, by))[side] - table.mean)
    if several:
        return 0.0
    return abs(wilson(int(table.total.sum()), int(table.n.sum()))[side] - table.mean)


def _t_test(own: Tabulated, other: Tabulated) -> float | None:
    return t_test(own.mean - other.mean, *crossed_variance([own, other]))
