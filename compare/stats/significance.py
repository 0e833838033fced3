"""Tests whether two sides differ. Answers are only exchanged between the sides within the same prompt.

NumPy and SciPy are imported late, as they cost start-up time.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from diptych.compare.stats.binomial import Trials

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

_BLOCK, _BLOCKS = 1_000, 10
"""How many permutations are drawn at once, and how many times."""
_EQUAL = 1e-9
"""Differences up to this part of the largest statistic are rounding."""


def stratified_exact_test(prompts: Sequence[tuple[Trials, Trials]]) -> float:
    """Two-sided p-value that both sides have the same rate at each prompt; Fisher's where there is one prompt.

    Given the number of answers that show the pattern at each prompt, the first side's number is a sum of hypergeometric
    variables. P is the probability of all sums that are no likelier than the observed one. Birch (1964), The detection
    of partial association, I:
    the 2 × 2 case, Journal of the Royal Statistical Society B 26; computed by convolution. R's
    mantelhaen.test(exact = TRUE).
    """
    import numpy
    from scipy.stats import hypergeom

    chances, least = numpy.ones(1), 0
    both = [(first, second) for first, second in prompts if first.n and second.n]
    for (k1, n1), (k2, n2) in both:
        lowest = max(0, k1 + k2 - n2)
        possible = numpy.arange(lowest, min(n1, k1 + k2) + 1)
        chances = numpy.convolve(chances, hypergeom.pmf(possible, n1 + n2, k1 + k2, n1))
        least += lowest
    seen = chances[sum(first.k for first, _ in both) - least]
    return min(1.0, float(chances[chances <= seen * (1 + 1e-7)].sum()))


def mean_test(prompts: Sequence[tuple[Sequence[float], Sequence[float]]]) -> float:
    """Two-sided p-value that the numbers of both sides are drawn alike at each prompt, by 10,000 permutations.

    The statistic is the first side's sum minus its expectation.
    """
    import numpy

    rng = numpy.random.default_rng(0)
    seen, drawn = 0.0, numpy.zeros(_BLOCK * _BLOCKS)
    for first, second in prompts:
        values, own, counts = _by_value(first, second)
        values = values - values @ counts / counts.sum()
        drawn += _drawn(counts, len(first), rng, values)
        seen += float(own @ values)
    return permutation_p_value(abs(drawn), abs(seen))


class Distributions(NamedTuple):
    """How much two sides differ in the values that they give."""

    distance: float
    """Total variation: the share of answers that would have to change for both sides to give the same values."""
    by_chance: float
    """Its mean if both sides gave values with the same probabilities."""
    p_value: float


def distribution_test(prompts: Sequence[tuple[Mapping[str, int], Mapping[str, int]]]) -> Distributions:
    """Whether the sides give values with the same frequencies, from counts by prompt. The statistic is the likelihood
    ratio G of the counts over all prompts; 10,000 permutations within prompts.

    Each side has at least one value at each prompt.
    """
    import numpy

    names = sorted({value for sides in prompts for side in sides for value in side})
    table = numpy.array([[[side.get(name, 0) for name in names] for side in sides] for sides in prompts])
    rng = numpy.random.default_rng(0)
    same = numpy.eye(len(names))
    drawn = numpy.zeros((_BLOCK * _BLOCKS, len(names)))
    for both in table:
        drawn += _drawn(both.sum(axis=0), int(both[0].sum()), rng, same)
    total = table.sum(axis=(0, 1))
    seen = table[:, 0].sum(axis=0)
    chance = _distance(drawn, total)
    return Distributions(
        distance=float(_distance(seen[None], total)[0]),
        by_chance=float(chance.mean()),
        p_value=permutation_p_value(_g(drawn, total), float(_g(seen[None], total)[0])),
    )


def _by_value(first: Sequence[float], second: Sequence[float]) -> tuple["NDArray[Any]", "NDArray[Any]", "NDArray[Any]"]:
    """The distinct values, how often the first side has each, and how often both do."""
    import numpy

    values, index = numpy.unique([*first, *second], return_inverse=True)
    own = numpy.bincount(index[: len(first)], minlength=len(values))
    return values, own, numpy.bincount(index, minlength=len(values))


def _drawn(
    counts: "NDArray[Any]", size: int, rng: "numpy.random.Generator", weights: "NDArray[Any]"
) -> "NDArray[numpy.float64]":
    """Random sides of the given size, one row a permutation: their counts of each value, times the weights."""
    import numpy

    blocks = (rng.multivariate_hypergeometric(counts, size, _BLOCK, method="count") for _ in range(_BLOCKS))
    return numpy.concatenate([block @ weights for block in blocks])


def _distance(first: "NDArray[Any]", total: "NDArray[Any]") -> "NDArray[Any]":
    """Total variation between the first side (one row each) and the rest."""
    own, other = (side / side.sum(axis=1, keepdims=True) for side in (first, total - first))
    gap: NDArray[Any] = abs(own - other).sum(axis=1) / 2
    return gap


def _g(first: "NDArray[Any]", total: "NDArray[Any]") -> "NDArray[Any]":
    """2 Σ observed · log(observed / expected), for each row of the first side's counts."""
    from scipy.special import rel_entr

    share = total / total.sum()
    own, other = (rel_entr(side, side.sum(axis=1, keepdims=True) * share) for side in (first, total - first))
    return 2 * (own + other).sum(axis=1)  # type: ignore[no-any-return]


def permutation_p_value(drawn: "NDArray[numpy.float64]", observed: float) -> float:
    """The share of arrangements whose statistic is at least the observed one, which counts as one of them.

    Phipson and Smyth (2010), Permutation p-values should never be zero, Statistical Applications in Genetics and
    Molecular Biology 9.
    """
    rounding = _EQUAL * max(abs(observed), float(abs(drawn).max()))
    return (1 + int((drawn >= observed - rounding).sum())) / (1 + len(drawn))
