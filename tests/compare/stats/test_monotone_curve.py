"""The isotonic fit by its laws."""

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression

from diptych.compare.stats import Cells, Curve, Sums, monotone_fit
from diptych.compare.stats.drawn_curves import rising_fits

POINTS = st.lists(
    st.tuples(st.integers(-5, 5), st.integers(0, 9).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))),
    min_size=1,
    max_size=12,
)


def curve(points: list[tuple[int, tuple[int, int]]]) -> Curve:
    """One prompt, one member a row."""
    return Curve([x for x, _ in points], Cells([[k] for _, (k, _) in points], [[n] for _, (_, n) in points]))


@given(POINTS)
def test_it_rises_or_falls_keeps_the_total_and_fits_no_worse_than_the_other_way(
    points: list[tuple[int, tuple[int, int]]],
) -> None:
    fit = monotone_fit(curve(points))
    k, n = (sum(counts[place] for _, counts in points) for place in (0, 1))
    assert sum(fit.n) == n
    assert list(fit.x) == sorted({x for x, (_, answers) in points if answers})
    assert sum(rate * count for rate, count in zip(fit.fitted, fit.n, strict=True)) == pytest.approx(k)
    steps = numpy.diff(fit.fitted)
    assert (steps >= -1e-12).all() if fit.direction == "rising" else (steps <= 1e-12).all()
    errors = {
        each: sum((a - b) ** 2 * c for a, b, c in zip(of.fitted, of.observed, of.n, strict=True))
        for each, of in {way: monotone_fit(curve(points), way) for way in ("rising", "falling")}.items()
    }
    assert errors[fit.direction] == pytest.approx(min(errors.values()))


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(0.1, 20)), min_size=1, max_size=12))
def test_fits_of_many_curves_at_once_are_scipys(points: list[tuple[float, float]]) -> None:
    values, weights = numpy.array(points).T
    curves = numpy.stack([values, values[::-1], -values])
    expected = [isotonic_regression(curve, weights=weights).x for curve in curves]
    assert rising_fits(curves, weights) == pytest.approx(numpy.array(expected))


def test_neighbours_in_the_wrong_order_are_pooled_by_their_answers() -> None:
    fit = monotone_fit(curve([(3, (9, 10)), (2, (1, 5)), (1, (6, 15)), (0, (0, 10))]), "rising")
    assert fit.observed == pytest.approx((0, 0.4, 0.2, 0.9))
    assert fit.fitted == pytest.approx((0, 0.35, 0.35, 0.9))


def test_members_at_one_x_count_together_and_those_without_answers_not() -> None:
    fit = monotone_fit(Curve([1, 0, 1, 2], Cells([[3], [0], [5], [0]], [[10], [5], [10], [0]])))
    assert (fit.x, fit.observed, fit.n) == ((0, 1), (0.0, 0.4), (5, 20))
    means = monotone_fit(Curve([1, 0], Sums([[30.0], [2.0]], [[500.0], [3.0]], [[2], [2]])))
    assert means.observed == (1.0, 15.0)
    assert monotone_fit(Curve([1], Cells([[0]], [[0]]))).x == ()
