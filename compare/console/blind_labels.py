"""Blind labelling: which answer a person takes for the tuned side's while the sides are hidden."""

from collections import defaultdict
from collections.abc import Iterable

from diptych.compare.console.exchange import Exchange
from diptych.compare.counts import Count
from diptych.sessions import Label, SavedAnswer

TAKEN, NOT_TAKEN, CANNOT_TELL = "taken for tuned", "not taken for tuned", "cannot tell"
BLIND_LABELS = (TAKEN, NOT_TAKEN, CANNOT_TELL)
"""What is said of the side of an answer, not of what the answer says."""


def label_of(exchange: Exchange, side: str, taken: int | None) -> str:
    """What is said of a side by one who takes the answer under the number `taken` for the tuned side's; None: by one
    who cannot tell."""
    if taken is None:
        return CANNOT_TELL
    return TAKEN if exchange.place(side) == taken else NOT_TAKEN


class Said:
    """What people have said of the answers of a comparison."""

    def __init__(self) -> None:
        self.recognised = Count()
        """How often the tuned side was told from the others while they were hidden."""
        self._by_answer: defaultdict[int, list[Label]] = defaultdict(list)

    def note(self, labels: Iterable[Label]) -> None:
        """Take up what was said."""
        for label in labels:
            self._by_answer[label.answer].append(label)

    def of(self, answer_id: int) -> tuple[str, ...]:
        """What was said of an answer, once each."""
        return tuple(dict.fromkeys(label.value for label in self._by_answer.get(answer_id, ())))

    def count(self, label: str) -> None:
        """Count what was said of the tuned side: k of n times it was taken for what it is."""
        if label == CANNOT_TELL:
            self.recognised.excluded[label] += 1
        else:
            self.recognised.n += 1
            self.recognised.k += label == TAKEN

    def count_kept(self, saved: Iterable[SavedAnswer], tuned: str | None) -> None:
        """Count how the tuned side was taken among kept answers."""
        for answer_id, stored in saved:
            taken = [label.value for label in self._by_answer.get(answer_id, ()) if label.value in BLIND_LABELS]
            if taken and stored.side == tuned:
                self.count(taken[-1])
