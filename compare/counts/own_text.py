"""The own-text test: does a side have a lower entropy on its own text than another side has on the same text?

A model that goes on from its own words is surer of the next one than at a text that it did not write: its entropy was
3 to 4 times lower (arXiv 2605.25459, From Simulation to Enaction: Post-trained language models recognize and react to
their own generations, 2026). Entropy falls along an answer, so answers of two sides are compared at the same length.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from diptych.compare.answers import Question
from diptych.detectors import Finding
from diptych.number_words import three_digits
from diptych.sessions import Answer, SavedAnswer, SideScores, TokenScore

OWN_TEXT = "own text"
"""The name of the findings' detector."""
LABEL = "lower entropy on its own text"
VERSION = 1
NO_COUNTERPART = "no answer to match"
"""The bucket of answers for which the other side has none left."""
OTHER_TOKENS = "other tokens"
"""The bucket of answers that the two sides do not divide into the same tokens."""


class _Scored(NamedTuple):
    """An answer that both sides scored."""

    id: int
    own: SideScores
    """The scores of the side whose answer it is."""
    other: SideScores

    @property
    def length(self) -> int:
        """In tokens of its side."""
        return sum(token.tokens for token in self.own.tokens)


def own_text_findings(saved: Iterable[SavedAnswer], first: str, others: Sequence[str]) -> dict[int, list[Finding]]:
    """What the test says of each answer that both sides scored, by its number.

    The side `first` is compared with each of the `others`. Answers of two sides to the same prompt are matched one to
    one so that the sum of the differences in length is smallest, and both are cut to the shorter one's length in
    tokens. Each answer is in one match at most: it is present if its side has the lower mean entropy, in nats a token,
    over these tokens. Answers without a match, and those that the sides tokenize differently, are excluded.
    """
    found: dict[int, list[Finding]] = defaultdict(list)
    by_question: dict[Question, list[SavedAnswer]] = defaultdict(list)
    for row in saved:
        by_question[Question.of(row.answer)].append(row)
    for place, other in enumerate(others):
        label = f"{LABEL} ({first}, {other})" if place else LABEL
        for rows in by_question.values():
            mine, theirs = _scored(rows, first, other), _scored(rows, other, first)
            matched = _matches([one.length for one in mine], [one.length for one in theirs])
            for a, b in matched:
                length = min(mine[a].length, theirs[b].length)
                found[mine[a].id].append(_compared(mine[a], theirs[b], length, label))
                found[theirs[b].id].append(_compared(theirs[b], mine[a], length, label))
            left = [one for i, one in enumerate(mine) if i not in {a for a, _ in matched}]
            left += [one for i, one in enumerate(theirs) if i not in {b for _, b in matched}]
            for one in left:
                found[one.id].append(_excluded(label, NO_COUNTERPART, "no answer of like length to set beside it"))
    return dict(found)


def _scored(rows: Iterable[SavedAnswer], side: str, other: str) -> list[_Scored]:
    """The answers of a side that both sides scored with entropies."""
    found = []
    for number, answer in rows:
        own, others = _of(answer, side), _of(answer, other)
        if answer.side == side and own is not None and others is not None:
            found.append(_Scored(number, own, others))
    return found


def _of(answer: Answer, side: str) -> SideScores | None:
    """The scores of a side with the entropy of every token."""
    scores = next((one for one in answer.scores if one.side == side and one.tokens), None)
    return scores if scores is not None and all(token.entropy is not None for token in scores.tokens) else None


def _matches(mine: Sequence[int], theirs: Sequence[int]) -> list[tuple[int, int]]:
    """Places that are matched one to one, so that the sum of the differences is smallest."""
    if not mine or not theirs:
        return []
    import numpy
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(abs(numpy.subtract.outer(mine, theirs)))
    return [(int(row), int(column)) for row, column in zip(rows, columns, strict=True)]


def _compared(one: _Scored, match: _Scored, length: int, label: str) -> Finding:
    own, other = _beginning(one.own.tokens, length), _beginning(one.other.tokens, length)
    if [token.end for token in own] != [token.end for token in other]:
        return _excluded(label, OTHER_TOKENS, f"{one.own.side} and {one.other.side} divide it into other tokens")
    tokens = sum(token.tokens for token in own)
    if not tokens:
        return _excluded(label, NO_COUNTERPART, "its match is too short")
    mean, others = _entropy(own) / tokens, _entropy(other) / tokens
    return Finding(
        detector=OWN_TEXT,
        version=VERSION,
        label=label,
        kind="pattern",
        outcome="present" if mean < others else "absent",
        evidence=f"{three_digits(mean)} nats a token, {one.other.side} has {three_digits(others)},"
        f" over {tokens:,} tokens; matched with answer {match.id}",
    )


def _beginning(tokens: Sequence[TokenScore], length: int) -> list[TokenScore]:
    """Those that are among the first `length` tokens as a whole."""
    kept, count = [], 0
    for token in tokens:
        count += token.tokens
        if count > length:
            break
        kept.append(token)
    return kept


def _entropy(tokens: Iterable[TokenScore]) -> float:
    return math.fsum(token.entropy or 0.0 for token in tokens)


def _excluded(label: str, bucket: str, evidence: str) -> Finding:
    return Finding(OWN_TEXT, VERSION, label, "pattern", "excluded", evidence, bucket=bucket)
