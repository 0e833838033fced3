"""The difference of two arms against Welch's test and today's pairs, by its laws, and by what it misses."""

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_ind

from diptych.compare.stats import (
    Cells,
    Sums,
    clustered_difference,
    exact_test,
    holm,
    mean_contrast,
    mean_difference,
    newcombe,
    rate_contrast,
    stratified_exact_test,
)
from diptych.compare.stats.binomial import Trials
from tests.compare.stats.families import cells, tables, turned

PAIRS = st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 4)).flatmap(
    lambda shape: st.tuples(tables(shape[0], shape[2]), tables(shape[1], shape[2]))
)


@settings(max_examples=80)
@given(PAIRS)
def test_it_holds_the_difference_and_turns_with_the_arms(pair: tuple[Cells, Cells]) -> None:
    arm, first = pair
    found, mirror, opposite = rate_contrast(arm, first), rate_contrast(first, arm), rate_contrast(*map(turned, pair))
    assert found.interval is not None
    if not numpy.sum(arm.n) or not numpy.sum(first.n):
        assert (found.estimate, found.interval, found.p_value) == (None, (-1.0, 1.0), None)
        return
    gap = numpy.sum(arm.k) / numpy.sum(arm.n) - numpy.sum(first.k) / numpy.sum(first.n)
    assert found.estimate == pytest.approx(gap)
    assert -1 <= found.interval.low <= gap + 1e-9
    assert gap - 1e-9 <= found.interval.high <= 1
    for other in (mirror, opposite):
        assert other.interval == pytest.approx((-found.interval.high, -found.interval.low), abs=1e-6)
        assert other.p_value == pytest.approx(found.p_value, abs=1e-6)
    assert (mirror.unit, mirror.first_unit) == (found.first_unit, found.unit)


@settings(max_examples=60)
@given(PAIRS)
def test_interval_and_test_agree(pair: tuple[Cells, Cells]) -> None:
    found = rate_contrast(*pair)
    if "models" not in (found.unit, found.first_unit) or found.p_value is None:
        return
    assert found.interval is not None
    inside = found.interval.low < 0 < found.interval.high
    assert not (found.p_value < 0.05 and inside)
    assert found.p_value < 0.05 or found.interval.low <= 0 <= found.interval.high


def test_one_model_an_arm_is_a_pair_as_today() -> None:
    own, other = [Trials(7, 10), Trials(2, 10)], [Trials(1, 10), Trials(0, 10)]
    found = rate_contrast(Cells([[7, 2]], [[10, 10]]), Cells([[1, 0]], [[10, 10]]))
    assert (found.unit, found.first_unit) == ("questions", "questions")
    assert found.interval == clustered_difference(
        dict(zip("ab", own, strict=True)), dict(zip("ab", other, strict=True))
    )
    assert found.p_value == stratified_exact_test(list(zip(own, other, strict=True)))
    single = rate_contrast(Cells([[7]], [[10]]), Cells([[1]], [[10]]))
    assert (single.unit, single.interval, single.p_value) == (
        "answers",
        newcombe(7, 10, 1, 10),
        exact_test(7, 10, 1, 10),
    )


def test_a_prompt_that_one_arm_never_answered_is_not_paired() -> None:
    own, other = Cells([[7, 2, 0]], [[10, 10, 0]]), Cells([[1, 0, 5]], [[10, 10, 10]])
    expected = stratified_exact_test([(Trials(7, 10), Trials(1, 10)), (Trials(2, 10), Trials(0, 10))])
    assert rate_contrast(own, other).p_value == pytest.approx(expected)


def test_over_one_prompt_the_test_is_nearly_welchs() -> None:
    """Satterthwaite's degrees of freedom for two arms are those of Welch, where members differ enough."""
    own, other = [1, 9, 4, 7, 6], [0, 3, 1, 5]
    found = rate_contrast(Cells([[k] for k in own], [[10]] * 5), Cells([[k] for k in other], [[10]] * 4))
    # Sums of squares over G(G − 1), as for the mean of independent members.
    assert found.p_value == pytest.approx(ttest_ind(own, other, equal_var=False).pvalue, abs=1e-9)


