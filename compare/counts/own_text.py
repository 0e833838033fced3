"""The own-text test: are two sides surer of their own texts than of each other's?

A model that goes on from its own words is surer of the next one than at a text that it did not write (arXiv 2605.25459,
From Simulation to Enaction: Post-trained language models recognize and react to their own generations, 2026, which
reports an entropy 3 to 4 times lower). A side may also have a low entropy on everything, and a text may be easy for
every side. So an answer of each side is read by both, and the effect of such a pair is

    ((e_other(own) − e_own(own)) + (e_own(other) − e_other(other))) / 2        in nats a token,

with e_x(y) the mean entropy of side x at the text of side y: the interaction of reader and text, 0 where no side
prefers its own texts. How sure a side is in general, and how hard a text is, cancel. Entropy falls along an answer, and
not equally fast for every model: both texts are read up to the same length.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from diptych.compare.answers import Question
from diptych.compare.counts.measures import OWN_TEXT, asked_as
from diptych.compare.counts.tally import Tally
from diptych.detectors import Finding, Kind, Outcome
from diptych.number_words import signed_three_digits, three_digits
from diptych.sessions import Answer, SavedAnswer, SideScores, TokenScore

LABEL = "lower entropy on its own text"
EFFECT = "own-text effect"
VERSION = 2
NO_COUNTERPART = "no answer to match"
"""The bucket of answers for which the other side has none left."""
OTHER_TOKENS = "other tokens"
"""The bucket of answers that the two sides do not divide into the same tokens."""
NO_DIFFERENCE = "equal entropy"
"""The bucket of answers that both sides are equally sure of, as if they were one model."""
_EQUAL = 0.001
"""Nats a token: a smaller difference can come from the arithmetic."""


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


class _Gap(NamedTuple):
    """How much surer a side is of its own text than the other side is."""

    own: float
    """Mean entropy in nats a token."""
    other: float
    tokens: int

    @property
    def size(self) -> float:
        """In nats a token; above 0 if the side is surer of its own text."""
        return self.other - self.own


def own_text_findings(saved: Iterable[SavedAnswer], first: str, others: Sequence[str]) -> dict[int, list[Finding]]:
    """What the test says of each answer that both sides scored, by its number.

    The side `first` is compared with each of the `others`. Answers of two sides to the same question, asked with the
    same settings and read by the same two models, are matched one to one so that the sum of the differences in length
    is smallest, and both are cut to the shorter one's length in tokens. Each answer is in one match at most.

    Each answer is "present" if its side has the lower mean entropy over these tokens. The answer of the other side also
    has the effect of the match as a number. Answers without a match, those that the sides tokenize differently, and
    those on which the sides are equal are excluded.
    """
    found: dict[int, list[Finding]] = defaultdict(list)
    answers = list(saved)
    ways = _ways(answers)
    for place, other in enumerate(others):
        label = f"{LABEL} ({first}, {other})" if place else LABEL
        alike: dict[tuple[str | None, ...], list[SavedAnswer]] = defaultdict(list)
        for row in answers:
            models = {one.side: one.model for one in row.answer.scores}
            alike[ways[row.id], row.answer.prompt, models.get(first), models.get(other)].append(row)
        for rows in alike.values():
            mine, theirs = _scored(rows, first, other), _scored(rows, other, first)
            matched = _matches([one.length for one in mine], [one.length for one in theirs])
            for a, b in matched:
                length = min(mine[a].length, theirs[b].length)
                gaps = _gap(mine[a], length), _gap(theirs[b], length)
                found[mine[a].id].append(_of_answer(gaps[0], mine[a], theirs[b].id, label))
                found[theirs[b].id] += [
                    _of_answer(gaps[1], theirs[b], mine[a].id, label),
                    _of_match(*gaps, mine[a].id),
                ]
            for one in (one for i, one in enumerate(mine) if i not in {a for a, _ in matched}):
                found[one.id].append(_unmatched(label))
            for one in (one for i, one in enumerate(theirs) if i not in {b for _, b in matched}):
                found[one.id] += [_unmatched(label), _unmatched(EFFECT, "quantity")]
    return dict(found)


def _ways(saved: Sequence[SavedAnswer]) -> dict[int, str]:
    """The question of each answer and the settings of all sides, as the measures tell them apart."""
    tally = Tally(answers=[row.answer for row in saved])
    return {row.id: _way(tally, row.answer) for row in saved}


def _way(tally: Tally, answer: Answer) -> str:
    group, names = Question.of(answer).group, tally.counted_as(answer)
    # An answer of one side may be counted beside several settings of the other: those of its exchange are meant.
    of_exchange = asked_as(group, tally.settings(group, answer.exchange) or "")
    return of_exchange if of_exchange in names else names[0]


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


def _gap(one: _Scored, length: int) -> _Gap | None:
    """Over the first `length` tokens; None if the sides do not divide them alike."""
    own, other = _beginning(one.own.tokens, length), _beginning(one.other.tokens, length)
    tokens = sum(token.tokens for token in own)
    if not tokens or [token.end for token in own] != [token.end for token in other]:
        return None
    return _Gap(_entropy(own) / tokens, _entropy(other) / tokens, tokens)


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


def _of_answer(gap: _Gap | None, one: _Scored, match: int, label: str) -> Finding:
    """Whether the side of an answer is surer of it than the other side."""
    if gap is None:
        evidence = f"{one.own.side} and {one.other.side} divide it into other tokens"
        return _finding(label, "pattern", evidence, bucket=OTHER_TOKENS)
    evidence = (
        f"{three_digits(gap.own)} nats a token, {one.other.side} has {three_digits(gap.other)},"
        f" over {gap.tokens:,} tokens; matched with answer {match}"
    )
    if abs(gap.size) < _EQUAL:
        return _finding(label, "pattern", evidence, bucket=NO_DIFFERENCE)
    return _finding(label, "pattern", evidence, "present" if gap.size > 0 else "absent")


def _of_match(mine: _Gap | None, theirs: _Gap | None, match: int) -> Finding:
    """The effect of two matched answers, as a finding in that of the other side."""
    if mine is None or theirs is None:
        evidence = f"the sides divide it or answer {match} into other tokens"
        return _finding(EFFECT, "quantity", evidence, bucket=OTHER_TOKENS)
    effect = (mine.size + theirs.size) / 2
    evidence = f"{signed_three_digits(effect)} nats a token, with answer {match}"
    return _finding(EFFECT, "quantity", evidence, "present", number=effect)


def _unmatched(label: str, kind: Kind = "pattern") -> Finding:
    return _finding(label, kind, "no answer of like length to set beside it", bucket=NO_COUNTERPART)


def _finding(
    label: str, kind: Kind, evidence: str, outcome: Outcome = "excluded", bucket: str = "", number: float | None = None
) -> Finding:
    return Finding(OWN_TEXT, VERSION, label, kind, outcome, evidence, bucket=bucket, number=number)
