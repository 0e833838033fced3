"""MOVER against what it generalizes, and how often its intervals hold the truth."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.compare import Interval, newcombe, wilson
from diptych.compare.stats.binomial import Trials
from diptych.compare.stats.variance_recovery import Part, added, mover

TRIALS = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def part(weight: float, k: int, n: int) -> Part:
    return Part(weight, k / n, wilson(k, n))


@given(TRIALS, TRIALS)
def test_of_two_rates_it_is_newcombes(first: tuple[int, int], second: tuple[int, int]) -> None:
    low, high = mover([part(1, *first), part(-1, *second)])
    assert (max(-1, low), min(1, high)) == pytest.approx(newcombe(*first, *second))


@given(st.tuples(TRIALS, TRIALS, TRIALS, TRIALS))
def test_differences_of_differences_are_the_same_in_one_step_and_in_two(trials: tuple[tuple[int, int], ...]) -> None:
    a, b, c, d = (part(1, *each) for each in trials)
    one = mover([a, b._replace(weight=-1), c._replace(weight=-1), d])
    differences = [
        Part(weight, first.estimate - second.estimate, mover([first, second._replace(weight=-1)]))
        for weight, first, second in ((1, a, b), (-1, c, d))
    ]
    assert mover(differences) == pytest.approx(one)


@given(TRIALS, TRIALS, st.floats(-2, 2), st.floats(-2, 2))
def test_sums_of_ends_hold_it_and_both_turn_with_the_sign(
    first: tuple[int, int], second: tuple[int, int], one: float, other: float
) -> None:
    parts, turned = ([part(sign * one, *first), part(sign * other, *second)] for sign in (1, -1))
    for method in (mover, added):
        low, high = method(parts)
        assert method(turned) == pytest.approx((-high, -low), abs=1e-12)
    (low, high), (lowest, highest) = mover(parts), added(parts)
    assert lowest <= low + 1e-12
    assert high <= highest + 1e-12


def test_of_symmetric_parts_it_is_the_sum_of_variances() -> None:
    parts = [Part(2, 1.0, Interval(0.7, 1.3)), Part(-1, 0.5, Interval(-0.3, 1.3))]
    assert mover(parts) == pytest.approx((1.5 - 1.0, 1.5 + 1.0))


@pytest.mark.parametrize("rates", [(0.5, 0.5, 0.5, 0.5), (0.9, 0.3, 0.6, 0.5), (1.0, 0.5, 0.95, 0.5)])
def test_it_holds_the_truth_of_a_contrast_about_as_often_as_it_says(rates: tuple[float, ...]) -> None:
    draw, n, times = random.Random(8), 40, 1500
    weights = (1, -1, -1, 1)
    truth = sum(weight * rate for weight, rate in zip(weights, rates, strict=True))
    held = 0
    for _ in range(times):
        drawn = [Trials(sum(draw.random() < rate for _ in range(n)), n) for rate in rates]
        low, high = mover([part(weight, *each) for weight, each in zip(weights, drawn, strict=True)])
        held += low <= truth <= high
    assert held / times == pytest.approx(0.95, abs=0.02)
