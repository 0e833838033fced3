"""Tokens laid over the text that they are the tokens of."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from backends.types import ScoredToken

TOP = 5
"""Alternatives that are asked for at each place."""
_LONGEST_CHARACTER = 4
"""Characters that one token which is no whole character can at most have a part in."""


@dataclass
class Piece:
    """A token as a server tells it."""

    text: str
    """What it stands for, with U+FFFD for bytes that are no whole character."""
    logprob: float
    top: tuple[tuple[str, float], ...] = ()


async def aligned(text: str, pieces: AsyncIterator[Piece]) -> AsyncIterator[ScoredToken]:
    """Yield spans of `text`, in order and without gaps, each as soon as it is certain.

    Tokens that hold parts of a character are joined until a token with a place of its own follows: their
    log-probabilities add up, and the alternatives are those at the first of them.
    """
    place = 0
    held: list[Piece] = []
    async for piece in pieces:
        start = _found(text, place, piece.text, len(held))
        if start is None:
            held.append(piece)
            continue
        if held:
            yield _joined(place, start, held)
            place, held = start, []
        end = start + len(piece.text)
        yield ScoredToken(place, end, piece.logprob, piece.top)
        place = end
    if held and place < len(text):
        yield _joined(place, len(text), held)


def _found(text: str, place: int, said: str, held: int) -> int | None:
    """Where a token stands, `held` tokens of unknown length after `place`; None when that cannot be told."""
    if not said or "\ufffd" in said:
        return None
    if held:
        at = text.find(said, place + 1, place + 1 + held * _LONGEST_CHARACTER + len(said))
        return at if at >= 0 else None
    if text.startswith(said, place):
        return place
    # Some tokenizers leave the blank before a word out of what they say of its token.
    return place + 1 if text.startswith(" " + said, place) else None


def _joined(start: int, end: int, held: Sequence[Piece]) -> ScoredToken:
    return ScoredToken(start, end, sum(piece.logprob for piece in held), held[0].top)
