"""The interval of an arm against textbook analysis of variance, by its laws, and by what it misses."""

import numpy
import pytest
from hypothesis import given, settings
from scipy.stats import beta, norm, t

from diptych.compare.stats import Cells, Sums, clustered_rate, crossed_mean, crossed_rate, mean_interval, wilson
from diptych.compare.stats.binomial import Trials
from tests.compare.stats.families import ANY_CELLS, cells, turned


def sums(numbers: numpy.ndarray) -> Sums:
    """Of numbers by member, prompt and answer."""
    return Sums(numbers.sum(axis=2), (numbers**2).sum(axis=2), numpy.full(numbers.shape[:2], numbers.shape[2]))


@settings(max_examples=60)
@given(ANY_CELLS)
def test_it_holds_the_rate_and_turns_with_it(of: Cells) -> None:
    found, mirror = crossed_rate(of), crossed_rate(turned(of))
    k, n = numpy.sum(of.k), numpy.sum(of.n)
    assert found.interval is not None
    if n == 0:
        assert (found.estimate, found.interval, found.members, found.prompts) == (None, (0.0, 1.0), 0, 0)
        return
    low, high = found.interval
    assert found.estimate == pytest.approx(k / n)
    assert 0 <= low <= k / n + 1e-12
    assert k / n - 1e-12 <= high <= 1
    assert mirror.interval == pytest.approx((1 - high, 1 - low), abs=1e-9)
    assert (found.members, found.prompts) == (numpy.any(of.n, axis=1).sum(), numpy.any(of.n, axis=0).sum())


@settings(max_examples=40)
@given(ANY_CELLS)
def test_members_and_prompts_are_interchangeable_and_empty_ones_do_not_count(of: Cells) -> None:
    found = crossed_rate(of)
    k, n = numpy.asarray(of.k), numpy.asarray(of.n)
    assert crossed_rate(Cells(k.T, n.T)).interval == pytest.approx(found.interval)
    assert crossed_rate(Cells(k[::-1, ::-1], n[::-1, ::-1])).interval == pytest.approx(found.interval)
    wider = [numpy.pad(counts, ((0, 2), (1, 0))) for counts in (k, n)]
    assert crossed_rate(Cells(*wider)) == found


def test_what_it_speaks_of_and_today_s_intervals_where_there_is_one_member_or_prompt() -> None:
    counts = [Trials(3, 10), Trials(9, 10), Trials(4, 12)]
    row = Cells([[k for k, _ in counts]], [[n for _, n in counts]])
    one_model, one_prompt = crossed_rate(row), crossed_rate(Cells(numpy.transpose(row.k), numpy.transpose(row.n)))
    assert (one_model.unit, one_prompt.unit) == ("questions", "models")
    assert one_model.interval == one_prompt.interval == clustered_rate(counts)
    single = crossed_rate(Cells([[3]], [[10]]))
    assert (single.unit, single.interval) == ("answers", wilson(3, 10))


def test_nothing_of_everything_still_leaves_other_models_open() -> None:
    none = crossed_rate(Cells(numpy.zeros((3, 8)), numpy.full((3, 8), 10)))
    assert none.interval is not None
    assert none.interval.low == 0
    assert none.interval.high > wilson(0, 240).high
    more = crossed_rate(Cells(numpy.zeros((12, 8)), numpy.full((12, 8), 10)))
    assert more.interval is not None
    assert more.interval.high < none.interval.high


def test_more_answers_of_the_same_models_do_not_make_up_for_few_models() -> None:
    k = numpy.array([[0, 1, 0, 1], [10, 9, 10, 8], [0, 0, 1, 1]])
    few, many = (crossed_rate(Cells(times * k, numpy.full((3, 4), times * 10))).interval for times in (1, 20))
    assert few is not None
    assert many is not None
    assert many.high - many.low > 0.8 * (few.high - few.low)


