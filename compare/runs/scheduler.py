"""Brings the missing answers to a set of questions, as many at once as each endpoint bears."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import msgspec

from diptych.backends import BackendError, BadKey, NoQuota, UnknownModel
from diptych.compare.answers import AnswerInFlight, Closed, LiveAnswer, PlannedAnswer, Side, answer, backends_of, slim
from diptych.compare.runs.endpoint_queue import Batch, EndpointQueue, WorkClock
from diptych.compare.runs.missing_answers import (
    AnswerSource,
    Kept,
    MissingAnswers,
    MissingOfBackend,
    Outlook,
    WantedAnswer,
)
from diptych.sessions import Answer, Recorder, SavedAnswer

WHOLE_TOKENS = 2000
"""An answer that may be longer streams: what was received of it is kept when it breaks off."""
_FOR_ALL: dict[str, type[BackendError]] = {"bad key": BadKey, "no quota": NoQuota, "unknown model": UnknownModel}
"""Errors that every request of a side would meet: after one, no more of them are sent."""


class SamplingProgress(NamedTuple):
    """How far it has come."""

    done: int
    """Answers that are there: kept ones and received ones, failed ones included."""
    failed: int
    total: int
    under_way: int
    tokens: int | None
    """Of the answers received; None where the server did not count those of each."""
    rate: float | None
    """Answers a second."""
    seconds_left: float | None
    """None until something is known."""


class Sampler:
    """Brings samples 0 to N-1 of every question from every side, and asks for nothing that is there already.

    Each endpoint has a queue of its own, with room for `concurrency` answers at once.
    """

    def __init__(
        self,
        sides: Sequence[Side],
        source: AnswerSource,
        samples: int,
        recorder: Recorder,
        *,
        concurrency: int,
        saved: Iterable[SavedAnswer] = (),
        seed: int | None = None,
        finished: Callable[[SavedAnswer], None] = lambda saved: None,
    ) -> None:
        """`source` says what is asked. `saved` count as there if they were asked for in the same way; with the same
        seed, too, where `seed` is given or the request names one. `finished` is called with each answer when it has
        ended, with its whole timeline."""
        self.asked: list[SavedAnswer] = []
        """Every answer that is there. Their timelines have one tick: the store has the whole."""
        self._samples = samples
        self._source = source
        self._recorder = recorder
        self._finished = finished
        self._missing = MissingAnswers(sides, source, saved, seed)
        self._queues = {
            id(backend): EndpointQueue(concurrency, backend, MissingOfBackend(self._missing, sides, backend))
            for backend in backends_of(sides)
        }
        self._in_turn = _asked_in_turn(sides)
        self._requests: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        """Set when there may be more to ask, or room for it."""
        self._clock = WorkClock()
        self._paused = self._stopped = False
        self._hopeless: dict[str, Side] = {}
        """Sides that are asked nothing more, each with a backend that only says why."""
        self._failed = 0
        self._tokens: int | None = 0

    @property
    def outlook(self) -> Outlook:
        """What is going to be asked, and what was there before."""
        return self._missing.outlook

    @property
    def progress(self) -> SamplingProgress:
        """How far it has come."""
        queues, seconds = self._queues.values(), self._clock.seconds
        received = sum(queue.received for queue in queues)
        times = [queue.seconds_left(seconds) for queue in queues]
        known = [time for time in times if time is not None]
        return SamplingProgress(
            done=self.outlook.kept + received,
            failed=self._failed,
            total=self.outlook.kept + received + sum(queue.left for queue in queues),
            under_way=sum(queue.under_way for queue in queues),
            tokens=self._tokens,
            rate=received / seconds if received and seconds else None,
            seconds_left=max(known, default=0.0) if len(known) == len(times) else None,
        )

    @property
    def paused(self) -> bool:
        """Whether nothing more is asked for now."""
        return self._paused

    @property
    def sides_to_ask(self) -> frozenset[str]:
        """The sides that were found to have missing answers."""
        return frozenset(side for side, _ in self._missing.by_exchange)

    @property
    def most_tokens(self) -> int | None:
        """Tokens that all missing answers may have together; None where one has no limit."""
        return self._missing.most_tokens

    async def prepare(self) -> Outlook:
        """Find out what is there and what is missing. `run` does so itself; call this to know before it asks.

        To be called when the backends were started: some know only then what they would send.
        """
        for kept in await self._missing.compare(self._samples):
            await self._keep(kept)
        return self.outlook

    async def run(self) -> list[SavedAnswer]:
        """Ask for all that is missing and return every answer, kept ones included. After `more` it may be called again.

        When it is cancelled, what is under way is saved as stopped before CancelledError goes on. Raises StoreError.
        """
        self._stopped = False
        if not self._paused:
            self._clock.start()
        try:
            await self._ask_all()
        except BaseException:
            self.stop()
            raise
        finally:
            self._clock.stop()
        return self.asked

    def pause(self) -> None:
        """Ask for nothing more for now; what is under way comes to its end."""
        self._paused = True
        self._clock.stop()

    def resume(self) -> None:
        """Go on after a pause."""
        if self._paused:
            self._paused = False
            self._clock.start()
            self._changed.set()

    def stop(self) -> None:
        """End what is under way, which is saved as stopped; the rest is never asked."""
        self._stopped = True
        self._samples = self._missing.samples
        self._drop()
        for request in self._requests:
            request.cancel()
        self._changed.set()

    def more(self, samples: int) -> None:
        """Bring so many samples more of every question."""
        self._samples += samples
        self._changed.set()

    def _drop(self) -> None:
        for queue in self._queues.values():
            queue.drop()

    async def _ask_all(self) -> None:
        """Send requests while there is room, until nothing is left. Raises StoreError."""
        try:
            async with asyncio.TaskGroup() as requests:
                while await self._is_unfinished():
                    self._send_next(requests)
                    await self._changed.wait()
                    self._changed.clear()
        except* Exception as errors:
            # One reason is enough: after the first the other requests were stopped.
            raise errors.exceptions[0] from None

    async def _is_unfinished(self) -> bool:
        """Whether anything is still to be received, also of samples that were added since."""
        await self.prepare()
        if self._stopped:
            # Also what was found missing while it was stopped.
            self._drop()
        return any(queue.left for queue in self._queues.values())

    def _send_next(self, requests: asyncio.TaskGroup) -> None:
        """Begin the requests that there is room for."""
        for queue in self._open_queues():
            while not self._paused and (batch := queue.take()) is not None:
                request = requests.create_task(self._ask(queue, batch))
                self._requests.add(request)
                request.add_done_callback(partial(self._ended, queue, batch))

    def _open_queues(self) -> Iterator[EndpointQueue]:
        """Those that may be asked now. Of the endpoints that are asked in turn these are the first that still have
        something, as many as compute at the same time."""
        free = self._in_turn.at_once
        for backend, queue in self._queues.items():
            if backend not in self._in_turn.backends:
                yield queue
            elif queue.left and free > 0:
                free -= 1
                yield queue

    def _ended(self, queue: EndpointQueue, batch: Batch, request: asyncio.Task[None]) -> None:
        queue.ended(batch)
        self._requests.discard(request)
        self._changed.set()

    async def _ask(self, queue: EndpointQueue, batch: Batch) -> None:
        """One request for the answers of a batch. Raises StoreError."""
        wanted = tuple(batch.wanted)
        first = wanted[0]
        side = self._hopeless.get(first.side.name, first.side)
        answers = [self._in_flight(side, one) for one in wanted]

        def read() -> None:
            # A failure may say that nothing more is to be asked: it is looked at before there is room.
            if not any(each.live.state == "failed" for each in answers):
                queue.read(batch)
                self._changed.set()

        saved = await answer(
            side,
            answers,
            msgspec.structs.replace(first.request, whole=_in_one_piece(first)),
            self._recorder,
            read,
        )
        for each in saved:
            await self._receive(queue.answered(batch), each)

    def _in_flight(self, side: Side, wanted: WantedAnswer) -> AnswerInFlight:
        planned = wanted.planned
        detectors = partial(self._source.detectors, side, planned)
        live = LiveAnswer(side.name, detectors, prefix=planned.question.prefix, watched=False)
        return AnswerInFlight(planned, live, wanted.tries)

    async def _receive(self, wanted: WantedAnswer, saved: SavedAnswer) -> None:
        """Take up an answer that has ended, and queue what it brings up."""
        self.asked.append(SavedAnswer(saved.id, slim(saved.answer)))
        if self._tokens is not None:
            self._tokens = self._tokens + saved.answer.tokens if saved.answer.tokens_known else None
        failure = saved.answer.failure
        if failure is not None:
            self._failed += 1
            if failure.kind in _FOR_ALL:
                fault = _FOR_ALL[failure.kind](failure.message, failure.hint)
                self._hopeless.setdefault(wanted.side.name, replace(wanted.side, backend=Closed(fault)))
        await self._follow(wanted.side, wanted.planned, saved.answer)
        self._finished(saved)

    async def _keep(self, kept: Kept) -> None:
        """Take up an answer that is there from before."""
        answer = slim(kept.saved.answer)
        self.asked.append(SavedAnswer(kept.saved.id, answer))
        self._queues[id(kept.side.backend)].note_duration(answer.ended_at)
        await self._follow(kept.side, replace(kept.planned, exchange=answer.exchange), answer)

    async def _follow(self, side: Side, planned: PlannedAnswer, said: Answer) -> None:
        """Let what an answer brings up be the next that is asked."""
        if not said.finished or self._stopped:
            return
        for other, coming in self._source.follow_ups(side, planned, said):
            found = await self._missing.follow_up(other, coming)
            if isinstance(found, Kept):
                await self._keep(found)
            else:
                self._queues[id(other.backend)].put_first(found)


class _InTurn(NamedTuple):
    """Endpoints that are asked after each other, because together they have more models than are in memory at once."""

    backends: frozenset[int]
    """By their id()."""
    at_once: int


def _asked_in_turn(sides: Sequence[Side]) -> _InTurn:
    """The backends that share the memory of this machine, if their models do not fit into it at once."""
    sharing = [backend for backend in backends_of(sides) if backend.holds_models is not None]
    models = {(id(side.backend), side.model) for side in sides if side.backend in sharing}
    if len(models) <= min((backend.holds_models or 0 for backend in sharing), default=0):
        return _InTurn(frozenset(), 0)
    return _InTurn(frozenset(map(id, sharing)), max((backend.models_at_once for backend in sharing), default=0))


def _in_one_piece(wanted: WantedAnswer) -> bool:
    """Whether an answer that nobody looks at need not stream: where the endpoint is quick, and the answer short."""
    longest = wanted.request.sampling.max_tokens
    return wanted.side.backend.whole_answers and longest is not None and longest <= WHOLE_TOKENS
