"""From which x on a curve is above the base."""

import numpy
import pytest

from diptych.compare.stats import Cells, Curve, Sums, first_above
from tests.compare.stats.families import cells

DOSES = [0.25, 0.5, 0.75, 1.0]


def exactly(*k: int) -> Cells:
    """Of 20 answers to each of four questions, in every member."""
    return Cells([[each] * 4 for each in k], [[20] * 4 for _ in k])


def test_it_is_the_lowest_x_from_which_on_all_are_above() -> None:
    base = exactly(1)
    assert first_above(Curve(DOSES, exactly(1, 2, 12, 15)), base) == 0.75
    assert first_above(Curve(DOSES[::-1], exactly(15, 12, 2, 1)), base) == 0.75
    assert first_above(Curve(DOSES, exactly(12, 1, 12, 15)), base) == 0.75
    assert first_above(Curve(DOSES, exactly(12, 12, 12, 1)), base) is None
    assert first_above(Curve(DOSES, exactly(12, 12, 12, 15)), base) == 0.25
    assert first_above(Curve(DOSES, exactly(0, 0, 0, 0)), exactly(12)) is None
    assert first_above(Curve(DOSES, exactly(11, 2, 1, 0)), exactly(12), "falling") == 0.5
    assert first_above(Curve(DOSES, Cells(numpy.zeros((4, 4)), numpy.zeros((4, 4)))), base) is None


def test_means_are_compared_with_means() -> None:
    rng = numpy.random.default_rng(1)
    numbers = rng.normal(numpy.array([0, 0, 5, 6])[:, None, None], 1, (4, 5, 6))
    curve = Curve(DOSES, Sums(numbers.sum(axis=2), (numbers**2).sum(axis=2), numpy.full((4, 5), 6)))
    own = rng.normal(0, 1, (1, 5, 6))
    base = Sums(own.sum(axis=2), (own**2).sum(axis=2), numpy.full((1, 5), 6))
    assert first_above(curve, base) == 0.75
    with pytest.raises(TypeError, match="means with means"):
        first_above(curve, exactly(1))


def test_too_low_an_x_is_seldom_named() -> None:
    """Up to half of the doses the rate is the base's."""
    rng, early = numpy.random.default_rng(2), 0
    for _ in range(200):
        question = rng.uniform(0.1, 0.4, (1, 6))
        rates = numpy.concatenate([question, question, question + 0.4, question + 0.5])
        found = first_above(Curve(DOSES, cells(rates, 8, rng)), cells(question, 8, rng))
        early += found is not None and found < 0.75
    assert early / 200 <= 0.05
