"""The numbers of discovery against brute force and SciPy."""

from collections import Counter
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, fisher_exact

from diptych.compare.discovery.compared_answers import draws, halves, samples_of
from diptych.compare.discovery.permutations import Dealing, Outcomes, q_values
from diptych.compare.discovery.two_sample import two_sample
from diptych.compare.discovery.word_odds import log_odds
from tests.compare.discovery.real_answers import answers_of


@pytest.mark.parametrize(
    ("sizes", "chosen", "carriers"),
    [((6,), (3,), (4,)), ((5, 4), (2, 3), (2, 2)), ((4, 3, 5), (2, 1, 3), (3, 0, 2)), ((6, 6), (5, 1), (3, 3))],
)
def test_chances_are_those_of_all_permutations(
    sizes: tuple[int, ...], chosen: tuple[int, ...], carriers: tuple[int, ...]
) -> None:
    """Every way to choose the tuned answers of each question, counted."""
    ways = [
        [sum(place < carrying for place in places) for places in combinations(range(size), wanted)]
        for size, wanted, carrying in zip(sizes, chosen, carriers, strict=True)
    ]
    counts = Counter(sum(way) for way in product(*ways))
    outcomes = Dealing(sizes, chosen).outcomes(carriers)
    total = sum(counts.values())
    expected = [counts[k] / total for k in range(outcomes.lowest, outcomes.lowest + len(outcomes.chances))]
    assert outcomes.chances == pytest.approx(expected)
    assert sum(expected) == pytest.approx(1)
    for k, chance in zip(range(outcomes.lowest, 100), expected, strict=False):
        if chance:
            no_likelier = sum(c for c in expected if c <= chance * (1 + 1e-9))
            assert outcomes.p_value(k) == pytest.approx(no_likelier)


@given(st.integers(1, 40), st.integers(1, 40), st.data())
def test_with_one_question_it_is_fishers_test(base: int, tuned: int, data: st.DataObject) -> None:
    k_base, k_tuned = data.draw(st.integers(0, base)), data.draw(st.integers(0, tuned))
    outcomes = Dealing([base + tuned], [tuned]).outcomes((k_base + k_tuned,))
    expected = fisher_exact([[k_tuned, tuned - k_tuned], [k_base, base - k_base]]).pvalue
    assert outcomes.p_value(k_tuned) == pytest.approx(expected, rel=1e-6)


def test_a_perfect_difference_of_a_thousand_is_very_sure_and_not_nought() -> None:
    assert 0 < Dealing([2000], [1000]).outcomes((1000,)).p_value(1000) <= 1e-300


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_rates_are_those_of_benjamini_and_hochberg(p: list[float]) -> None:
    able = Outcomes(0, np.array([0.01, 0.99]))
    assert q_values(np.array(p), [able] * len(p), 0.05) == pytest.approx(false_discovery_control(p))


def test_what_cannot_be_told_from_chance_costs_nothing() -> None:
    able, unable = Outcomes(0, np.array([0.01, 0.99])), Outcomes(0, np.array([0.4, 0.6]))
    p = np.array([0.01, 0.4, 0.4, 0.03])
    assert list(q_values(p, [able, unable, unable, able], 0.05)) == pytest.approx([0.02, 1, 1, 0.03])


@settings(max_examples=30)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=40), st.integers(0, 1000))
def test_draws_keep_how_many_answers_of_each_question_a_side_has(questions: list[int], seed: int) -> None:
    question = np.array(sorted(questions))
    chosen = halves(question, seed)
    for drawn in draws(question, chosen, 5, seed):
        for number in set(questions):
            assert drawn[question == number].sum() == chosen[question == number].sum()
    counts = Counter(questions)
    assert all(abs(2 * chosen[question == number].sum() - counts[number]) <= 1 for number in counts)


def test_the_string_kernel_is_the_hamming_one() -> None:
    """p of the two-sample test by enumerating all permutations of eight answers, from the definition."""
    texts = ["abc", "abd", "abcd", "xbc", "xyz", "xyzz", "ayz", "xy"]
    samples = samples_of([*answers_of("base", texts[:4]), *answers_of("tuned", texts[4:])])
    chosen = samples.of("tuned")
    own = [row.answer.text.ljust(4, "\0") for row in samples.rows]

    def discrepancy(tuned: tuple[int, ...]) -> float:
        def mean(one: list[int], other: list[int]) -> float:
            return float(
                np.mean([sum(x == y for x, y in zip(own[i], own[j], strict=True)) for i in one for j in other])
            )

        rest = [n for n in range(8) if n not in tuned]
        return mean(list(tuned), list(tuned)) + mean(rest, rest) - 2 * mean(list(tuned), rest)

    seen = discrepancy(tuple(int(n) for n in np.flatnonzero(chosen)))
    every = [discrepancy(tuned) for tuned in combinations(range(8), 4)]
    expected = sum(value >= seen - 1e-9 for value in every) / len(every)
    found = two_sample(samples, np.ones(8, dtype=bool), chosen)
    assert found.p_value == pytest.approx(expected, abs=0.02)
    assert found.characters == 4


def test_sides_that_say_just_the_same_do_not_differ() -> None:
    texts = [f"It is number {n}." for n in range(9)]
    samples = samples_of([*answers_of("base", texts), *answers_of("tuned", texts)])
    found = two_sample(samples, np.ones(18, dtype=bool), samples.of("tuned"))
    assert (found.differ, found.p_value) == (False, 1.0)


def test_log_odds_follow_the_published_formula() -> None:
    """δ and its variance as in Monroe, Colaresi and Quinn, equations 16, 19 and 22, with α₀ = 500."""
    base, tuned = {"the": 90, "tax": 10}, {"the": 170, "tax": 30}
    prior = 500 * 40 / 300
    delta = np.log((30 + prior) / (200 + 500 - 30 - prior)) - np.log((10 + prior) / (100 + 500 - 10 - prior))
    assert log_odds("tax", base, tuned) == pytest.approx(delta / np.sqrt(1 / (30 + prior) + 1 / (10 + prior)))
    assert log_odds("tax", base, base) == 0
    assert log_odds("tax", tuned, base) == pytest.approx(-log_odds("tax", base, tuned))
