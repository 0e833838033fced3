"""Tokens laid over the text that they are the tokens of."""

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import msgspec

from diptych.backends.interface import ScoredToken

TOP = 5
"""Alternatives that are asked for at each place."""
_BROKEN = "\ufffd"
_SILENT = "\0"
"""Stands for a token of which the server says nothing."""
_LONGEST_RUN = 40
"""Tokens without a place of their own after which none is sought any more: the rest is one piece."""


@dataclass
class Piece:
    """A token as a server tells it."""

    text: str
    """What it stands for, with U+FFFD for bytes that are no whole character, or nothing for such a token."""
    logprob: float
    top: tuple[tuple[str, float], ...] = ()


async def aligned(text: str, pieces: AsyncIterator[Piece]) -> AsyncIterator[ScoredToken]:
    """Yield spans of `text`, in order and without gaps, each as soon as it is certain.

    Tokens that hold parts of a character are joined until a token with a place of its own follows: their
    log-probabilities add up, and the alternatives are those at the first of them.
    """
    place = 0
    held: list[Piece] = []
    last: ScoredToken | None = None
    async for piece in pieces:
        found = _found(text, place, held, piece.text)
        if found is None:
            held.append(piece)
            continue
        start, end = found
        if held and start == place:
            # A server may tell a character that is in parts with the last of them, and nothing with the others.
            spans = [_joined(place, end, [*held, piece])]
        else:
            spans = [_joined(place, start, held)] if held else []
            spans.append(_joined(start, end, [piece]))
        for span in spans:
            if last is not None:
                yield last
            last = span
        place, held = end, []
    if last is not None and (place == len(text) or not held):
        # Among characters that repeat, a part of one may have been taken for the next: the last token ends the text.
        rest = sum(piece.logprob for piece in held)
        last, held = msgspec.structs.replace(last, end=len(text), logprob=last.logprob + rest), []
    if last is not None:
        yield last
    if held:
        yield _joined(place, len(text), held)


def _found(text: str, place: int, held: Sequence[Piece], said: str) -> tuple[int, int] | None:
    """Where a token stands that follows those `held`, which begin at `place`; None when that cannot be told.

    Some tokenizers leave the blank before a word out of what they say of its token.
    """
    if not said or _BROKEN in said or len(held) > _LONGEST_RUN:
        return None
    if not held and text.startswith(said, place):
        return place, place + len(said)
    match = re.compile(f"{_pattern(held)}( ?{re.escape(said)})").match(text, place)
    return match.span(1) if match else None


def _pattern(held: Sequence[Piece]) -> str:
    """What text such tokens can make up, as short as can be: a broken character is none of ASCII."""
    said = "".join(piece.text or _SILENT for piece in held)
    return "".join(
        re.escape(part) if _BROKEN not in part and _SILENT not in part else _gap(part)
        for part in re.split(f"([{_BROKEN}{_SILENT}]+)", said)
    )


def _gap(run: str) -> str:
    """Each of the marks is a part of a character, at most a whole one; where nothing was said, it may be none."""
    return f"[^\\x00-\\x7f]{{{1 if _BROKEN in run else 0},{len(run)}}}?"


def _joined(start: int, end: int, pieces: Sequence[Piece]) -> ScoredToken:
    return ScoredToken(start, end, sum(piece.logprob for piece in pieces), pieces[0].top)
