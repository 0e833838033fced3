"""Whether two sides differ, tested within prompts: answers to the same prompt are what sides may be exchanged among.

NumPy and SciPy are imported late, as they cost start-up time.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from diptych.compare.stats.binomial import Trials

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

_BLOCK, _BLOCKS = 1_000, 10
"""Permutations drawn at once, and how often."""
_EQUAL = 1e-9
"""Differences up to this part of the greatest statistic are rounding."""


def stratified_exact_test(prompts: Sequence[tuple[Trials, Trials]]) -> float:
    """Two-sided p-value that both sides have the same rate at each prompt; Fisher's where there is one prompt.

    Given how many answers count at each prompt, the first side's number is a sum of hypergeometric ones; p is the
    chance of all sums that are no likelier than the one seen. Birch (1964), The detection of partial association, I:
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

    The statistic is the first side's sum over what is expected of it. Phipson and Smyth (2010), Permutation p-values
    should never be zero, Statistical Applications in Genetics and Molecular Biology 9.
    """
    import numpy

    rng = numpy.random.default_rng(0)
    seen, drawn = 0.0, numpy.zeros(_BLOCK * _BLOCKS)
    for first, second in prompts:
        values, own, counts = _by_value(first, second)
        values = values - values @ counts / counts.sum()
        drawn += _drawn(counts, len(first), rng, values)
        seen += float(own @ values)
    return _p_value(abs(drawn), abs(seen))


class Distributions(NamedTuple):
    """How two sides differ in what they say."""

    distance: float
    """Total variation: the part of the answers that would have to be others for both sides to say the same."""
    by_chance: float
    """What it would be on average if both sides drew their answers alike."""
    p_value: float


def distribution_test(prompts: Sequence[tuple[Mapping[str, int], Mapping[str, int]]]) -> Distributions:
    """Whether the sides say the same values as often, from counts by prompt: 10,000 permutations within prompts of the
    likelihood-ratio statistic G of the counts over all prompts.

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
        p_value=_p_value(_g(drawn, total), float(_g(seen[None], total)[0])),
    )


def _by_value(first: Sequence[float], second: Sequence[float]) -> tuple["NDArray[Any]", "NDArray[Any]", "NDArray[Any]"]:
    """All values that there are, how often each is the first side's, and how often it is there at all."""
    import numpy

    values, places = numpy.unique([*first, *second], return_inverse=True)
    own = numpy.bincount(places[: len(first)], minlength=len(values))
    return values, own, numpy.bincount(places, minlength=len(values))


def _drawn(
    counts: "NDArray[Any]", size: int, rng: "numpy.random.Generator", weights: "NDArray[Any]"
) -> "NDArray[numpy.float64]":
    """Sides that draw so many of these answers, one row a permutation: their counts, times the weights."""
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


def _p_value(drawn: "NDArray[numpy.float64]", seen: float) -> float:
    """The share of arrangements, the one seen among them, that reach what was seen."""
    rounding = _EQUAL * max(seen, float(drawn.max()))
    return (1 + int((drawn >= seen - rounding).sum())) / (1 + len(drawn))
