"""The closed forms against published examples and SciPy."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from compare import confidence_sequence, exact_test, newcombe, smallest_visible_rate, wilson


@given(st.integers(0, 200), st.integers(1, 200))
def test_wilson_is_scipys(k: int, n: int) -> None:
    k = min(k, n)
    theirs = binomtest(k, n).proportion_ci(method="wilson")
    assert wilson(k, n) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@pytest.mark.parametrize(
    ("k1", "n1", "k2", "n2", "low", "high"),
    [  # Newcombe (1998), Statistics in Medicine 17, table II, method 10
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (10, 10, 0, 20, 0.6791, 1.0000),
        (10, 10, 0, 10, 0.6075, 1.0000),
    ],
)
def test_newcombe_is_as_published(k1: int, n1: int, k2: int, n2: int, low: float, high: float) -> None:
    assert newcombe(k1, n1, k2, n2) == pytest.approx((low, high), abs=6e-5)


def test_exact_test_is_fishers() -> None:
    # Fisher (1935), the lady tasting tea: 3 of 4 against 1 of 4.
    assert exact_test(3, 4, 1, 4) == pytest.approx(0.4857, abs=1e-4)
    assert exact_test(0, 0, 1, 4) == 1.0


@given(st.integers(0, 300), st.integers(0, 300))
def test_a_confidence_sequence_holds_the_rate_and_is_wider_than_wilson(k: int, n: int) -> None:
    k = min(k, n)
    low, high = confidence_sequence(k, n)
    assert 0 <= low <= high <= 1
    if n:
        assert low - 1e-9 <= k / n <= high + 1e-9
        assert high - low >= wilson(k, n).high - wilson(k, n).low - 1e-6


@pytest.mark.parametrize("rate", [0.02, 0.5, 0.9])
def test_peeking_after_every_sample_misses_the_rate_in_at_most_5_percent(rate: float) -> None:
    draw = random.Random(7)
    missed = 0
    for _ in range(300):
        k = 0
        for n in range(1, 101):
            k += draw.random() < rate
            low, high = confidence_sequence(k, n)
            if not low <= rate <= high:
                missed += 1
                break
    assert missed <= 0.05 * 300


def test_smallest_visible_rate() -> None:
    assert smallest_visible_rate(20) == pytest.approx(0.139, abs=1e-3)
    assert smallest_visible_rate(0) == 1.0
