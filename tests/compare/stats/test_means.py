"""Means and their intervals against statsmodels, by their laws, and by what they miss."""

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import nct, norm, t

from diptych.compare.stats.means import mean_difference, mean_interval, mean_sequence, mean_sequence_difference

NUMBERS = st.lists(st.floats(-100, 100), min_size=2, max_size=8)
BY_PROMPT = st.dictionaries(st.sampled_from("abcdef"), NUMBERS, min_size=2)
FIRST = {"a": [1.0, 2.0, 3.0], "b": [4.0, 5.0], "c": [9.0, 8.0, 7.0]}
SECOND = {"a": [2.0, 1.0, 3.0], "b": [6.0, 5.0, 4.0], "c": [7.0, 7.0, 6.0]}


def mean(numbers: dict[str, list[float]]) -> float:
    return float(numpy.mean([x for own in numbers.values() for x in own]))


def test_the_interval_of_a_mean() -> None:
    assert mean_interval({"a": [3.0]}) is None
    assert mean_interval({}) is None
    assert mean_interval({"a": [2.0, 2.0]}) == (2.0, 2.0)
    interval = mean_interval({"a": [float(n) for n in range(1, 101)]})
    assert interval is not None
    # The normal interval is 50.5 ± 1.96 · 2.90.
    assert abs(interval.low - 44.8) < 0.8
    assert abs(interval.high - 56.2) < 0.8


def test_the_interval_of_a_difference_of_means() -> None:
    numbers = [float(n) for n in range(1, 101)]
    interval = mean_difference({"a": numbers}, {"a": [x / 2 for x in numbers]})
    assert interval is not None
    # The normal interval is 25.25 ± 1.96 · 3.24.
    assert abs(interval.low - 18.9) < 0.8
    assert abs(interval.high - 31.6) < 0.8
    assert mean_difference({"a": [4.0, 4.0]}, {"a": [1.0, 1.0]}) == (3.0, 3.0)
    one_even = mean_difference({"a": [4.0, 4.0]}, {"a": [1.0, 2.0, 3.0]})
    assert one_even is not None
    assert one_even.low < 2.0 < one_even.high
    assert mean_difference({"a": [4.0]}, {"a": [1.0, 1.0]}) is None


def test_over_prompts_they_are_statsmodels() -> None:
    """statsmodels 0.15.0, OLS on a constant, and on a constant and the side, with cov_type="cluster" by prompt,
    use_correction=False, standard errors times √(3/2) for three prompts, t quantile with 2 degrees of freedom."""
    assert mean_interval(FIRST) == pytest.approx((-3.5307696638574884, 13.280769663857487))
    assert mean_difference(FIRST, SECOND) == pytest.approx((-2.7026841962494883, 3.341573085138376))


@given(BY_PROMPT, BY_PROMPT)
def test_they_hold_the_mean_and_turn_with_the_sides(
    first: dict[str, list[float]], second: dict[str, list[float]]
) -> None:
    for interval in (mean_interval(first), mean_sequence(first)):
        if interval is None:
            continue
        assert interval.low - 1e-9 <= mean(first) <= interval.high + 1e-9
    for difference in (mean_difference, mean_sequence_difference):
        found, turned = difference(first, second), difference(second, first)
        if found is None or turned is None:
            assert found is turned
            continue
        assert found.low - 1e-9 <= mean(first) - mean(second) <= found.high + 1e-9
        assert turned == pytest.approx((-found.high, -found.low), abs=1e-9)


def test_a_prompt_that_lifts_both_sides_does_not_blur_their_difference() -> None:
    lifted = {"a": [10.0, 11.0], "b": [50.0, 52.0], "c": [90.0, 91.0]}
    both = mean_difference({p: [x + 5 for x in own] for p, own in lifted.items()}, lifted)
    alone = mean_interval(lifted)
    assert both is not None
    assert alone is not None
    assert both.high - both.low < (alone.high - alone.low) / 20


@pytest.mark.parametrize(("n", "alpha"), [(8, 0.05), (30, 0.05), (30, 0.025)])
def test_the_sequence_ends_where_the_bayes_factor_is_one_over_alpha(n: int, alpha: float) -> None:
    """Of the two-sample paper: noncentral t over a standard normal prior of the effect, over the central t."""
    numbers = [float(x * x) for x in range(n)]
    found = mean_sequence({"a": numbers}, alpha)
    assert found is not None
    bound = (found.high - numpy.mean(numbers)) / (numpy.std(numbers, ddof=1) / n**0.5)
    with_effect, _ = quad(lambda effect: nct.pdf(bound, n - 1, effect * n**0.5) * norm.pdf(effect), -8, 8, limit=200)
    assert with_effect / t.pdf(bound, n - 1) == pytest.approx(1 / alpha, rel=1e-4)


def test_too_few_numbers_have_no_interval_at_any_time() -> None:
    assert mean_sequence({"a": [1.0]}) is None
    assert mean_sequence({"a": [1.0, 2.0, 3.0]}) is None
    assert mean_sequence_difference({"a": [1.0, 2.0, 3.0]}, {"a": [float(x) for x in range(40)]}) is None


@pytest.mark.parametrize("prompts", [1, 4])
def test_peeking_after_every_number_misses_the_mean_in_at_most_5_percent(prompts: int) -> None:
    rng = numpy.random.default_rng(11)
    missed = 0
    for _ in range(150):
        lifts = rng.normal(0, 10, prompts) * (prompts > 1)
        numbers = rng.uniform(0, 100, 60).reshape(-1, prompts) + lifts
        intervals = (
            mean_sequence({str(place): numbers[:n, place].tolist() for place in range(prompts)})
            for n in range(2, len(numbers) + 1)
        )
        missed += any(interval is not None and not interval.low <= 50 <= interval.high for interval in intervals)
    assert missed <= 0.05 * 150
