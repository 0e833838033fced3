"""The closed forms against published examples and SciPy."""

import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, fisher_exact

from diptych.compare import confidence_sequence, exact_test, newcombe, smallest_visible_rate, wilson
from diptych.compare.stats.binomial import (
    Trials,
    holm,
    samples_to_see,
    samples_to_tell,
    sequence_difference,
    sequence_test,
)

TRIALS = st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))).map(lambda kn: Trials(*kn))
SOME = TRIALS.filter(lambda trials: trials.n > 0)
RATES = st.integers(0, 1000).map(lambda thousandths: thousandths / 1000)
P_VALUES = st.lists(st.floats(0, 1), max_size=12)


@given(st.integers(0, 200), st.integers(1, 200))
def test_wilson_is_scipys(k: int, n: int) -> None:
    k = min(k, n)
    theirs = binomtest(k, n).proportion_ci(method="wilson")
    assert wilson(k, n) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_wilson_is_as_published() -> None:
    # Newcombe (1998), Two-sided confidence intervals for the single proportion, Statistics in Medicine 17, table I.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=6e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=6e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=6e-5)
    assert wilson(1, 29) == pytest.approx((0.0061, 0.1718), abs=6e-5)


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
        # statsmodels 0.15.0, confint_proportions_2indep(method="newcomb")
        (1, 30, 7, 25, -0.44434, -0.05535),
        (15, 40, 22, 41, -0.35661, 0.05327),
    ],
)
def test_newcombe_is_as_published(k1: int, n1: int, k2: int, n2: int, low: float, high: float) -> None:
    assert newcombe(k1, n1, k2, n2) == pytest.approx((low, high), abs=6e-5)


@given(SOME, SOME)
def test_newcombe_holds_the_difference_and_turns_with_the_sides(one: Trials, other: Trials) -> None:
    low, high = newcombe(*one, *other)
    assert low - 1e-12 <= one.k / one.n - other.k / other.n <= high + 1e-12
    assert newcombe(*other, *one) == pytest.approx((-high, -low))


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


@pytest.mark.parametrize("rates", [(0.5,), (0.1, 0.6, 0.9)])
def test_peeking_after_every_pair_finds_a_difference_that_is_none_in_at_most_5_percent(rates: tuple[float]) -> None:
    draw = random.Random(8)
    found = 0
    for _ in range(300):
        sides = [[Trials(0, 0)] * len(rates) for _ in range(2)]
        for n in range(90):
            place = n % len(rates)
            for side in sides:
                side[place] = Trials(side[place].k + (draw.random() < rates[place]), side[place].n + 1)
            if sequence_test(zip(*sides, strict=True)) <= 0.05:
                found += 1
                break
    assert found <= 0.05 * 300


@given(TRIALS, TRIALS)
def test_the_test_at_any_time_has_no_side_and_asks_for_more_than_fishers(one: Trials, other: Trials) -> None:
    p = sequence_test([(one, other)])
    assert p == pytest.approx(sequence_test([(other, one)]))
    assert min(1.0, 3 * p) >= exact_test(*one, *other)


def test_the_test_at_any_time_by_hand() -> None:
    # B(4, 1) · B(1, 4) = 1/16 over (1/2)^6.
    assert sequence_test([(Trials(3, 3), Trials(0, 3))]) == pytest.approx(16 / 64)
    assert sequence_test([(Trials(3, 3), Trials(0, 3))] * 2) == pytest.approx((16 / 64) ** 2)
    assert sequence_test([(Trials(0, 0), Trials(3, 3))]) == 1.0
    low, _ = sequence_difference(30, 30, 0, 30)
    assert low > 0


def test_smallest_visible_rate() -> None:
    assert smallest_visible_rate(20) == pytest.approx(0.139, abs=1e-3)
    assert smallest_visible_rate(0) == 1.0


@given(st.floats(0.001, 1))
@example(0.95)
def test_so_many_samples_and_no_fewer_see_the_rate(rate: float) -> None:
    n = samples_to_see(rate)
    assert 1 - (1 - rate) ** n >= 0.95 - 1e-9
    assert n == 1 or 1 - (1 - rate) ** (n - 1) < 0.95 + 1e-9


def test_samples_to_see_5_percent() -> None:
    # Hanley and Lippman-Hand (1983), If nothing goes wrong, is everything all right?, JAMA 249: about 3 over the rate.
    assert samples_to_see(0.05) == 59
    assert samples_to_see(1.0) == 1


def _power(n: int, one: float, other: float) -> float:
    """Of Fisher's test at 5 %, all tables of n a side looked at."""
    seen = [(a, b) for a in range(n + 1) for b in range(n + 1) if fisher_exact([[a, n - a], [b, n - b]]).pvalue <= 0.05]
    return float(sum(binom.pmf(a, n, one) * binom.pmf(b, n, other) for a, b in seen))


@pytest.mark.parametrize(("one", "other"), [(0.1, 0.6), (0.5, 0.9)])
def test_samples_to_tell_rates_apart_give_fishers_test_80_percent_power(one: float, other: float) -> None:
    needed = samples_to_tell(one, other)
    assert needed is not None
    assert _power(needed, one, other) == pytest.approx(0.8, abs=0.04)


@given(RATES, RATES)
def test_rates_nearer_to_each_other_take_more_samples(one: float, other: float) -> None:
    needed = samples_to_tell(one, other)
    assert needed == samples_to_tell(other, one)
    if abs(one - other) > 0.02:
        nearer = samples_to_tell(one, (one + other) / 2)
        assert needed is not None
        assert nearer is not None
        assert nearer >= needed
    assert samples_to_tell(one, one) is None


def test_holm_is_statsmodels_and_rs() -> None:
    # statsmodels 0.15.0, multipletests(method="holm")
    given = [0.01, 0.013, 0.014, 0.19, 0.35, 0.5, 0.63, 0.67, 0.75, 0.81]
    assert holm(given) == pytest.approx([0.1, 0.117, 0.117, 1, 1, 1, 1, 1, 1, 1])
    # R, p.adjust(c(.03, .01, .05, .02, .04), "holm")
    assert holm([0.03, 0.01, 0.05, 0.02, 0.04]) == pytest.approx([0.09, 0.05, 0.09, 0.08, 0.09])


@given(P_VALUES)
def test_holm_lowers_no_p_value_and_keeps_their_order(p_values: list[float]) -> None:
    corrected = holm(p_values)
    assert all(p <= c <= 1 for p, c in zip(p_values, corrected, strict=True))
    pairs = sorted(zip(p_values, corrected, strict=True))
    assert [c for _, c in pairs] == sorted(corrected)
    assert all(c <= min(1.0, len(p_values) * p) + 1e-12 for p, c in pairs)
