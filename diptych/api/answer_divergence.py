"""Token by token: how likely two sides find an answer."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from diptych.api.file_locations import Places
from diptych.cli import probe_of, sides_of_session
from diptych.compare import Piece, Side, saved_divergence
from diptych.errors import DiptychError
from diptych.sessions import Answer, Session, TransferError

if TYPE_CHECKING:
    import pandas as pd


class CannotScoreError(DiptychError):
    """A side does not tell how likely it finds a text."""


class TokenDivergence(msgspec.Struct, frozen=True):
    """An answer under two sides."""

    text: str
    base: str
    """The name of the first side."""
    tuned: str
    """The name of the second side."""
    pieces: tuple[Piece, ...]
    """The text in pieces that are tokens of both sides, each with its log-probabilities in nats."""

    @property
    def total(self) -> float:
        """log p(tuned) − log p(base) of the whole text, in nats."""
        return sum(piece.difference for piece in self.pieces)

    def to_frame(self) -> "pd.DataFrame":
        """A row a piece: `start` and `end` in characters of the text, `text`, `log_p_base` and `log_p_tuned` in nats,
        and `difference`, the second minus the first. Raises TransferError without pandas."""
        try:
            import pandas as pd
        except ImportError as error:
            raise TransferError("a data frame needs pandas", "pip install 'diptych[frames]'") from error
        return pd.DataFrame(
            {
                "start": [piece.start for piece in self.pieces],
                "end": [piece.end for piece in self.pieces],
                "text": [self.text[piece.start : piece.end] for piece in self.pieces],
                "log_p_base": [piece.base for piece in self.pieces],
                "log_p_tuned": [piece.tuned for piece in self.pieces],
                "difference": [piece.difference for piece in self.pieces],
            }
        )


async def token_divergence(
    where: Places, session: Session, answers: Sequence[Answer], answer: Answer, base: str | None, tuned: str | None
) -> TokenDivergence:
    """Score the answer under two sides of the pair, or two members of the family, of its session. Raises
    CannotScoreError, FileError, ValueError."""
    config = where.load()
    sides = {side.name: side for side in await asyncio.to_thread(sides_of_session, config, session)}
    first = _side(sides, base if base is not None else next(iter(sides)))
    others = [name for name in sides if name != first.name]
    own = answer.side if answer.side in others else next(iter(others), first.name)
    second = _side(sides, tuned if tuned is not None else own)
    found = await saved_divergence(answer, answers, first, second, probe_of(config, session))
    if found.failure is not None:
        raise CannotScoreError(found.failure.message, found.failure.hint)
    return TokenDivergence(answer.text, first.name, second.name, tuple(found.pieces))


def _side(sides: dict[str, Side], name: str) -> Side:
    if name not in sides:
        raise ValueError(f"there is no side {name!r}; there are: {', '.join(sides)}")
    return sides[name]
