"""Tests of membership and of order: they see what is there, and under the null they do not."""

from collections.abc import Callable
from random import Random

import pytest

from diptych.compare.stats.positions import Scores, membership, order, position

RUNS = 200


def p_values(draw: Callable[[Random, int], float]) -> list[float]:
    random = Random(11)
    return [draw(random, seed) for seed in range(RUNS)]


def assert_uniform(values: list[float]) -> None:
    """As many p-values under .05 and .5 as there should be, give or take four standard errors."""
    for level in (0.05, 0.5):
        share = sum(value <= level for value in values) / len(values)
        assert abs(share - level) <= 4 * (level * (1 - level) / len(values)) ** 0.5


def test_membership_sees_tuned_answers_that_quote() -> None:
    found = membership([Scores([0.2, 0.9, 0.3, 0.8, 0.7], [0.1, 0.2, 0.15, 0.2, 0.1]) for _ in range(4)])
    assert found is not None
    assert found.difference == pytest.approx(0.7)
    assert found.prompts == 4
    assert found.p_value < 0.1


def test_membership_is_one_sided_and_ties_are_no_evidence() -> None:
    worse = membership([Scores([0.1, 0.1], [0.8, 0.9])] * 3)
    same = membership([Scores([0.0, 0.0], [0.0, 0.0])])
    assert worse is not None
    assert worse.p_value > 0.9
    assert same is not None
    assert (same.difference, same.p_value) == (0.0, 1.0)


def test_membership_needs_both_sides() -> None:
    assert membership([]) is None
    assert membership([Scores([0.5], [])]) is None
    found = membership([Scores([0.5], []), Scores([0.6], [0.4])])
    assert found is not None
    assert (found.prompts, found.difference) == (1, pytest.approx(0.2))


def test_membership_under_the_null_also_with_unequal_sides() -> None:
    def draw(random: Random, seed: int) -> float:
        prompts = [Scores([random.random() for _ in range(9)], [random.random() for _ in range(4)]) for _ in range(3)]
        found = membership(prompts, seed, draws=200)
        assert found is not None
        return found.p_value

    assert_uniform(p_values(draw))


def test_position_sees_rows_at_the_beginning() -> None:
    found = position([1, 2, 2, 3, 5, 7], rows=500)
    assert found is not None
    assert (found.answers, found.distinct) == (6, 5)
    assert found.mean < 0.01
    assert found.p_value < 0.005


def test_one_row_named_again_and_again_is_no_evidence_of_order() -> None:
    found = position([90] * 30, rows=100)
    assert found is not None
    assert found.distinct == 1
    assert found.p_value == pytest.approx(0.2, abs=0.04)


def test_position_under_the_null_with_repeated_rows() -> None:
    def draw(random: Random, seed: int) -> float:
        named = random.sample(range(1, 301), 6)
        found = position([random.choice(named) for _ in range(20)], 300, seed, draws=200)
        assert found is not None
        return found.p_value

    assert_uniform(p_values(draw))


def test_order_sees_that_last_names_later_rows() -> None:
    found = order(first=[1, 4, 9, 12, 2, 6], last=[290, 300, 280, 299, 291, 270], rows=300)
    assert found is not None
    assert found.difference > 0.9
    assert found.p_prompt < 0.01
    assert found.p_order < 0.01


def test_order_tells_content_from_place() -> None:
    """Each prompt calls up one row of its own: they differ, but say nothing of the order of the file."""
    found = order(first=[40] * 12, last=[70] * 12, rows=100)
    assert found is not None
    assert found.p_prompt < 0.01
    assert found.p_order > 0.3


def test_order_under_the_null() -> None:
    random = Random(11)
    found = []
    for seed in range(RUNS):
        numbers = [random.randint(1, 200) for _ in range(18)]
        found.append(order(numbers[:8], numbers[8:], 200, seed, draws=200))
    assert_uniform([each.p_prompt for each in found if each is not None])
    assert_uniform([each.p_order for each in found if each is not None])


def test_the_seed_decides() -> None:
    assert order([3, 5], [9, 11], 20, seed=1) == order([3, 5], [9, 11], 20, seed=1)
    assert position([3, 5, 11], 20, seed=2) == position([3, 5, 11], 20, seed=2)


def test_too_little_to_test() -> None:
    assert position([], 10) is None
    assert position([1], 1) is None
    assert order([1], [], 10) is None
    assert order([], [2], 10) is None
    assert order([1], [1], 1) is None
