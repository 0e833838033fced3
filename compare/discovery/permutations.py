"""P-values of traits by permutation of whole answers within their question, and their correction for many tests.

If the answers to one question are assigned to the sides at random, the number of a side's answers with a trait is
hypergeometric. Over several questions it is a sum of such numbers. So the p-value over all permutations is computed
exactly, without drawing any.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control, hypergeom

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
_SAME = 1 + 1e-7
"""Probabilities within this factor are equal but for rounding."""
_LEAST = 1e-300
"""The smallest p-value that is reported."""


@dataclass(frozen=True)
class Outcomes:
    """The distribution of the tuned side's number of answers with a trait, under random assignment."""

    lowest: int
    chances: Floats
    """The probabilities of lowest, lowest + 1, … answers."""

    @cached_property
    def p_values(self) -> Floats:
        """The two-sided p-value of each outcome: the probability of all outcomes that are no likelier."""
        rising = np.sort(self.chances)
        until = np.searchsorted(rising, self.chances * _SAME, side="right")
        return np.clip(np.cumsum(rising)[until - 1], _LEAST, 1.0)

    @cached_property
    def levels(self) -> Floats:
        """The possible p-values, in rising order."""
        return np.unique(self.p_values)

    def p_value(self, k: int) -> float:
        """The p-value of k answers of the tuned side."""
        return float(self.p_values[k - self.lowest])


class Dealing:
    """Random assignment of the answers to two sides, within each question."""

    def __init__(self, sizes: Sequence[int], chosen: Sequence[int]) -> None:
        """`sizes`: answers to each question; `chosen`: how many of them are the tuned side's."""
        self._sizes = sizes
        self._chosen = chosen
        self._known: dict[tuple[int, ...], Outcomes] = {}

    def outcomes(self, carriers: tuple[int, ...]) -> Outcomes:
        """The outcomes for a trait. `carriers`: how many answers to each question have it."""
        known = self._known.get(carriers)
        if known is None:
            known = self._known[carriers] = self._sum(carriers)
        return known

    def _sum(self, carriers: tuple[int, ...]) -> Outcomes:
        lowest, chances = 0, np.ones(1)
        for size, chosen, carrying in zip(self._sizes, self._chosen, carriers, strict=True):
            if carrying:
                low, one = _of_one_question(size, chosen, carrying)
                lowest, chances = lowest + low, np.convolve(chances, one)
        return Outcomes(lowest, chances)


@lru_cache(maxsize=10_000)
def _of_one_question(size: int, chosen: int, carrying: int) -> tuple[int, Floats]:
    """The lowest number of the tuned side's answers that may have a trait, and the chance of it and of each higher
    number. Kept, because most traits share a few of these distributions and SciPy takes 0.1 ms for each."""
    low, high = max(0, chosen + carrying - size), min(chosen, carrying)
    chances = np.asarray(hypergeom.pmf(np.arange(low, high + 1), size, carrying, chosen), dtype=np.float64)
    # Without rounding errors in the sum.
    return low, chances / chances.sum()


def q_values(p_values: Floats, spaces: Sequence[Outcomes], level: float) -> Floats:
    """The false-discovery rate at each p-value, by Benjamini and Hochberg (1995) over the traits that can reach
    p ≤ `level` at all; 1 for the others.

    The smallest p-value that a trait can reach depends only on how many answers have it, on whichever side. Leaving out
    traits that cannot reach the level adds no errors: Tarone (1990), A modified Bonferroni method for discrete data,
    Biometrics 46; for false-discovery rates Gilbert (2005), A modified false discovery rate multiple-comparisons
    procedure for discrete data, Applied Statistics 54. Traits depend on each other, mostly positively, and their
    p-values are discrete: both make the procedure more conservative than its level. It reports anything in about 1 of
    100 runs of base against base. Benjamini and Yekutieli's correction for any dependence would do so in none, but lose
    about half of the true differences (benchmarks/discovery.py has both).
    """
    able = np.array([space.levels[0] <= level for space in spaces], dtype=bool)
    q = np.ones(len(p_values))
    if able.any():
        q[able] = false_discovery_control(p_values[able])
    return q
