"""Crossings of known curves, their laws, and how often their intervals hold."""

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from diptych.compare.stats import (
    Cells,
    Crossed,
    Curve,
    Flat,
    Lag,
    LagAtLeast,
    LeadAtLeast,
    NeverReached,
    NoLag,
    ReachedFromStart,
    Sums,
    TooFewPoints,
    XInterval,
    crossing_lag,
    half_crossing,
)
from tests.compare.stats.families import cells, turned

DOSES = [0.0, 0.25, 0.5, 0.75, 1.0]


def exactly(rates: list[float], prompts: int = 4, answers: int = 20) -> Cells:
    """Every question at the same rate."""
    k = numpy.repeat(numpy.round(numpy.array(rates) * answers)[:, None], prompts, axis=1)
    return Cells(k, numpy.full(k.shape, answers))


def crossed(curve: Curve, **options: object) -> Crossed:
    found = half_crossing(curve, **options)  # type: ignore[arg-type]
    assert isinstance(found, Crossed)
    return found


def ends(interval: XInterval) -> tuple[float, float]:
    assert interval.low is not None
    assert interval.high is not None
    return interval.low, interval.high


def test_a_straight_line_between_the_points() -> None:
    found = crossed(Curve(DOSES, exactly([0, 0.1, 0.3, 0.7, 0.8])))
    assert found.x == pytest.approx(0.5 + 0.25 * 0.1 / 0.4)
    assert found.between == (0.5, 0.75)
    assert found.unit == "questions"
    low, high = ends(found.interval)
    assert 0.4 < low < found.x < high < 0.7


def test_over_the_logarithm_of_x() -> None:
    steps = [0, 1, 10, 100, 1000]
    found = crossed(Curve(steps, exactly([0.9, 0, 0.2, 0.6, 0.8])), log_x=True)
    assert found.x == pytest.approx(10**1.5)
    assert found.between == (10, pytest.approx(100))
    low, high = ends(found.interval)
    assert 1 < low < found.x < high < 1000


def test_a_curve_that_falls_is_the_mirror_of_one_that_rises() -> None:
    of = exactly([0, 0.1, 0.3, 0.7, 0.8])
    rising, falling = crossed(Curve(DOSES, of)), crossed(Curve(DOSES, turned(of)))
    assert falling.x == pytest.approx(rising.x)
    assert ends(falling.interval) == pytest.approx(ends(rising.interval), abs=0.03)
    assert half_crossing(Curve(DOSES, turned(of)), direction="rising") == Flat(0.0, 1.0)


def test_a_rest_at_half_is_crossed_in_its_middle() -> None:
    assert crossed(Curve(DOSES, exactly([0, 0.4, 0.4, 0.4, 0.8]))).x == pytest.approx(0.5)


def test_a_jump_may_be_anywhere_between_two_points_however_many_answers_there_are() -> None:
    found = crossed(Curve(DOSES, exactly([0, 0, 1, 1, 1], prompts=20, answers=200)))
    assert found.x == pytest.approx(0.375)
    assert ends(found.interval) == pytest.approx((0.25, 0.5), abs=0.02)


def test_a_level_is_reached_never_or_from_the_start() -> None:
    curve = Curve(DOSES, exactly([0.1, 0.1, 0.3, 0.7, 0.8]))
    assert crossed(curve, level=0.5).x == pytest.approx(0.625)
    assert half_crossing(curve, level=0.9) == NeverReached(1.0)
    assert half_crossing(curve, level=0.05) == ReachedFromStart(0.0)
    assert half_crossing(curve, level=0.05, direction="falling") == NeverReached(1.0)
    # The level is just below the highest rate: it may not be reached at all.
    assert crossed(curve, level=0.79).interval.high is None


def test_no_rise_and_too_few_points() -> None:
    assert half_crossing(Curve(DOSES, exactly([0, 0, 0, 0, 0]))) == Flat(0.0, 1.0)
    assert half_crossing(Curve(DOSES, exactly([0.5, 0.55, 0.45, 0.5, 0.55], answers=20))) == Flat(0.0, 1.0)
    assert half_crossing(Curve([0, 1], exactly([0, 0.05], prompts=3))) == Flat(0.0, 1.0)
    assert half_crossing(Curve([1], exactly([0.5]))) == TooFewPoints()
    assert half_crossing(Curve([0, 1], exactly([0.1, 0.9])), log_x=True) == TooFewPoints()
    assert half_crossing(Curve([0, 1], Cells([[0], [0]], [[0], [0]]))) == TooFewPoints()


def test_members_that_share_an_x_speak_of_models() -> None:
    x = [dose for dose in DOSES for _ in range(3)]
    k = numpy.array([[0, 0, 1], [1, 2, 0], [2, 9, 14], [10, 16, 19], [17, 19, 20]]).reshape(-1, 1)
    table = Cells(numpy.repeat(k, 4, axis=1), numpy.full((15, 4), 20))
    alone = crossed(Curve(x, table))
    together = crossed(Curve(x, table, ["a", "b", "c"] * 5))
    as_one = crossed(Curve(x, table, ["a"] * 15))
    assert (alone.unit, together.unit, as_one.unit) == ("models", "models", "questions")
    widths = [high - low for low, high in (ends(each.interval) for each in (as_one, alone, together))]
    # The seed that is early is so at every dose: drawn together, the crossing is known less well.
    assert widths[0] < widths[1] < widths[2]