def test_a_mean_is_that_of_an_analysis_of_variance() -> None:
    """For a balanced table: (MSA + MSB − MSAB)/(mp), with Satterthwaite's degrees of freedom (Searle, Casella and
    McCulloch 1992, Variance components, 4.3 and 3.6)."""
    rng = numpy.random.default_rng(7)
    m, p = 5, 4
    numbers = rng.normal(size=(m, 1, 1)) + 2 * rng.normal(size=(1, p, 1)) + rng.normal(size=(m, p, 6))
    cell = numbers.mean(axis=2)
    rows, columns, grand = cell.mean(axis=1), cell.mean(axis=0), cell.mean()
    msa = p * ((rows - grand) ** 2).sum() / (m - 1)
    msb = m * ((columns - grand) ** 2).sum() / (p - 1)
    rest = cell - rows[:, None] - columns + grand
    msab = (rest**2).sum() / ((m - 1) * (p - 1))
    total = msa + msb - msab
    freedom = total**2 / (msa**2 / (m - 1) + msb**2 / (p - 1) + msab**2 / ((m - 1) * (p - 1)))
    half = t.ppf(0.975, freedom) * (total / (m * p)) ** 0.5
    found = crossed_mean(sums(numbers))
    assert found.estimate == pytest.approx(grand)
    assert found.interval == pytest.approx((grand - half, grand + half))


def test_a_mean_of_one_member_is_that_of_a_pair() -> None:
    numbers = {"a": [1.0, 2.0, 3.0], "b": [4.0, 5.0, 5.5], "c": [9.0, 8.0, 7.0]}
    found = crossed_mean(sums(numpy.array([list(numbers.values())])))
    assert found.unit == "questions"
    assert found.interval == pytest.approx(mean_interval(numbers))


def test_a_mean_of_one_cell_is_students_and_of_too_few_numbers_none() -> None:
    numbers = numpy.array([[[1.0, 2.0, 4.0, 9.0]]])
    expected = t.interval(0.95, 3, 4.0, numbers.std(ddof=1) / 2)
    assert crossed_mean(sums(numbers)).interval == pytest.approx(expected)
    one = crossed_mean(sums(numbers[:, :, :1]))
    assert (one.estimate, one.interval) == (1.0, None)
    none = crossed_mean(Sums([[0.0]], [[0.0]], [[0]]))
    assert (none.estimate, none.interval) == (None, None)


@pytest.mark.parametrize(("rate", "members", "prompts"), [(0.02, 4, 8), (0.3, 3, 6), (0.9, 8, 4)])
def test_it_holds_the_truth_where_pooling_all_answers_does_not(rate: float, members: int, prompts: int) -> None:
    """Rates are beta-distributed with correlation .3; members, questions and both together are the reason alike."""
    rng, spread, inside, pooled = numpy.random.default_rng(1), 0.7 / 0.3, 0, 0
    for _ in range(300):
        ease = rng.normal(size=(members, 1)) + rng.normal(size=(1, prompts)) + rng.normal(size=(members, prompts))
        of = cells(beta.ppf(norm.cdf(ease / 3**0.5), rate * spread, (1 - rate) * spread), 10, rng)
        low, high = crossed_rate(of).interval or (1.0, 0.0)
        inside += low <= rate <= high
        low, high = wilson(int(numpy.sum(of.k)), int(numpy.sum(of.n)))
        pooled += low <= rate <= high
    assert inside / 300 >= 0.93
    assert pooled / 300 < 0.8


def test_the_interval_of_a_mean_holds_the_truth() -> None:
    rng, inside = numpy.random.default_rng(2), 0
    for _ in range(600):
        numbers = 50 + 5 * rng.normal(size=(4, 1, 1)) + 8 * rng.normal(size=(1, 5, 1)) + 6 * rng.normal(size=(4, 5, 3))
        low, high = crossed_mean(sums(numbers)).interval or (1.0, 0.0)
        inside += low <= 50 <= high
    assert 0.92 <= inside / 600 <= 0.995
