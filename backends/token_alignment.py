"""Finds where each scored token stands in the text."""

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import msgspec

from diptych.backends.interface import ScoredToken

TOP = 5
"""Alternatives that are asked for at each position."""
_BROKEN = "\ufffd"
_SILENT = "\0"
"""Stands for a token whose text the server leaves empty."""
_LONGEST_RUN = 40
"""After so many tokens in a row that could not be found in the text, the rest of it is given as one piece."""


@dataclass
class Piece:
    """A token as the server reports it."""

    text: str
    """Its text, with U+FFFD for bytes that are no whole character; "" where the server gives none."""
    logprob: float
    top: tuple[tuple[str, float], ...] = ()
    entropy: float | None = None


async def aligned(text: str, pieces: AsyncIterator[Piece]) -> AsyncIterator[ScoredToken]:
    """Yield the spans of `text` that the tokens cover, in order and without gaps, each as soon as it is certain.

    Tokens that are parts of a character are joined until a token follows that is found in the text. Their
    log-probabilities are added; the alternatives are those of the first of them.
    """
    position = 0
    held: list[Piece] = []
    last: ScoredToken | None = None
    async for piece in pieces:
        found = _find(text, position, held, piece.text)
        if found is None:
            held.append(piece)
            continue
        start, end = found
        if held and start == position:
            # A server may report a character in parts with the last of them, and nothing with the others.
            spans = [_joined(position, end, [*held, piece])]
        else:
            spans = [_joined(position, start, held)] if held else []
            spans.append(_joined(start, end, [piece]))
        for span in spans:
            if last is not None:
                yield last
            last = span
        position, held = end, []
    if last is not None and (position == len(text) or not held):
        # Where characters repeat, a part of one may have been taken for the next one. The last token ends the text.
        rest = sum(piece.logprob for piece in held)
        entropy = _sum([last.entropy, *(piece.entropy for piece in held)])
        last = msgspec.structs.replace(
            last, end=len(text), logprob=last.logprob + rest, entropy=entropy, tokens=last.tokens + len(held)
        )
        held = []
    if last is not None:
        yield last
    if held:
        yield _joined(position, len(text), held)


def _find(text: str, position: int, held: Sequence[Piece], token: str) -> tuple[int, int] | None:
    """Start and end of `token` in the text, behind the `held` tokens, which begin at `position`; None where that is not
    certain.

    Some tokenizers leave out the blank before a word when they give the text of a token.
    """
    if not token or _BROKEN in token or len(held) > _LONGEST_RUN:
        return None
    if not held and text.startswith(token, position):
        return position, position + len(token)
    match = re.compile(f"{_pattern(held)}( ?{re.escape(token)})").match(text, position)
    return match.span(1) if match else None


def _pattern(held: Sequence[Piece]) -> str:
    """A pattern for the shortest text that such tokens can make up. A broken character is never an ASCII character."""
    tokens = "".join(piece.text or _SILENT for piece in held)
    return "".join(
        re.escape(part) if _BROKEN not in part and _SILENT not in part else _gap(part)
        for part in re.split(f"([{_BROKEN}{_SILENT}]+)", tokens)
    )


def _gap(run: str) -> str:
    """A pattern for a run of broken and silent tokens. Each is at most one character; silent ones alone may be none."""
    return f"[^\\x00-\\x7f]{{{1 if _BROKEN in run else 0},{len(run)}}}?"


def _joined(start: int, end: int, pieces: Sequence[Piece]) -> ScoredToken:
    entropy = _sum([piece.entropy for piece in pieces])
    return ScoredToken(start, end, sum(piece.logprob for piece in pieces), pieces[0].top, entropy, len(pieces))


def _sum(entropies: Sequence[float | None]) -> float | None:
    known = [entropy for entropy in entropies if entropy is not None]
    return sum(known) if len(known) == len(entropies) else None
