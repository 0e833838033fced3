"""Puts members of a family on the screen, with their stored answers, and reads the numbers of all members."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from diptych import sessions
from diptych.sessions import Store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from diptych.compare.console.session_state import SessionState
    from diptych.compare.counts import FamilyDocument
    from diptych.probes import Probe
    from diptych.sessions import Label, SavedAnswer, Session


class StoredFamily(NamedTuple):
    """What a session has of a family."""

    document: FamilyDocument
    said: dict[str, str]
    """An answer of each member, by its label."""


class ShownMembers:
    """A family may have more answers than the console holds: those of a member are read when it comes onto the
    screen."""

    def __init__(self, state: SessionState) -> None:
        self._state = state
        self._restored: Session | None = None
        self._unread: set[str] = set()
        """The members whose stored answers are not in the state."""

    async def begin_at(self, session: Session) -> None:
        """Note that the answers of the sides of the screen are those of a stored session. Raises StoreError."""
        self._restored = session
        self._unread = {side.name for side in session.sides} - set(self._state.names)
        self._state.last_stored_exchange = await asyncio.to_thread(_last_exchange, self._state.store, session.id)

    async def show(self, labels: Sequence[str]) -> None:
        """Let these members be the sides on the screen, with what they have answered. Raises StoreError."""
        await self._read(labels, labels)

    async def read_all(self) -> None:
        """Read the answers of all members. Raises StoreError."""
        if self._unread:
            shown = self._state.names
            await self._read(sorted(self._unread), shown)

    async def stored(self) -> StoredFamily | None:
        """The numbers of all members, and an answer of each; None while nothing is stored. Raises StoreError."""
        state = self._state
        if state.session is None:
            return None
        return await asyncio.to_thread(_read_family, state.store, state.session, state.probe)

    async def _read(self, labels: Sequence[str], shown: Sequence[str]) -> None:
        state, session = self._state, self._restored
        missing = [label for label in labels if label in self._unread]
        saved: list[SavedAnswer] = []
        people: list[Label] = []
        if session is not None and missing:
            saved, people = await asyncio.to_thread(_read_answers, state.store, session.id, missing)
            state.put_on_screen(missing)
            state.add_stored(session, saved, people)
            self._unread.difference_update(missing)
        state.put_on_screen(shown)
        state.changes.announce()


def _read_answers(path: Path, session: int, labels: Sequence[str]) -> tuple[list[SavedAnswer], list[Label]]:
    with closing(Store(path)) as store:
        return store.answers(session, labels), store.labels(session)


def _last_exchange(path: Path, session: int) -> int:
    with closing(Store(path)) as store:
        return store.last_exchange(session)


def _read_family(path: Path, number: int, probe: Probe | None) -> StoredFamily | None:
    from diptych.compare.counts import stored_family

    with closing(Store(path)) as store:
        session, saved, labels = store.session(number), store.answers(number), store.labels(number)
    if session is None or session.family is None:
        return None
    own_probe = probe if probe is not None and probe.id == session.probe else None
    hidden = sessions.still_hidden(saved, labels)
    said = {row.answer.side: row.answer.text for row in reversed(saved) if not row.answer.unscored}
    return StoredFamily(stored_family(session, saved, hidden, own_probe, labels), said)
