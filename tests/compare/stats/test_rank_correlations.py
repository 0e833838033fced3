"""Spearman's rank correlation against SciPy, by its laws, and how often its interval holds."""

import math

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from diptych.compare.stats import rank_correlation

MEMBERS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=5, max_size=15)


@given(MEMBERS)
def test_it_is_scipys_and_depends_on_ranks_alone(members: list[tuple[int, int]]) -> None:
    first, second = ([float(pair[place]) for pair in members] for place in (0, 1))
    found = rank_correlation(first, second)
    if len(set(first)) == 1 or len(set(second)) == 1:
        assert found is None
        return
    assert found is not None
    assert found.rho == pytest.approx(spearmanr(first, second).statistic)
    assert -1 <= found.interval.low <= found.rho <= found.interval.high <= 1
    assert found.interval.low < found.interval.high
    assert rank_correlation([math.exp(x) for x in first], second) == found
    against = rank_correlation(first, [-x for x in second])
    assert against is not None
    assert against.interval == pytest.approx((-found.interval.high, -found.interval.low))


def test_the_interval_of_bonett_and_wright() -> None:
    """arctanh ρ ± 1.96 √((1 + ρ²/2)/(n − 3)), by hand for ρ = .6 of ten members."""
    order = [2, 1, 5, 3, 4, 9, 10, 6, 8, 7]
    found = rank_correlation(list(range(1, 11)), order)
    assert found is not None
    rho = 1 - 6 * sum((i - x) ** 2 for i, x in enumerate(order, 1)) / 990
    half = 1.959964 * math.sqrt((1 + rho**2 / 2) / 7)
    assert found.rho == pytest.approx(rho)
    assert found.interval == pytest.approx((math.tanh(math.atanh(rho) - half), math.tanh(math.atanh(rho) + half)))


def test_the_same_order_of_few_members_is_not_certain() -> None:
    found = rank_correlation([1, 2, 3, 4, 5, 6], [2, 3, 5, 7, 11, 13])
    assert found is not None
    assert found.rho == pytest.approx(1)
    assert found.interval.high == 1
    assert found.interval.low < 0.8


def test_members_without_one_of_the_measures_are_left_out_and_four_are_too_few() -> None:
    first = [0.1, 0.2, None, 0.4, 0.5, 0.6, 0.7]
    found = rank_correlation(first, [0.2, 0.1, 0.3, 0.5, None, 0.4, 0.9])
    assert found is not None
    assert found.members == 5
    assert rank_correlation(first[:5], [0.2, 0.1, 0.3, 0.5, 0.4]) is None


@pytest.mark.parametrize(("members", "strength"), [(6, 0.5), (15, 0.8), (40, 0.3)])
def test_the_interval_holds_the_truth(members: int, strength: float) -> None:
    rng, inside = numpy.random.default_rng(3), 0
    # Of a normal pair with correlation r, Spearman's is (6/π) arcsin(r/2).
    truth = 6 / math.pi * math.asin(strength / 2)
    for _ in range(600):
        one, noise = rng.normal(size=(2, members))
        found = rank_correlation(one.tolist(), (strength * one + (1 - strength**2) ** 0.5 * noise).tolist())
        assert found is not None
        inside += found.interval.low <= truth <= found.interval.high
    assert 0.93 <= inside / 600 <= 0.995