def test_what_a_question_does_to_both_arms_cancels() -> None:
    n = numpy.full((4, 12), 20)
    easy = numpy.tile([[2, 10, 18, 5], [3, 9, 19, 4], [2, 11, 18, 6], [3, 10, 19, 5]], 3)
    shared, apart = (rate_contrast(Cells(easy, n), Cells(other - 2, n)) for other in (easy, easy[:, ::-1]))
    assert shared.estimate == pytest.approx(apart.estimate)
    assert shared.interval is not None
    assert apart.interval is not None
    assert shared.interval.high - shared.interval.low < 0.8 * (apart.interval.high - apart.interval.low)
    assert shared.p_value is not None
    assert apart.p_value is not None
    assert shared.p_value < 0.05 < apart.p_value


def test_means_are_those_of_pairs_and_of_welch() -> None:
    first, second = (
        {"a": [1.0, 2.0], "b": [4.0, 5.0], "c": [9.0, 8.0]},
        {"a": [2.0, 1.0], "b": [6.0, 5.0], "c": [7.0, 7.0]},
    )
    one, other = (
        Sums(*([[f(x) for x in side.values()]] for f in (sum, lambda x: sum(y * y for y in x), len)))
        for side in (first, second)
    )
    assert mean_contrast(one, other).interval == pytest.approx(mean_difference(first, second))
    rng = numpy.random.default_rng(3)
    means = rng.normal(5, 3, 6), rng.normal(1, 1, 4)
    constant = [Sums(5 * x[:, None], 5 * x[:, None] ** 2, numpy.full((len(x), 1), 5)) for x in means]
    found, welch = mean_contrast(*constant), ttest_ind(*means, equal_var=False)
    assert found.p_value == pytest.approx(welch.pvalue)
    assert found.interval == pytest.approx(tuple(welch.confidence_interval()))
    assert mean_contrast(one, Sums([[0.0] * 3], [[0.0] * 3], [[0] * 3])).estimate is None
    equal = Sums([[4.0, 4.0]], [[8.0, 8.0]], [[2, 2]])
    assert mean_contrast(equal, equal) == (0.0, (0.0, 0.0), None, "questions", "questions")


@pytest.mark.parametrize(("members", "others"), [(6, 6), (6, 1)])
def test_equal_arms_are_seldom_called_different(members: int, others: int) -> None:
    """Members and questions differ; pooled, every third pair of arms would be called different."""
    rng = numpy.random.default_rng(4)
    rejected = pooled = 0
    for _ in range(200):
        question = 0.15 * rng.normal(size=6)
        arms = []
        for count in (members, others):
            own = 0.15 * rng.normal(size=(count, 1)) if count > 1 else 0.0
            arms.append(cells(numpy.clip(0.5 + question + own * numpy.ones((count, 6)), 0, 1), 10, rng))
        found = rate_contrast(*arms)
        rejected += found.p_value is not None and found.p_value < 0.05
        counts = [int(numpy.sum(part)) for of in arms for part in of]
        pooled += exact_test(*counts) < 0.05
    assert rejected / 200 <= 0.06
    assert pooled / 200 > 0.12


def test_a_dozen_arms_are_told_apart_after_correction() -> None:
    """Twelve arms of six seeds over eight questions; one differs."""
    rng = numpy.random.default_rng(5)
    rates = [0.1] * 11 + [0.6]
    first, *others = (cells(numpy.clip(rate + 0.05 * rng.normal(size=(6, 8)), 0, 1), 5, rng) for rate in rates)
    p_values = [rate_contrast(arm, first).p_value for arm in others]
    corrected = holm([1.0 if p is None else p for p in p_values])
    assert [p < 0.05 for p in corrected] == [False] * 10 + [True]
