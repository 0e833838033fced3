"""The answers that a person waits for: each is requested, watched and saved, and can be stopped."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from diptych.compare import answers
from diptych.sessions import SavedAnswer, StoreError

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from diptych.compare.answers import LiveAnswer, Side
    from diptych.compare.console.exchange import Exchange
    from diptych.compare.console.session_state import SessionState
    from diptych.sessions import Failure


class AnswersUnderWay:
    """Writes each answer into the state while it comes. A side has one answer under way at most; an answer that was
    stopped is still saved."""

    def __init__(self, state: SessionState) -> None:
        self._state = state
        self._tasks: dict[str, asyncio.Task[None]] = {}
        """The task of the answer that is under way, by side."""
        self._unfinished: set[asyncio.Task[None]] = set()
        """All tasks: also those of stopped answers that are being saved, and other work in the background."""
        self._session_lock = asyncio.Lock()

    def begin(self, side: Side, exchange: Exchange) -> None:
        """Ask a side the question of an exchange."""
        state = self._state
        live = answers.LiveAnswer(
            side.name,
            partial(state.detectors_for, exchange),
            state.changes.announce,
            prefix=exchange.question.prefix,
            new_uncounted=partial(state.uncounted_for, exchange),
        )
        exchange.answers[side.name] = live
        exchange.kept.pop(side.name, None)
        task = self.in_background(self._answer(side, exchange, live))
        self._tasks[side.name], state.under_way[side.name] = task, live
        task.add_done_callback(partial(self._ended, live))
        state.changes.announce()

    def stop(self, side_name: str | None, why: Failure | None) -> None:
        """End the answer of a side, or of all; what has come is saved. `why`: the reason to show with it."""
        for name, task in self._tasks.items():
            if side_name in (None, name) and not task.cancelling():
                self._state.under_way[name].stopped_for = why
                task.cancel()

    def in_background(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Let other work go on; `finish` waits for it."""
        task = asyncio.create_task(work)
        self._unfinished.add(task)
        task.add_done_callback(self._unfinished.discard)
        return task

    async def finish(self) -> None:
        """Wait until everything has ended and is saved."""
        await asyncio.gather(*self._unfinished, return_exceptions=True)

    async def begin_session(self, title: str) -> None:
        """Begin the session in the store, unless it has begun. Raises StoreError."""
        state = self._state
        async with self._session_lock:
            if state.session is None:
                sides = state.sides if state.family is None else state.family.members
                records = tuple(side.record() for side in sides)
                probe = state.probe.id if state.probe is not None else None
                family = state.family.record if state.family is not None else None
                await state.recorder.begin_session(title[:80], state.pair, probe, records, family=family)

    def _ended(self, live: LiveAnswer, task: asyncio.Task[None]) -> None:
        """Nothing more comes of an answer. Its task may have been stopped before it began to run."""
        if self._tasks.get(live.side) is task:
            del self._tasks[live.side], self._state.under_way[live.side]
        if not live.ended:
            live.finish("stopped")
        self._state.changes.announce()

    async def _answer(self, side: Side, exchange: Exchange, live: LiveAnswer) -> None:
        state = self._state
        column = exchange.column_number(side.name) if exchange.hidden else None
        sample = exchange.next_sample(side.name)
        planned = answers.PlannedAnswer(exchange.question, exchange.number, sample, column, exchange.planned)
        try:
            await self.begin_session(exchange.prompt)
            request = answers.of_sample(state.request(side, exchange), sample)
            in_flight = answers.AnswerInFlight(planned, live)
            (saved,) = await answers.answer(side, [in_flight], request, state.recorder, not_saved=state.not_saved)
            state.keep(side, exchange, live, SavedAnswer(saved.id, answers.slim(saved.answer)))
        except StoreError as error:
            state.not_saved(error)
