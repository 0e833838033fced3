"""Tokens whose probability rose, for answers with the likeliest alternatives at each position."""

from collections import Counter
from typing import NamedTuple

import numpy as np

from diptych.compare.discovery.compared_answers import Flags, Samples, draws, some_of
from diptych.compare.discovery.permutations import Floats
from diptych.compare.discovery.search_results import TokenShift
from diptych.compare.discovery.two_sample import LEVEL, PERMUTATIONS
from diptych.sessions import Answer

_FEWEST = 3
"""A token must have been possible in so many answers of each side."""
_MOST = 2_000
"""At most so many tokens are tested, those of most answers first; and so many answers are read."""


class _Chance(NamedTuple):
    """The probability of a token in one answer."""

    mean: float
    """Mean log-probability over its positions."""
    positions: int


def risen(samples: Samples, pair: Flags, chosen: Flags) -> tuple[TokenShift, ...]:
    """Tokens that are likelier in the answers `chosen` than in the others of `pair`, at positions where they were among
    the likeliest. The greatest rise comes first.

    An answer counts once for a token, with the mean over its positions. P-values are by permutation of whole answers
    within their question. Each statistic is divided by its own standard deviation, and the largest one corrects for all
    tokens: Westfall and Young (1993), Resampling-Based Multiple Testing. The positions are those of each side's own
    answers. Scoring one text with both sides is something else: see compare.checks.divergence.
    """
    rows = [
        n for n in np.flatnonzero(some_of(pair, _MOST)) if any(token.top for token in samples.rows[n].answer.logprobs)
    ]
    chances = [_chances(samples.rows[n].answer) for n in rows]
    own, question = chosen[rows], samples.question[rows]
    tokens = _possible(chances, own)
    if not tokens:
        return ()
    has = np.array([[token in found for token in tokens] for found in chances])
    values = np.array([[found[token].mean if token in found else 0.0 for token in tokens] for found in chances])
    rest = np.where(has, values - _means(values, has, question), 0.0)
    dealt = np.vstack([own, draws(question, own, PERMUTATIONS)]).astype(float)
    sums = dealt @ rest
    sums -= sums[1:].mean(axis=0)
    spread = sums[1:].std(axis=0)
    scores = np.abs(np.divide(sums, spread, out=np.zeros_like(sums), where=spread > 1e-9))
    largest = scores[1:].max(axis=1)
    p = (1 + (largest[:, None] >= scores[0] * (1 - 1e-9)).sum(axis=0)) / (1 + PERMUTATIONS)
    shifts = []
    for t, token in enumerate(tokens):
        sides = [np.flatnonzero(has[:, t] & which) for which in (~own, own)]
        base, tuned = (float(rest[side, t].mean()) for side in sides)
        base_positions, tuned_positions = (sum(chances[n][token].positions for n in side) for side in sides)
        if p[t] <= LEVEL and tuned > base:
            answers = len(sides[0]), len(sides[1])
            shifts.append(TokenShift(token, tuned - base, (base_positions, tuned_positions), answers, float(p[t])))
    return tuple(sorted(shifts, key=lambda shift: (-shift.difference, shift.token)))


def _chances(answer: Answer) -> dict[str, _Chance]:
    total: dict[str, float] = {}
    positions: Counter[str] = Counter()
    for drawn in answer.logprobs:
        for token, logprob in dict(drawn.top).items():
            if np.isfinite(logprob):
                total[token] = total.get(token, 0.0) + logprob
                positions[token] += 1
    return {token: _Chance(total[token] / positions[token], positions[token]) for token in total}


def _possible(chances: list[dict[str, _Chance]], own: Flags) -> list[str]:
    """The tokens that were possible in enough answers of both sides."""
    base: Counter[str] = Counter()
    tuned: Counter[str] = Counter()
    for found, is_tuned in zip(chances, own, strict=True):
        (tuned if is_tuned else base).update(found.keys())
    both = [token for token in base if base[token] >= _FEWEST and tuned[token] >= _FEWEST]
    return sorted(both, key=lambda token: (-base[token] - tuned[token], token))[:_MOST]


def _means(values: Floats, has: Flags, question: np.typing.NDArray[np.intp]) -> Floats:
    """For each token, the mean over the answers to the same question in which it was possible."""
    means = np.zeros_like(values)
    for number in np.unique(question):
        rows = question == number
        counts = np.maximum(1, has[rows].sum(axis=0))
        means[rows] = values[rows].sum(axis=0) / counts
    return means
