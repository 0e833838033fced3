"""Intervals over several prompts against other ways to the same numbers, by their laws, and by what they miss."""

import numpy
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import beta, betabinom

from diptych.compare.stats.binomial import Trials, newcombe, wilson
from diptych.compare.stats.clustered import (
    clustered_difference,
    clustered_rate,
    clustered_sequence,
    clustered_sequence_difference,
)

TRIALS = st.integers(1, 20).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))).map(lambda kn: Trials(*kn))
PROMPTS = st.lists(TRIALS, min_size=2, max_size=8)
PAIRED = st.dictionaries(st.sampled_from("abcdefgh"), st.tuples(TRIALS, TRIALS), min_size=2)


@pytest.mark.parametrize(("k", "n"), [(3, 20), (10, 20), (45, 60)])
def test_one_answer_a_prompt_is_the_interval_of_jeffreys(k: int, n: int) -> None:
    """Brown, Cai and DasGupta (2001): the middle of Beta(k + 1/2, n − k + 1/2)."""
    prompts = [Trials(1, 1)] * k + [Trials(0, 1)] * (n - k)
    assert clustered_rate(prompts) == pytest.approx(beta.ppf([0.025, 0.975], k + 0.5, n - k + 0.5), abs=2e-3)


@pytest.mark.parametrize(
    "prompts",
    [
        [Trials(3, 10), Trials(5, 10), Trials(9, 10)],
        [Trials(1, 4), Trials(0, 20), Trials(2, 7), Trials(1, 3), Trials(0, 12)],
        [Trials(40, 50), Trials(37, 50)],
    ],
)
def test_the_posterior_is_that_of_weighed_draws(prompts: list[Trials]) -> None:
    rng = numpy.random.default_rng(3)
    rates, correlations = rng.beta(0.5, 0.5, 200_000), rng.uniform(0, 1, 200_000)
    a, b = (share * (1 - correlations) / correlations for share in (rates, 1 - rates))
    weights = numpy.exp(sum(betabinom.logpmf(k, n, a, b) for k, n in prompts))
    order = numpy.argsort(rates)
    below = numpy.cumsum(weights[order]) / weights.sum()
    expected = rates[order][numpy.searchsorted(below, [0.025, 0.975])]
    assert clustered_rate(prompts) == pytest.approx(expected, abs=0.012)


@settings(max_examples=40)
@given(PROMPTS)
def test_an_interval_holds_the_rate_and_turns_with_it(prompts: list[Trials]) -> None:
    rate = sum(k for k, _ in prompts) / sum(n for _, n in prompts)
    for interval in (clustered_rate, clustered_sequence):
        low, high = interval(prompts)
        assert 0 <= low <= rate <= high <= 1
        assert interval([Trials(n - k, n) for k, n in prompts]) == pytest.approx((1 - high, 1 - low), abs=1e-9)


@settings(max_examples=40)
@given(PROMPTS)
def test_the_sequence_is_the_wider_and_prompts_tell_less_than_answers(prompts: list[Trials]) -> None:
    low, high = clustered_rate(prompts)
    sequence = clustered_sequence(prompts)
    assert sequence.high - sequence.low >= high - low
    k, n = sum(k for k, _ in prompts), sum(n for _, n in prompts)
    one = wilson(k, n)
    # Jeffreys' interval, which this one is without clusters, is at most so much narrower than Wilson's.
    assert high - low >= 0.8 * (one.high - one.low)


def test_answers_that_follow_their_prompt_tell_less() -> None:
    mixed, split = clustered_rate([Trials(10, 20)] * 6), clustered_rate([Trials(20, 20), Trials(0, 20)] * 3)
    assert split.high - split.low > 2 * (mixed.high - mixed.low)
    assert clustered_rate([]) == clustered_sequence([]) == (0.0, 1.0)


@settings(max_examples=40)
@given(PAIRED)
def test_a_difference_holds_the_estimate_and_turns_with_the_sides(paired: dict[str, tuple[Trials, Trials]]) -> None:
    first, second = ({prompt: both[place] for prompt, both in paired.items()} for place in (0, 1))
    (k1, n1), (k2, n2) = ((sum(x) for x in zip(*side.values(), strict=True)) for side in (first, second))
    low, high = clustered_difference(first, second)
    assert -1 <= low <= k1 / n1 - k2 / n2 + 1e-12
    assert k1 / n1 - k2 / n2 - 1e-12 <= high <= 1
    assert clustered_difference(second, first) == pytest.approx((-high, -low))
    at_any_time = clustered_sequence_difference(list(first.values()), list(second.values()))
    assert at_any_time.low <= k1 / n1 - k2 / n2 <= at_any_time.high


def test_a_difference_that_all_prompts_share_is_known_better() -> None:
    """Sides are paired by prompt: with the prompts of one side exchanged, the same rates say less."""
    hard, easy = Trials(2, 20), Trials(14, 20)
    harder, easier = Trials(1, 20), Trials(9, 20)
    first = {"a": hard, "b": easy, "c": hard, "d": easy}
    paired = clustered_difference(first, {"a": harder, "b": easier, "c": harder, "d": easier})
    crossed = clustered_difference(first, {"a": easier, "b": harder, "c": easier, "d": harder})
    apart = clustered_difference(first, {"e": harder, "f": easier, "g": harder, "h": easier})
    assert paired.high - paired.low < 0.9 * (crossed.high - crossed.low)
    assert crossed == pytest.approx(apart)


@settings(max_examples=40)
@given(TRIALS, TRIALS)
def test_a_difference_over_prompts_is_wider_than_newcombes(one: Trials, other: Trials) -> None:
    assume(one.n > 1 and other.n > 1)
    three = clustered_difference(dict.fromkeys("abc", one), dict.fromkeys("abc", other))
    narrow = newcombe(3 * one.k, 3 * one.n, 3 * other.k, 3 * other.n)
    assert three.high - three.low >= 0.8 * (narrow.high - narrow.low)


def test_peeking_misses_the_rate_of_unlike_prompts_in_at_most_5_percent() -> None:
    rng = numpy.random.default_rng(5)
    rate, correlation, prompts = 0.3, 0.4, 4
    spread = (1 - correlation) / correlation
    missed = 0
    for _ in range(120):
        rates = rng.beta(rate * spread, (1 - rate) * spread, prompts)
        seen = [Trials(0, 0)] * prompts
        for n in range(40):
            place = n % prompts
            seen[place] = Trials(seen[place].k + int(rng.random() < rates[place]), seen[place].n + 1)
            low, high = clustered_sequence(seen)
            if not low <= rate <= high:
                missed += 1
                break
    assert missed <= 0.05 * 120
