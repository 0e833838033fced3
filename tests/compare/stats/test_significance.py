"""The tests that two sides differ against a published example, R, SciPy and the enumeration of all arrangements."""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import combinations, product

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency

from diptych.compare import exact_test
from diptych.compare.stats.binomial import Trials
from diptych.compare.stats.significance import distribution_test, mean_test, stratified_exact_test

TRIALS = st.integers(0, 12).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))).map(lambda kn: Trials(*kn))
STRATA = st.lists(st.tuples(TRIALS, TRIALS), min_size=1, max_size=4)
PENICILLIN = [
    (Trials(0, 6), Trials(0, 5)),
    (Trials(3, 6), Trials(0, 6)),
    (Trials(6, 6), Trials(2, 6)),
    (Trials(5, 6), Trials(6, 6)),
    (Trials(2, 2), Trials(5, 5)),
]
"""Mantel (1963), penicillin given to rabbits at once or late, by dose: the example of R's mantelhaen.test."""

Arrangement = Sequence[tuple[Sequence[object], Sequence[object]]]


def all_arrangements(prompts: Arrangement, statistic: Callable[[Arrangement], float]) -> float:
    """The part of all ways to give the answers of each prompt to the sides whose statistic is as great."""
    ways = []
    for first, second in prompts:
        pool = [*first, *second]
        chosen = combinations(range(len(pool)), len(first))
        ways.append(
            [([pool[i] for i in own], [x for i, x in enumerate(pool) if i not in own]) for own in map(set, chosen)]
        )
    found = [statistic(way) for way in product(*ways)]
    seen = statistic(prompts)
    return sum(one >= seen - 1e-9 for one in found) / len(found)


def test_stratified_exact_test_is_rs() -> None:
    # mantelhaen.test(Rabbits, exact = TRUE): S = 16, p-value = 0.03994
    assert stratified_exact_test(PENICILLIN) == pytest.approx(0.03994, abs=6e-6)


@given(TRIALS, TRIALS)
def test_with_one_prompt_it_is_fishers(one: Trials, other: Trials) -> None:
    assert stratified_exact_test([(one, other)]) == pytest.approx(exact_test(*one, *other))


@given(STRATA)
def test_it_has_no_side_and_prompts_that_say_nothing_change_nothing(prompts: list[tuple[Trials, Trials]]) -> None:
    p = stratified_exact_test(prompts)
    assert 0 < p <= 1
    assert stratified_exact_test([(b, a) for a, b in prompts]) == pytest.approx(p)
    assert stratified_exact_test(
        [*prompts, (Trials(3, 3), Trials(5, 5)), (Trials(0, 4), Trials(0, 0))]
    ) == pytest.approx(p)


def test_prompts_that_differ_make_no_difference_between_sides() -> None:
    """Simpson's paradox: each prompt is answered alike by both sides, that were asked the prompts unequally often."""
    prompts = [(Trials(9, 10), Trials(36, 40)), (Trials(4, 40), Trials(1, 10))]
    assert stratified_exact_test(prompts) > 0.9
    assert exact_test(13, 50, 37, 50) < 1e-5


def test_mean_test_is_that_of_all_arrangements() -> None:
    def gap(prompts: Arrangement) -> float:
        return abs(sum(sum(a) - len(a) * (sum(a) + sum(b)) / (len(a) + len(b)) for a, b in prompts))  # type: ignore[call-overload]

    one = [([1.0, 4.0, 3.5, 7.0], [6.0, 9.0, 8.0])]
    assert mean_test(one) == pytest.approx(all_arrangements(one, gap), abs=0.012)
    two = [([1.0, 4.0, 3.5], [6.0, 9.0, 3.0]), ([51.0, 52.0], [60.0, 52.0, 55.0])]
    assert mean_test(two) == pytest.approx(all_arrangements(two, gap), abs=0.012)
    assert mean_test([(b, a) for a, b in two]) == pytest.approx(mean_test(two), abs=0.012)


def test_means_that_are_the_same_are_no_difference_whatever_rounding_makes_of_them() -> None:
    assert mean_test([([0.1, 0.2, 0.3, 0.7], [0.3, 0.7, 0.1, 0.2])]) == 1.0
    assert mean_test([([1e-9, 3e-9], [2e-9, 2e-9]), ([0.1], [0.1])]) == 1.0


def g_and_distance(table: list[list[int]]) -> tuple[float, float]:
    kept = numpy.array([column for column in zip(*table, strict=True) if any(column)]).T
    shares = kept / kept.sum(axis=1, keepdims=True)
    g = chi2_contingency(kept, correction=False, lambda_="log-likelihood").statistic if kept.shape[1] > 1 else 0.0
    return float(g), float(abs(shares[0] - shares[1]).sum() / 2)


def tables(prompts: Arrangement) -> list[list[int]]:
    counts = [Counter(x for sides in prompts for x in sides[place]) for place in (0, 1)]
    return [[count[name] for name in ("bold", "calm", "wary")] for count in counts]


@pytest.mark.parametrize(
    "prompts",
    [
        [(["bold", "bold", "bold", "wary"], ["calm", "wary", "wary", "wary", "bold"])],
        [(["bold", "bold", "calm"], ["calm", "wary", "wary"]), (["calm", "calm", "bold"], ["calm", "wary"])],
    ],
)
def test_distribution_test_is_that_of_all_arrangements(prompts: list[tuple[list[str], list[str]]]) -> None:
    found = distribution_test([(Counter(a), Counter(b)) for a, b in prompts])
    assert found.distance == pytest.approx(g_and_distance(tables(prompts))[1])
    assert found.p_value == pytest.approx(
        all_arrangements(prompts, lambda way: g_and_distance(tables(way))[0]), abs=0.012
    )
    assert 0 < found.by_chance < 1


def test_alike_sides_are_as_far_apart_as_chance_brings_them() -> None:
    rng = numpy.random.default_rng(2)
    found = []
    for _ in range(40):
        sides = [Counter(rng.choice(["bold", "calm", "wary", "keen"], 15).tolist()) for _ in range(2)]
        found.append(distribution_test([(sides[0], sides[1])]))
    assert numpy.mean([one.distance for one in found]) == pytest.approx(
        numpy.mean([one.by_chance for one in found]), abs=0.05
    )
    assert sum(one.p_value <= 0.05 for one in found) <= 6
