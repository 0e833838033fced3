"""Picks answers at random for people to label.

Every answer has a random place, from a seed and its number. The answers with the first places are picked, so the same
seed picks the same ones again, and labelling can be broken off and taken up again: what was labelled until then is a
random sample. All finished answers can be picked, whatever a detector found in them, so that the labels also serve
other detectors and later versions.
"""

import random
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from diptych.compare.counts.measures import Measure
from diptych.compare.counts.tally import Tally
from diptych.sessions import Label, SavedAnswer

AT_ONCE = 20
"""How many answers of each side are labelled at once in the console."""


class PickedAnswer(NamedTuple):
    """An answer to be labelled."""

    saved: SavedAnswer
    question: str
    """The name of the measure that a person is asked about."""
    seed: int

    def labelled(self, value: str) -> Label:
        """Its label. `value`: "yes", "no" or "unsure"."""
        return Label(self.saved.id, value, True, self.question, self.seed)


def pick_answers(
    tally: Tally, saved: Iterable[SavedAnswer], labels: Sequence[Label], measure: Measure, wanted: int
) -> list[PickedAnswer]:
    """The answers that are still to be labelled until `wanted` answers of each side have a label for a measure, or all
    that there are. Sides come in random order, so that the order does not tell them apart."""
    return _picked(can_be_picked(tally, saved, measure), labels, measure, wanted)


def _picked(
    possible: Sequence[SavedAnswer], labels: Sequence[Label], measure: Measure, wanted: int
) -> list[PickedAnswer]:
    own = [label for label in labels if label.question == measure.label]
    seed = next((label.seed for label in own if label.seed is not None), None)
    if seed is None:
        seed = random.randrange(2**31)
    done = {label.answer for label in own}
    to_do = []
    for answers in _by_side(possible):
        left = sorted((row for row in answers if row.id not in done), key=lambda row: _place(seed, row))
        to_do += left[: max(0, wanted - (len(answers) - len(left)))]
    return [PickedAnswer(row, measure.label, seed) for row in sorted(to_do, key=lambda row: _place(seed, row))]


def next_picks(
    tally: Tally, saved: Sequence[SavedAnswer], labels: Sequence[Label], measure: Measure
) -> list[PickedAnswer]:
    """The answers that are still to be labelled until 20 of each side have a label, or 20 more if that many have one;
    none if all have one."""
    possible = can_be_picked(tally, saved, measure)
    for wanted in range(AT_ONCE, len(possible) + AT_ONCE, AT_ONCE):
        if picked := _picked(possible, labels, measure, wanted):
            return picked
    return []


def can_be_picked(tally: Tally, saved: Iterable[SavedAnswer], measure: Measure) -> list[SavedAnswer]:
    """The answers of all sides among which those for a measure are picked: the draws that it is measured on."""
    return [
        row
        for row in saved
        if not row.answer.unscored and measure.asked in tally.counted_as(row.answer) and tally.is_draw(row.answer)
    ]


def _by_side(answers: Iterable[SavedAnswer]) -> Iterable[list[SavedAnswer]]:
    sides: dict[str, list[SavedAnswer]] = {}
    for row in answers:
        sides.setdefault(row.answer.side, []).append(row)
    return sides.values()


def _place(seed: int, row: SavedAnswer) -> float:
    """The random place of an answer."""
    return random.Random(f"{seed} {row.id}").random()
