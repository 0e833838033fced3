"""The difference of two conditions of an arm against the paired t test, by its laws, and by what pairing gains."""

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_rel

from diptych.compare.stats import Cells, Sums, mean_gap, rate_contrast, rate_gap
from tests.compare.stats.families import tables

BOTH = st.tuples(st.integers(2, 5), st.integers(1, 4), st.booleans(), st.integers(1, 4)).flatmap(
    lambda shape: st.tuples(
        tables(shape[0], shape[1]), tables(shape[0], shape[1] if shape[2] else shape[3]), st.just(shape[2])
    )
)


@settings(max_examples=80, deadline=None)
@given(BOTH)
def test_it_holds_the_difference_and_turns_with_the_conditions(both: tuple[Cells, Cells, bool]) -> None:
    of, minus, same = both
    found, mirror = rate_gap(of, minus, same), rate_gap(minus, of, same)
    assert found.interval is not None
    assert mirror.interval is not None
    if not numpy.sum(of.n) or not numpy.sum(minus.n):
        assert (found.estimate, found.interval, found.p_value) == (None, (-1.0, 1.0), None)
        return
    gap = numpy.sum(of.k) / numpy.sum(of.n) - numpy.sum(minus.k) / numpy.sum(minus.n)
    assert found.estimate == pytest.approx(gap)
    assert -1 <= found.interval.low <= gap + 1e-9
    assert gap - 1e-9 <= found.interval.high <= 1
    assert mirror.interval == pytest.approx((-found.interval.high, -found.interval.low), abs=1e-6)
    if found.p_value is not None:
        assert mirror.p_value == pytest.approx(found.p_value, abs=1e-6)
        assert (found.p_value < 0.05) != (found.interval.low <= 0 <= found.interval.high) or 0 in found.interval


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), min_size=3, max_size=8))
def test_one_number_a_member_is_the_paired_t_test(numbers: list[tuple[float, float]]) -> None:
    of, minus = (numpy.array([pair[place] for pair in numbers])[:, None] for place in (0, 1))
    if numpy.ptp(of - minus) < 1e-3:
        return
    ones = numpy.ones_like(of)
    found = mean_gap(Sums(of, of**2, ones), Sums(minus, minus**2, ones), same_prompts=True)
    expected = ttest_rel(of[:, 0], minus[:, 0])
    assert found.p_value == pytest.approx(expected.pvalue, abs=1e-9)
    assert found.interval == pytest.approx(tuple(expected.confidence_interval()), abs=1e-6)


def test_what_members_do_in_both_conditions_cancels() -> None:
    """Members from .1 to .7, each .3 higher in the first condition: as other members they would not be told apart."""
    lower = numpy.repeat([[2], [5], [8], [11], [14]], 6, axis=1)
    of, minus = Cells(lower + 6, numpy.full((5, 6), 20)), Cells(lower, numpy.full((5, 6), 20))
    found, unpaired = rate_gap(of, minus, same_prompts=True), rate_contrast(of, minus)
    assert found.estimate == pytest.approx(0.3)
    assert found.interval is not None
    assert unpaired.interval is not None
    assert found.interval.high - found.interval.low < 0.8 * (unpaired.interval.high - unpaired.interval.low)
    assert found.p_value is not None
    assert unpaired.p_value is not None
    assert found.p_value < 0.01 < 0.05 < unpaired.p_value


def test_what_questions_do_in_both_conditions_cancels_if_they_are_the_same() -> None:
    lower = numpy.array([[1, 7, 13], [2, 8, 12]])
    of, minus = Cells(lower + 6, numpy.full((2, 3), 20)), Cells(lower, numpy.full((2, 3), 20))
    same, other = rate_gap(of, minus, same_prompts=True), rate_gap(of, minus, same_prompts=False)
    assert same.interval is not None
    assert other.interval is not None
    assert same.interval.low > other.interval.low


def test_nothing_to_tell() -> None:
    ten = [[10], [10]]
    found = rate_gap(Cells([[0], [0]], ten), Cells([[0], [0]], ten), same_prompts=True)
    assert found.estimate == 0.0
    assert found.interval is not None
    assert found.interval.low < 0 < found.interval.high
    assert mean_gap(Sums([[3.0], [0]], [[9.0], [0]], [[1], [0]]), Sums([[1.0], [0]], [[1.0], [0]], [[1], [0]]), True)[
        :3
    ] == (2.0, None, None)
