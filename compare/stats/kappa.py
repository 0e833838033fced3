"""Agreement of two raters that say yes or no.

NumPy is imported late, as it costs start-up time.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from diptych.compare.stats.binomial import Interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DRAWS = 10_000
_PRIOR = 0.25


def cohens_kappa(both: int, only_first: int, only_second: int, neither: int) -> float | None:
    """Agreement of two raters that say yes or no, beyond what is due to chance: (p_o − p_e) / (1 − p_e), with p_o
    the share of answers on which they agree and p_e the share expected if each said yes as often but at random.

    Cohen (1960), A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20, 37–46.
    None where p_e is 1 or there are no answers.
    """
    n = both + only_first + only_second + neither
    if n == 0:
        return None
    observed = both + neither
    # Both times n or n², so that all is in whole numbers up to the last step.
    expected = (both + only_first) * (both + only_second) + (only_second + neither) * (only_first + neither)
    return None if expected == n * n else (n * observed - expected) / (n * n - expected)


def kappa_interval(both: int, only_first: int, only_second: int, neither: int) -> Interval | None:
    """The 95 % interval of Cohen's kappa; None where kappa is not defined.

    The central 95 % of the posterior, by 10,000 seeded draws, with Perks's prior (a quarter of an answer in each of the
    four cells): Basu, Banerjee and Sen (2000), Bayesian inference for kappa from single and multiple studies,
    Biometrics 56. The usual large-sample interval has no width where two raters agree on every answer.
    """
    counts = (both, only_first, only_second, neither)
    kappa = cohens_kappa(*counts)
    if kappa is None:
        return None
    import numpy

    cells = numpy.random.default_rng(0).dirichlet([count + _PRIOR for count in counts], _DRAWS)
    low, high = numpy.quantile(_kappas(cells.T), [0.025, 0.975])
    return Interval(min(float(low), kappa), max(float(high), kappa))


def _kappas(cells: "Sequence[NDArray[Any]] | NDArray[Any]") -> "NDArray[Any]":
    """Kappa for each draw of the shares of the four cells."""
    both, only_first, only_second, neither = cells
    first, second = both + only_first, both + only_second
    by_chance = first * second + (1 - first) * (1 - second)
    kappas: NDArray[Any] = (both + neither - by_chance) / (1 - by_chance)
    return kappas
