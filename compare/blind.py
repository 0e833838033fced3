"""Blind labelling: which answer a person takes for the tuned side's while the sides are hidden."""

from compare.exchange import Exchange
from compare.measures import Count

TAKEN, NOT_TAKEN, CANNOT_TELL = "taken for tuned", "not taken for tuned", "cannot tell"
BLIND_LABELS = (TAKEN, NOT_TAKEN, CANNOT_TELL)
"""What is said of the side of an answer, not of what the answer says."""


def label_of(exchange: Exchange, side: str, taken: int | None) -> str:
    """What is said of a side by one who takes the answer under the number `taken` for the tuned side's; None: by one
    who cannot tell."""
    if taken is None:
        return CANNOT_TELL
    return TAKEN if exchange.place(side) == taken else NOT_TAKEN


def count_recognised(count: Count, label: str) -> None:
    """Count what was said of the tuned side: k of n times it was taken for what it is."""
    if label == CANNOT_TELL:
        count.excluded[label] += 1
    else:
        count.n += 1
        count.k += label == TAKEN