def test_means_cross_like_rates() -> None:
    of = exactly([0, 0.1, 0.3, 0.7, 0.8])
    tens = Sums(10 * of.k, 100 * of.k, of.n)
    assert crossed(Curve(DOSES, tens)).x == pytest.approx(crossed(Curve(DOSES, of)).x)


@settings(max_examples=15)
@given(st.lists(st.floats(0, 1), min_size=3, max_size=6), st.floats(0.1, 50), st.floats(-20, 20))
def test_a_crossing_moves_with_x(rates: list[float], scale: float, shift: float) -> None:
    of = exactly(rates, prompts=3)
    x = list(range(len(rates)))
    found, moved = half_crossing(Curve(x, of)), half_crossing(Curve([shift + scale * each for each in x], of))
    assert type(found) is type(moved)
    if not isinstance(found, Crossed):
        return
    assert isinstance(moved, Crossed)
    assert found.between[0] <= found.x <= found.between[1]
    numbers = [(found.x, moved.x), (found.interval.low, moved.interval.low), (found.interval.high, moved.interval.high)]
    for one, other in numbers:
        assert (one is None) == (other is None)
        assert one is None or other == pytest.approx(shift + scale * one, abs=1e-6)


def test_a_report_that_follows() -> None:
    does, says = exactly([0, 0.5, 0.9, 0.9, 0.9]), exactly([0, 0, 0.1, 0.5, 0.9])
    first, second = Curve(DOSES, does), Curve(DOSES, says)
    found = crossing_lag(first, second, same_prompts=True)
    assert isinstance(found, Lag)
    assert found.estimate == pytest.approx(crossed(second).x - crossed(first).x)
    low, high = ends(found.interval)
    assert 0.2 < low < found.estimate < high < 0.8
    turned_round = crossing_lag(second, first, same_prompts=True)
    assert isinstance(turned_round, Lag)
    assert turned_round.estimate == pytest.approx(-found.estimate)


def test_a_lag_over_the_logarithm_is_in_powers_of_ten() -> None:
    steps = [1, 10, 100, 1000]
    found = crossing_lag(
        Curve(steps, exactly([0, 0.8, 0.8, 0.8])),
        Curve(steps, exactly([0, 0, 0.8, 0.8])),
        same_prompts=False,
        log_x=True,
    )
    assert isinstance(found, Lag)
    assert found.estimate == pytest.approx(1)


def test_where_one_of_two_never_crosses() -> None:
    does, never = Curve(DOSES, exactly([0, 0.5, 0.9, 0.9, 0.9])), Curve(DOSES, exactly([0, 0, 0, 0, 0]))
    _, high = ends(crossed(does).interval)
    assert crossing_lag(does, never, same_prompts=True) == LagAtLeast(pytest.approx(1 - high))
    assert crossing_lag(never, does, same_prompts=True) == LeadAtLeast(pytest.approx(1 - high, abs=0.02))
    assert crossing_lag(never, never, same_prompts=True) == NoLag()
    assert crossing_lag(does, does, same_prompts=True, levels=(0.2, 0.95)) == LagAtLeast(pytest.approx(0.77, abs=0.1))
    from_start = Curve(DOSES, exactly([0.6, 0.7, 0.8, 0.8, 0.9]))
    assert crossing_lag(does, from_start, same_prompts=True, levels=(0.5, 0.5)) == NoLag()


def test_what_members_do_to_both_crossings_cancels() -> None:
    """Three seeds cross early, in the middle and late in both measures; the second is always .2 later."""
    x = numpy.repeat(numpy.linspace(0, 1, 6), 3)
    shift = numpy.tile([-0.15, 0.0, 0.15], 6)
    of = [exactly(expit((x - 0.35 - lag - shift) / 0.05).tolist()) for lag in (0.0, 0.2)]
    runs = ["a", "b", "c"] * 6
    together = crossing_lag(*(Curve(x, each, runs) for each in of), same_prompts=False)
    assert isinstance(together, Lag)
    low, high = ends(together.interval)
    alone_low, alone_high = ends(crossed(Curve(x, of[0], runs)).interval)
    assert 0.1 < low < 0.2 < high < 0.3
    assert high - low < alone_high - alone_low


@pytest.mark.parametrize("questions", [3, 12])
def test_the_interval_holds_the_crossing(questions: int) -> None:
    """Questions cross apart; the mean over all of them crosses half of its range at .5."""
    rng, x = numpy.random.default_rng(6), numpy.linspace(0, 1, 7)
    inside = 0
    for _ in range(120):
        rates = expit((x - 0.5 - 0.1 * rng.normal(size=(questions, 1))) / 0.08)
        low, high = ends(crossed(Curve(x.tolist(), cells(rates.T, 8, rng))).interval)
        inside += low <= 0.5 <= high
    assert inside / 120 >= 0.91


def test_no_rise_is_seldom_called_one() -> None:
    rng, risen = numpy.random.default_rng(8), 0
    for _ in range(200):
        rates = numpy.repeat(rng.beta(2, 2, size=(1, 6)), 5, axis=0)
        risen += isinstance(half_crossing(Curve(DOSES, cells(rates, 8, rng))), Crossed)
    assert risen / 200 <= 0.09
