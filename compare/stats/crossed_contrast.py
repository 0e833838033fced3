"""The difference of two arms of a family: other members, the same prompts.

What a prompt does to both arms cancels. Members are never paired, not even by seed: fine-tunes of different data that
share a seed are hardly more alike than others, and pairing halves the degrees of freedom.

Several arms are compared with the first one by as many contrasts, whose p-values `holm` corrects together, with those
of all measures of a document. A bootstrap of the largest statistic over all arms would use that contrasts with one
first arm are correlated. For eleven arms that makes the intervals 3 % narrower, and over 2 to 6 members a bootstrap is
no approximation: it was not worth it.

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

    The p-value is that of a t test, with variance and degrees of freedom as in `crossed_mean`. It rejects equal rates
    in 5 % of cases at most (by simulation, benchmarks/coverage.py) and finds differences more often than the interval,
    which has to hold for rates near 0 and 1 too. Where p is below .05 and the interval holds 0, the interval is
    therefore cut at 0; where p is above, it is extended to 0. A permutation of members between the arms would need four
    of them in each, and would speak of the questions that were asked alone.

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
    low, high = max(-1.0, estimate - low), min(1.0, estimate + high)
    if p_value is not None and p_value < 0.05:
        low, high = (max(low, 0.0), high) if estimate > 0 else (low, min(high, 0.0))
    else:
        low, high = min(low, 0.0), max(high, 0.0)
    return Contrast(estimate, Interval(low, high), p_value, unit_of(own), unit_of(other))


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
    from scipy.special import stdtr

    variance, freedom = crossed_variance([own, other])
    if not variance:
        return None
    return 2 * float(stdtr(freedom, -abs(own.mean - other.mean) / math.sqrt(variance)))
