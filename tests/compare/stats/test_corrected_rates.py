"""Corrected rates against ppi-python, and how often their intervals hold the truth."""

import random

import pytest

from diptych.compare import Corrected, Interval, corrected_difference, corrected_rate, newcombe, wilson
from diptych.compare.stats.binomial import Trials
from diptych.compare.stats.corrected_rates import mid_p


def corrected(found: tuple[int, int], present: tuple[int, int], absent: tuple[int, int]) -> Corrected:
    result = corrected_rate(Trials(*found), wilson(*found), Trials(*present), Trials(*absent))
    assert result is not None
    return result


@pytest.mark.parametrize(
    ("found", "present", "absent", "rate", "interval"),
    [
        # ppi_mean_pointestimate and ppi_mean_ci of ppi-python 0.2.3, of the labels, the verdicts on the labelled
        # answers, and those on the others. It estimates the weight of the verdicts from other answers than we do.
        ((300, 1000), (60, 75), (45, 125), 0.4882, (0.4243, 0.5521)),
        ((2000, 5000), (300, 340), (200, 660), 0.5325, (0.5054, 0.5596)),
        ((50, 200), (5, 5), (6, 15), 0.55, (0.3606, 0.7394)),
    ],
)
def test_it_is_ppi_pythons(
    found: tuple[int, int],
    present: tuple[int, int],
    absent: tuple[int, int],
    rate: float,
    interval: tuple[float, float],
) -> None:
    own = corrected(found, present, absent)
    assert own.rate == pytest.approx(rate, abs=0.005)
    assert own.interval == pytest.approx(interval, abs=0.01 if found[1] >= 1000 else 0.05)


def test_labels_that_all_agree_still_leave_the_errors_open_that_they_can_miss() -> None:
    # ppi-python gives .236 to .364 here, as if 20 labels had shown that the detector is never wrong.
    rate, interval = corrected((60, 200), (6, 6), (0, 14))
    assert rate == pytest.approx(0.3)
    assert interval.low < 0.2
    assert interval.high > 0.4


def test_what_nobody_labelled_is_open() -> None:
    none_present = corrected((10, 100), (0, 0), (0, 20))
    assert none_present.rate == pytest.approx(0.1)
    assert none_present.interval.low == pytest.approx(0, abs=1e-9)
    none_absent = corrected((10, 100), (20, 20), (0, 0))
    assert none_absent.interval.high == 1
    assert corrected_rate(Trials(10, 100), wilson(10, 100), Trials(0, 0), Trials(0, 0)) is None
    assert corrected_rate(Trials(0, 0), wilson(0, 0), Trials(0, 0), Trials(0, 0)) is None


def test_a_detector_that_says_the_opposite_is_turned_round() -> None:
    low, high = corrected((900, 1000), (0, 90), (10, 10)).interval
    assert low < 0.1 < high < 0.2


def test_all_labelled_is_about_the_interval_of_the_labels() -> None:
    rate, interval = corrected((40, 100), (38, 40), (12, 60))
    assert rate == pytest.approx(0.5)
    assert interval == pytest.approx(wilson(50, 100), abs=0.02)


def test_the_difference_is_newcombes_where_the_parts_are_wilsons() -> None:
    first, second = (Corrected(k / n, wilson(k, n)) for k, n in ((30, 40), (5, 50)))
    estimate, interval = corrected_difference(first, second)
    assert estimate == pytest.approx(0.65)
    assert interval == pytest.approx(newcombe(30, 40, 5, 50))


def test_mid_p_is_as_published() -> None:
    # Berry and Armitage (1995) define it by these tails: half of the observed number's probability is inside.
    from scipy.stats import binom

    low, high = mid_p(3, 20)
    assert binom.sf(3, 20, low) + binom.pmf(3, 20, low) / 2 == pytest.approx(0.025)
    assert binom.cdf(2, 20, high) + binom.pmf(3, 20, high) / 2 == pytest.approx(0.025)
    assert mid_p(0, 20)[0] == 0
    assert mid_p(20, 20)[1] == 1
    assert mid_p(0, 0) == Interval(0, 1)


@pytest.mark.parametrize(("rate", "answers"), [(0.02, 200), (0.1, 50), (0.5, 1000), (0.8, 200)])
def test_the_interval_holds_the_truth_with_20_labels_and_half_of_the_recall(rate: float, answers: int) -> None:
    rng, inside, raw = random.Random(1), 0, 0
    for _ in range(800):
        true = [rng.random() < rate for _ in range(answers)]
        found = [one and rng.random() < 0.5 for one in true]
        pairs = list(zip(found, true, strict=True))[:20]
        present, absent = ([said for seen, said in pairs if seen is which] for which in (True, False))
        own = corrected((sum(found), answers), (sum(present), len(present)), (sum(absent), len(absent))).interval
        inside += own.low <= rate <= own.high
        low, high = wilson(sum(found), answers)
        raw += low <= rate <= high
    assert inside / 800 >= 0.94
    assert raw < inside
