"""Differences between the sides that no detector was told to look for.

`discover` reads whole answers, generates statements about each (traits), and tells those that one side's answers have
more often than the other's. NumPy and all that needs it is imported when it is first asked for.
"""

from collections.abc import Sequence

from compare.answering import Asked
from compare.discovery.document import document
from compare.discovery.types import Discovery, Example, Found, NotEnough, Null, Rate, TokenShift, Trait, Verdict
from sessions import SavedAnswer

__all__ = [
    "Discovery",
    "Example",
    "Found",
    "NotEnough",
    "Null",
    "Rate",
    "TokenShift",
    "Trait",
    "Verdict",
    "discover",
    "document",
]


def discover(answers: Sequence[SavedAnswer | Asked]) -> tuple[Found, ...]:
    """What tells each other side from the base, the side of that name or else the first by name.

    Failed and stopped answers are no samples, and only answers to the same question are compared. Raises NotEnough.
    """
    from compare.discovery.search import search

    return search(answers)
