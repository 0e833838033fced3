"""From which x on a curve is above the base arm."""

from diptych.compare.stats.crossed import Cells, Sums
from diptych.compare.stats.crossed_contrast import Contrast, mean_contrast, rate_contrast
from diptych.compare.stats.monotone_curve import Curve, Direction, points_of


def first_above(curve: Curve, base: Cells | Sums, direction: Direction = "rising") -> float | None:
    """The lowest x from which on, up to the highest, the rate (or mean) is above that of the base arm; None if it is
    not at the highest. With "falling", below it.

    The columns of both are the same prompts. The members at each x are compared with the base by `rate_contrast` or
    `mean_contrast`, from the highest x downwards, each at p < .05 two-sided; the first that is not above ends it. In
    this order, fixed beforehand, no correction for the number of points is needed: an x below the true one is named in
    2.5 % of cases at most (Hsu and Berger 1999, Stepwise confidence intervals without multiplicity adjustment for
    dose-response and toxicity studies, JASA 94).
    """
    lowest = None
    for point in reversed(points_of(curve)):
        found = _contrast(point.cells, base)
        if found.estimate is None or found.p_value is None or found.p_value >= 0.05:
            break
        if found.estimate <= 0 if direction == "rising" else found.estimate >= 0:
            break
        lowest = point.x
    return lowest


def _contrast(members: Cells | Sums, base: Cells | Sums) -> Contrast:
    if isinstance(members, Cells) and isinstance(base, Cells):
        return rate_contrast(members, base)
    if isinstance(members, Sums) and isinstance(base, Sums):
        return mean_contrast(members, base)
    raise TypeError("a curve of rates is compared with rates, one of means with means")
