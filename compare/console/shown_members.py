"""Puts members of a family on the screen, with their stored answers, asks them, and reads the numbers of all."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from diptych import sessions
from diptych.sessions import Store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from diptych.compare.console.answers_under_way import AnswersUnderWay
    from diptych.compare.console.exchange import Exchange
    from diptych.compare.console.sample_requests import SampleRequests
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

    def __init__(self, state: SessionState, answers: AnswersUnderWay, samples: SampleRequests) -> None:
        self._state, self._answers, self._samples = state, answers, samples
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

    def ask_further(self, exchange: Exchange, side_name: str | None) -> bool:
        """Ask the members on the screen that have no answer in an exchange, or one of them; returns whether there are
        any."""
        state = self._state
        names = state.names if state.family is not None else ()
        further = [name for name in names if side_name in (None, name) and name not in exchange.answers]
        for name in further:
            self._answers.begin(state.side(name), exchange)
        if further:
            exchange.asked = tuple(name for name in names if name in exchange.answers)
            state.changes.announce()
        return bool(further)

    async def sample(self, exchange: Exchange, count: int) -> None:
        """Ask all members for more samples of an exchange's question in the background. Raises StoreError."""
        state = self._state
        await self.read_all()
        members = state.family.members if state.family is not None else state.sides
        state.complete(exchange, members)
        state.samples_wanted = count
        self._samples.start(exchange, count, False, [member.name for member in members])
        state.changes.announce()

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
