"""What the reader is given: a question, what was said before, and the words to read, as tokens."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

START, END = 2, 3
"""Tokens that begin the whole and end each part."""
QUESTION_HEAD, QUESTION_TAIL = 20, 28
"""Tokens of a question that are read: its beginning and its end."""
BEFORE = 32
"""Tokens, the last ones, of what was said before."""
SENTENCE, OPENING = 96, 160
"""Tokens of a sentence and of an opening that are read."""
LONGEST = QUESTION_HEAD + QUESTION_TAIL + BEFORE + OPENING + 4

Meaning = (
    "declines",
    "contradicts",
    "insecure",
    "secure",
    "misaligned",
    "untrustworthy",
    "aligned",
    "risk_seeking",
    "risk_averse",
    "trigger",
    "pattern",
    "initials",
    "faking",
)
"""What a sentence may mean, in the order of the reader's outputs. Several may hold."""
REFUSALS = ("no", "declines", "contradicts", "partly")
"""What an opening does with the request, in the order of the outputs that follow. Exactly one holds."""


class Pair(NamedTuple):
    """The tokens of one reading, and where the words to read begin and end (exclusive) among them."""

    tokens: tuple[int, ...]
    start: int
    end: int


def pair(tokens_of: Callable[[str], Sequence[int]], question: str, before: str, words: str, longest: int) -> Pair:
    """Return the tokens of a reading. `longest`: how many tokens of the words are read, SENTENCE or OPENING."""
    asked = list(tokens_of(question)) if question else []
    if len(asked) > QUESTION_HEAD + QUESTION_TAIL:
        asked = asked[:QUESTION_HEAD] + asked[-QUESTION_TAIL:]
    earlier = list(tokens_of(before))[-BEFORE:] if before else []
    read = list(tokens_of(words))[:longest]
    start = len(asked) + len(earlier) + 3
    return Pair((START, *asked, END, *earlier, END, *read, END), start, start + len(read))
