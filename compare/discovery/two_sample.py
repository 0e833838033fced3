"""Do two sides differ at all? One answer, before any trait is looked at."""

import numpy as np
from numpy.typing import NDArray

from diptych.compare.discovery.compared_answers import Flags, Samples, draws, some_of
from diptych.compare.discovery.results import Verdict

LEVEL = 0.05
"""Of the test, and the false-discovery rate of what is named."""
PERMUTATIONS = 1_999
_MOST = 1_000
"""Answers of each side to a question that are read, and characters of each, as many as the work allows."""
_LONGEST = 1_000
_SHORTEST = 100
_COMPARED = 1_000_000_000
"""Characters that are held against each other at most: with many answers to one question, fewer of each are read."""


def two_sample(samples: Samples, pair: Flags, chosen: Flags) -> Verdict:
    """Whether the answers `chosen` among `pair` come from another distribution than the rest.

    The maximum mean discrepancy with a Hamming kernel: how many characters two answers have in common at the same
    places, the shorter one padded; its p-value by permuting whole answers within their question. Gao, Liang and
    Guestrin (2024), Model Equality Testing: Which Model Is This API Serving?, arXiv 2410.20247.
    """
    read = np.zeros_like(pair)
    for question in np.unique(samples.question[pair]):
        for side in (chosen, ~chosen):
            read |= some_of(pair & side & (samples.question == question), _MOST)
    length = _length(samples, read)
    statistic = np.zeros(PERMUTATIONS + 1)
    for question in np.unique(samples.question[read]):
        places = np.flatnonzero(read & (samples.question == question))
        alike = _alike([samples.rows[place].answer.text[:length] for place in places])
        one = np.zeros(len(places), dtype=np.intp)
        own = chosen[places]
        dealt = np.vstack([own, draws(one, own, PERMUTATIONS, seed=int(question))])
        weights = np.where(dealt, 1 / own.sum(), -1 / (~own).sum())
        # Questions with more answers say more: each counts as its harmonic number of pairs.
        weight = own.sum() * (~own).sum() / len(places)
        statistic += weight * np.einsum("ij,ij->i", weights @ alike, weights)
    reached = int((statistic[1:] >= statistic[0] * (1 - 1e-9) - 1e-9).sum())
    p_value = (1 + reached) / (1 + PERMUTATIONS)
    return Verdict(p_value <= LEVEL, p_value, PERMUTATIONS, length)


def _length(samples: Samples, read: Flags) -> int:
    """Characters that are read of each answer."""
    pairs = sum(int(n) ** 2 for n in np.bincount(samples.question[read]))
    longest = max((len(saved.answer.text) for saved, own in zip(samples.rows, read, strict=True) if own), default=1)
    return max(1, min(longest, _LONGEST, max(_SHORTEST, _COMPARED // max(1, pairs))))


def _alike(texts: list[str]) -> NDArray[np.float64]:
    """The share of places at which each two texts have the same character, padding included."""
    length = max(1, max(map(len, texts)))
    codes = np.full((len(texts), length), -1, dtype=np.int32)
    for row, text in enumerate(texts):
        codes[row, : len(text)] = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.int32)
    places = np.ascontiguousarray(codes.T)
    same = np.zeros((len(texts), len(texts)), dtype=np.uint16)
    for place in places:
        same += place[:, None] == place[None, :]
    return np.asarray(same / length, dtype=np.float64)
