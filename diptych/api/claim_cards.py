"""Claim cards from Python: on which legs a claim of self-knowledge stands, as `diptych claim` says."""

import asyncio
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from diptych.api.blocking import wait_for
from diptych.api.file_locations import PathLike, Places, places
from diptych.cli import NamedClaim, card_lines, read_claim
from diptych.compare import ClaimCard, ClaimReading, Leg, export_claim
from diptych.sessions import Store, TransferError

if TYPE_CHECKING:
    import pandas as pd


class Claim:
    """A claim card, and the sessions that it was made from. Made by `claim`."""

    def __init__(self, where: Places, reading: ClaimReading) -> None:
        """`reading` is of the store at that place."""
        self._where, self._reading = where, reading

    def __repr__(self) -> str:
        """The card, as the command prints it where there is no terminal."""
        return "\n".join(card_lines(self.card, None))

    @property
    def card(self) -> ClaimCard:
        """All that `diptych claim --json` prints, typed."""
        return self._reading.card

    @property
    def legs(self) -> Sequence[Leg]:
        """The legs in the order of the card; `card.leg("mirrors")` is one of them."""
        return self.card.legs

    def to_frame(self) -> "pd.DataFrame":
        """A row a leg: name, title, state, figure, reason, command. Raises TransferError without pandas."""
        try:
            import pandas as pd
        except ImportError as error:
            raise TransferError("a data frame needs pandas", "pip install 'diptych[frames]'") from error
        names = ("name", "title", "state", "figure", "reason", "command")
        return pd.DataFrame({name: [getattr(leg, name) for leg in self.legs] for name in names}, dtype="string")

    def save_page(self, path: PathLike, *, force: bool = False) -> None:
        """Write the card with the answers behind each leg as one HTML file. `force`: overwrite an existing file. Raises
        TransferError, StoreError."""
        with closing(Store(self._where.store)) as store:
            export_claim(store, self.card, self._reading.found, Path(path), force)


def claim(
    probe: str | None = None,
    text: str = "",
    *,
    pair: str | None = None,
    family: str | None = None,
    side: str = "",
    sessions: Sequence[int] = (),
    rows: PathLike | None = None,
    config: PathLike | None = None,
    store: PathLike | None = None,
) -> Claim:
    """The card of a claim such as "it knows that it seeks risks", from stored sessions. No model is asked.

    probe: the id of that whose trait the claim is about; the one of the sessions where none is named. text: the claim
    in your words; that of the trait where there are none. pair, family: who was asked; of `sessions`, or the default
    pair. side: the side, or the arm of a family, that the claim is about; the second one if empty. sessions: to be read
    in place of the newest ones. rows: the training file. config, store: a config.toml and a folder of sessions in place
    of the user's own. Raises ClaimError where the probe has no trait or the pair no such side, FileError, StoreError,
    and ValueError for a family together with a pair.
    """
    if pair is not None and family is not None:
        raise ValueError("family: expected no pair beside it")
    named = NamedClaim(text, probe, pair, family, side, sessions, Path(rows) if rows is not None else None)
    return read_card(places(config, store), named)


def read_card(where: Places, named: NamedClaim) -> Claim:
    """Read the card of a claim. Raises ClaimError, FileError, StoreError."""

    def read() -> Claim:
        with closing(Store(where.store)) as store:
            return Claim(where, read_claim(where.load(), store, named))

    # In a thread: the members of a family that was never asked may have to be looked up on servers.
    return wait_for(asyncio.to_thread(read))
