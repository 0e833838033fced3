"""Tests whether two sides differ at all, before any trait is looked at."""

import numpy as np
from numpy.typing import NDArray

from diptych.compare.discovery.compared_answers import Flags, Samples, draws, some_of
from diptych.compare.discovery.search_results import Verdict

LEVEL = 0.05
"""The level of the test, and the false-discovery rate of what is reported."""
PERMUTATIONS = 1_999
_MOST = 1_000
"""At most so many answers of each side to a question are read."""
_LONGEST = 1_000
"""At most so many characters of each answer are read."""
_SHORTEST = 100
"""At least so many, however many answers there are."""
_COMPARED = 1_000_000_000
"""At most about so many characters are compared. With many answers to one question, less of each is read."""


def two_sample(samples: Samples, pair: Flags, chosen: Flags) -> Verdict:
    """Whether the answers `chosen` among `pair` come from another distribution than the rest.

    The maximum mean discrepancy with a Hamming kernel, which counts the positions at which two answers have the same
    character; the shorter one is padded. The p-value is by permutation of whole answers within their question. Gao,
    Liang and
    Guestrin (2024), Model Equality Testing: Which Model Is This API Serving?, arXiv 2410.20247.
    """
    read = np.zeros_like(pair)
    for question in np.unique(samples.question[pair]):
        for side in (chosen, ~chosen):
            read |= some_of(pair & side & (samples.question == question), _MOST)
    length = _length(samples, read)
    statistic = np.zeros(PERMUTATIONS + 1)
    for question in np.unique(samples.question[read]):
        rows = np.flatnonzero(read & (samples.question == question))
        alike = _alike([samples.rows[row].answer.text[:length] for row in rows])
        one = np.zeros(len(rows), dtype=np.intp)
        own = chosen[rows]
        dealt = np.vstack([own, draws(one, own, PERMUTATIONS, seed=int(question))])
        weights = np.where(dealt, 1 / own.sum(), -1 / (~own).sum())
        # A question with n and m answers of the two sides weighs n·m / (n + m).
        weight = own.sum() * (~own).sum() / len(rows)
        statistic += weight * np.einsum("ij,ij->i", weights @ alike, weights)
    reached = int((statistic[1:] >= statistic[0] * (1 - 1e-9) - 1e-9).sum())
    p_value = (1 + reached) / (1 + PERMUTATIONS)
    return Verdict(p_value <= LEVEL, p_value, PERMUTATIONS, length)


def _length(samples: Samples, read: Flags) -> int:
    """How many characters of each answer are read."""
    pairs = sum(int(n) ** 2 for n in np.bincount(samples.question[read]))
    longest = max((len(saved.answer.text) for saved, own in zip(samples.rows, read, strict=True) if own), default=1)
    return max(1, min(longest, _LONGEST, max(_SHORTEST, _COMPARED // max(1, pairs))))


def _alike(texts: list[str]) -> NDArray[np.float64]:
    """For each pair of texts, the share of positions with the same character, padding included."""
    length = max(1, max(map(len, texts)))
    codes = np.full((len(texts), length), -1, dtype=np.int32)
    for row, text in enumerate(texts):
        codes[row, : len(text)] = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.int32)
    positions = np.ascontiguousarray(codes.T)
    same = np.zeros((len(texts), len(texts)), dtype=np.uint16)
    for characters in positions:
        same += characters[:, None] == characters[None, :]
    return np.asarray(same / length, dtype=np.float64)
