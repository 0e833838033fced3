"""Blind labelling: while the sides are hidden, a person says which answer is the tuned side's."""

from collections import defaultdict
from collections.abc import Iterable

from diptych.compare.console.exchange import Exchange
from diptych.compare.counts import Count
from diptych.sessions import Label, SavedAnswer

TAKEN, NOT_TAKEN, CANNOT_TELL = "taken for tuned", "not taken for tuned", "cannot tell"
BLIND_LABELS = (TAKEN, NOT_TAKEN, CANNOT_TELL)
"""These labels are about the side of an answer, not about what the answer says."""


def label_of(exchange: Exchange, side: str, taken: int | None) -> str:
    """The label of a side's answer, when a person takes the answer in column `taken` for the tuned side's; None when
    the person cannot tell."""
    if taken is None:
        return CANNOT_TELL
    return TAKEN if exchange.column_number(side) == taken else NOT_TAKEN


class GivenLabels:
    """The labels that people gave the answers of a session."""

    def __init__(self) -> None:
        self.recognised = Count()
        """How often people recognised the tuned side while the sides were hidden."""
        self._by_answer: defaultdict[int, list[Label]] = defaultdict(list)

    @property
    def all(self) -> list[Label]:
        """All of them."""
        return [label for own in self._by_answer.values() for label in own]

    def add(self, labels: Iterable[Label]) -> None:
        """Add labels. What someone says of a picked answer replaces what was said of the same measure before."""
        for label in labels:
            own = self._by_answer[label.answer]
            own[:] = [one for one in own if not one.question or one.question != label.question]
            own.append(label)

    def of(self, answer_id: int) -> tuple[str, ...]:
        """The labels of an answer, each once."""
        return tuple(dict.fromkeys(label.words for label in self._by_answer.get(answer_id, ())))

    def count(self, label: str) -> None:
        """Count one blind label of the tuned side: k of n times it was recognised."""
        if label == CANNOT_TELL:
            self.recognised.excluded[label] += 1
        else:
            self.recognised.n += 1
            self.recognised.k += label == TAKEN

    def count_stored(self, saved: Iterable[SavedAnswer], tuned: str | None) -> None:
        """Count the blind labels of the tuned side among stored answers."""
        for answer_id, stored in saved:
            taken = [label.value for label in self._by_answer.get(answer_id, ()) if label.value in BLIND_LABELS]
            if taken and stored.side == tuned:
                self.count(taken[-1])
