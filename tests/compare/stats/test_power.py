"""How many samples, wordings and training runs a comparison needs: worked by hand, and against its own tests."""

import math

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.compare.stats import (
    Cells,
    Design,
    Trials,
    clustered_difference,
    correlation_within,
    power_needed,
    rate_contrast,
    samples_to_tell,
    smallest_difference,
)

RATES = st.floats(0.01, 0.99)


def test_one_wording_of_one_model_takes_what_fishers_test_takes() -> None:
    assert power_needed(0.2, 0.6, Design()).samples == samples_to_tell(0.2, 0.6) == 28


def test_clusters_by_hand() -> None:
    """Hemming et al. (2011): with k clusters an arm and n answers without clusters, each cluster needs n (1 − ρ) /
    (k − n ρ) of them, where k is above n ρ. Few clusters take (t + t)² / (z + z)² as many: with 20 in all, 18 degrees
    of freedom, (2.101 + .862)² / 7.849 = 1.1185."""
    independent = 28 * (2.10092 + 0.86205) ** 2 / (1.959964 + 0.841621) ** 2
    by_hand = 10 * independent * (1 - 0.05) / (10 - independent * 0.05)
    assert power_needed(0.2, 0.6, Design(prompts=10), of_prompts=0.05).samples == math.ceil(by_hand) == 36


def test_every_wording_is_asked_however_alike_its_answers_are() -> None:
    assert power_needed(0.2, 0.8, Design(100, 100, 100, 100, 100), 0.9, 0.9).samples == 100
    assert power_needed(0.2, 0.8, Design(prompts=20), of_prompts=0.0).samples == 20


def test_too_few_clusters_are_told() -> None:
    needed = power_needed(0.3, 0.6, Design(prompts=3), of_prompts=0.2)
    assert needed.samples is None
    assert needed.prompts is not None
    enough = power_needed(0.3, 0.6, Design(prompts=needed.prompts), of_prompts=0.2)
    assert enough.samples is not None
    assert power_needed(0.3, 0.6, Design(prompts=needed.prompts - 1), of_prompts=0.2).samples is None
    assert power_needed(0.5, 0.5, Design(prompts=9)) == (None, None, None)


@given(base=RATES, side=RATES, prompts=st.integers(2, 40), runs=st.integers(1, 8))
def test_more_never_takes_more(base: float, side: float, prompts: int, runs: int) -> None:
    design = Design(prompts, runs, 1, runs, 1)
    needed = power_needed(base, side, design, 0.05, 0.05).samples
    more = power_needed(base, side, design._replace(prompts=prompts + 1), 0.05, 0.05).samples
    if needed is not None:
        assert more is not None
        assert more <= max(needed, prompts + 1)
    alike = power_needed(base, side, design, 0.0, 0.0).samples
    if needed is not None and alike is not None:
        assert alike <= needed


def test_the_smallest_difference_is_the_one_that_takes_so_many() -> None:
    gap = smallest_difference(20)
    assert gap == 0.48
    assert (samples_to_tell(0.5 - gap / 2, 0.5 + gap / 2) or 0) <= 20
    assert (samples_to_tell(0.51 - gap / 2, 0.49 + gap / 2) or 0) > 20
    assert smallest_difference(1) == 1.0


def test_the_correlation_within_clusters_by_hand() -> None:
    """Of two clusters of 4, one all present and one all absent, answers within a cluster do not differ. Of two with 2
    of 4 each, only they do. Mean squares of both pairs together: 2 over 2 between, 2 over 12 within."""
    assert correlation_within([[Trials(4, 4), Trials(0, 4)]]) == 0.95
    assert correlation_within([[Trials(2, 4), Trials(2, 4)]]) == 0.0
    between, within = 2 / 2, 2 / 12
    both = [[Trials(4, 4), Trials(0, 4)], [Trials(2, 4), Trials(2, 4)]]
    assert correlation_within(both) == pytest.approx((between - within) / (between + 3 * within))


def test_without_a_second_cluster_or_answer_there_is_no_correlation() -> None:
    assert correlation_within([[Trials(4, 8)]]) is None
    assert correlation_within([[Trials(1, 1), Trials(0, 1)]]) is None
    assert correlation_within([[Trials(8, 8), Trials(8, 8)]]) is None
    assert correlation_within([]) is None


def test_the_correlation_is_found_again() -> None:
    random = numpy.random.default_rng(3)
    for correlation in (0.05, 0.3):
        shape = (1 - correlation) / correlation
        rates = random.beta(0.4 * shape, 0.6 * shape, 2_000)
        clusters = [Trials(int(k), 10) for k in random.binomial(10, rates)]
        assert correlation_within([clusters]) == pytest.approx(correlation, abs=0.03)


def _with_correlation(rate: float, many: int, random: numpy.random.Generator) -> numpy.ndarray:
    """The rates of clusters whose answers correlate by .1."""
    return random.beta(rate * 9, (1 - rate) * 9, many)


@pytest.mark.slow
@pytest.mark.parametrize(("base", "side", "prompts"), [(0.2, 0.6, 5), (0.3, 0.7, 10), (0.3, 0.6, 20)])
def test_so_many_samples_have_the_power_by_simulation(base: float, side: float, prompts: int) -> None:
    needed = power_needed(base, side, Design(prompts=prompts)).samples
    assert needed is not None
    each, random, found = math.ceil(needed / prompts), numpy.random.default_rng(1), 0
    for _ in range(400):
        arms = [
            {str(place): Trials(int(k), each) for place, k in enumerate(random.binomial(each, rates))}
            for rates in (_with_correlation(rate, prompts, random) for rate in (side, base))
        ]
        found += clustered_difference(*arms).low > 0
    assert 0.75 < found / 400 < 0.97


@pytest.mark.slow
def test_so_many_training_runs_have_the_power_by_simulation() -> None:
    prompts, runs, random, found = 8, 6, numpy.random.default_rng(1), 0
    needed = power_needed(0.3, 0.7, Design(prompts, runs, 1, runs, 1))
    assert needed.samples is not None
    each = math.ceil(needed.samples / prompts)

    def cells(rate: float, of_runs: numpy.ndarray) -> Cells:
        of_prompts = _with_correlation(rate, prompts, random) - rate
        rates = numpy.clip(rate + of_runs[:, None] + of_prompts[None, :], 0, 1)
        return Cells(random.binomial(each, rates), numpy.full(rates.shape, each))

    for _ in range(400):
        tuned = cells(0.7, _with_correlation(0.7, runs, random) - 0.7)
        p_value = rate_contrast(tuned, cells(0.3, numpy.zeros(1))).p_value
        found += p_value is not None and p_value < 0.05
    assert found / 400 > 0.75
