"""Cohen's kappa against published figures, and how often its interval holds the truth."""

import numpy
import pytest

from diptych.compare import cohens_kappa, kappa_interval


@pytest.mark.parametrize(
    ("cells", "kappa"),
    [
        # Feinstein and Cicchetti (1990), High agreement but low kappa: I, J Clin Epidemiol 43, 543-549: both agree on
        # 85 of 100, with balanced margins and without.
        ((40, 9, 6, 45), 0.70),
        ((80, 10, 5, 5), 0.32),
    ],
)
def test_kappa_of_published_tables(cells: tuple[int, int, int, int], kappa: float) -> None:
    assert cohens_kappa(*cells) == pytest.approx(kappa, abs=0.005)


def test_the_ends_of_kappa() -> None:
    assert cohens_kappa(5, 0, 0, 5) == 1
    assert cohens_kappa(0, 5, 5, 0) == -1
    assert cohens_kappa(4, 4, 4, 4) == 0
    assert cohens_kappa(9, 0, 0, 0) is None
    assert cohens_kappa(0, 0, 0, 0) is None


def test_the_interval_is_the_large_sample_one_where_there_are_many_answers() -> None:
    # 1.96 standard errors of Fleiss, Cohen and Everitt (1969), as statsmodels' cohens_kappa has them.
    assert kappa_interval(400, 90, 60, 450) == pytest.approx((0.656, 0.744), abs=0.005)


def test_perfect_agreement_on_few_answers_is_not_certain() -> None:
    found = kappa_interval(5, 0, 0, 15)
    assert found is not None
    assert found.low < 0.85
    assert found.high == 1
    assert kappa_interval(20, 0, 0, 0) is None


def test_the_interval_holds_the_truth_with_20_answers() -> None:
    rng, cells, inside = numpy.random.default_rng(3), (0.15, 0.15, 0.0, 0.7), []
    truth = cohens_kappa(15, 15, 0, 70)
    assert truth is not None
    for counts in rng.multinomial(20, cells, 200):
        found = kappa_interval(*map(int, counts))
        if found is not None:
            inside.append(found.low <= truth <= found.high)
    assert sum(inside) / len(inside) > 0.9
