"""How sure a difference is: permuting whole answers between the sides within their question, and many tests at once.

How many answers of a side have a trait after all answers to one question were dealt out anew is hypergeometric, and
over several questions the sum of such numbers. So the p-value of all permutations is known without drawing any, and
has no floor that matters.
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
"""Probabilities that differ by less are the same, but for rounding."""
_LEAST = 1e-300
"""Stands for every p-value below it."""


@dataclass(frozen=True)
class Outcomes:
    """What may come out for a trait that so many answers to each question have."""

    lowest: int
    chances: Floats
    """Of lowest, lowest + 1, … answers of the tuned side."""

    @cached_property
    def p_values(self) -> Floats:
        """Two-sided, of each outcome: the chance of all that are no likelier."""
        rising = np.sort(self.chances)
        until = np.searchsorted(rising, self.chances * _SAME, side="right")
        return np.clip(np.cumsum(rising)[until - 1], _LEAST, 1.0)

    @cached_property
    def levels(self) -> Floats:
        """The p-values that there can be, rising."""
        return np.unique(self.p_values)

    def p_value(self, k: int) -> float:
        """Of k answers of the tuned side."""
        return float(self.p_values[k - self.lowest])


class Dealing:
    """Answers dealt out anew to two sides, again and again, each within its question."""

    def __init__(self, sizes: Sequence[int], chosen: Sequence[int]) -> None:
        """`sizes`: answers to each question; `chosen`: how many of them are the tuned side's."""
        self._sizes = sizes
        self._chosen = chosen
        self._known: dict[tuple[int, ...], Outcomes] = {}

    def outcomes(self, carriers: tuple[int, ...]) -> Outcomes:
        """For a trait that `carriers` of the answers to each question have."""
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
    return low, np.asarray(hypergeom.pmf(np.arange(low, high + 1), size, carrying, chosen), dtype=np.float64)


def q_values(p_values: Floats, spaces: Sequence[Outcomes], level: float) -> Floats:
    """The false-discovery rate at each p-value, by Benjamini and Hochberg (1995) over the traits that can reach
    p ≤ `level` at all; 1 for the others.

    How many answers have a trait, on whichever side, tells how far its p-value can come, and leaving out what cannot
    come far costs no error: Tarone (1990), A modified Bonferroni method for discrete data, Biometrics 46; with
    false-discovery rates Gilbert (2005), A modified false discovery rate multiple-comparisons procedure for discrete
    data, Applied Statistics 54. Traits depend on each other, mostly positively, and their p-values are discrete: both
    make the procedure name less than its level. It names anything in about 1 of 100 runs of base against base;
    Benjamini and Yekutieli's correction for any dependence would do so in none, and lose about half of what is there
    (benchmarks/discovery.py has both).
    """
    able = np.array([space.levels[0] <= level for space in spaces], dtype=bool)
    q = np.ones(len(p_values))
    if able.any():
        q[able] = false_discovery_control(p_values[able])
    return q
