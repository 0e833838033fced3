"""The scheduler: brings the missing answers to a set of questions, as many at once as each endpoint bears."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from diptych.backends import BackendError, BadKey, NoQuota, Request, UnknownModel
from diptych.compare.answers import GUESSING, Closed, LiveAnswer, PlannedAnswer, Question, Side, answer, slim
from diptych.compare.runs.endpoint_queue import Clock, Lane, Wanted
from diptych.compare.runs.resume import EarlierAnswers
from diptych.detectors import Detector
from diptych.sessions import Answer, Recorder, SavedAnswer

Questions = Callable[[int], Sequence[PlannedAnswer]]
"""The questions of one sample number, each in its wording for that sample."""
RequestFor = Callable[[Side, PlannedAnswer], Request]
"""What a side is asked. A seed in it is that of the question's first sample."""
DetectorsFor = Callable[[Side, PlannedAnswer], list[Detector]]
"""Fresh detectors for one answer."""
FollowUps = Callable[[Side, PlannedAnswer, Answer], Iterable[tuple[Side, PlannedAnswer]]]
"""What a finished answer brings up to be asked besides."""

WHOLE_TOKENS = 2000
"""An answer that may be longer streams: what has come of it is kept when it breaks off."""
_FOR_ALL: dict[str, type[BackendError]] = {"bad key": BadKey, "no quota": NoQuota, "unknown model": UnknownModel}
"""What holds for every request of a side: after one, no more of them are sent."""


class Outlook(NamedTuple):
    """What is going to be asked, and what is there already."""

    new: int = 0
    failed: int = 0
    """Asked before in vain, and asked again."""
    unfinished: int = 0
    """Stopped or interrupted before, and asked again."""
    kept: int = 0
    changed: int = 0
    """Of the new ones, those that are there as answers to another request: to another model, say."""

    @property
    def words(self) -> str:
        """For a reader, e.g. "12 new, 3 failed again, 85 kept"."""
        unfinished = f", {self.unfinished} unfinished again" if self.unfinished else ""
        return f"{self.new} new, {self.failed} failed again{unfinished}, {self.kept} kept"


class SamplingProgress(NamedTuple):
    """How far it has come."""

    done: int
    """Answers that are there: kept ones, and whatever came, failed ones included."""
    failed: int
    total: int
    under_way: int
    tokens: int | None
    """Of the answers that came; None where the server did not count those of each."""
    rate: float | None
    """Answers a second."""
    seconds_left: float | None
    """None until something is known."""


class Sampler:
    """Brings samples 0 to N-1 of every question from every side, and asks for nothing that is there.

    Each endpoint has its own `concurrency`, counted in answers. The seed of an answer is a digest of the sampler's
    seed, the side and the question, plus the number of the sample among those of the question: it depends neither on
    what else is asked nor on when. A seed that the request names takes the place of the digest.
    """

    def __init__(
        self,
        sides: Sequence[Side],
        questions: Questions,
        samples: int,
        request_for: RequestFor,
        detectors_for: DetectorsFor,
        recorder: Recorder,
        *,
        concurrency: int,
        saved: Iterable[SavedAnswer] = (),
        seed: int | None = None,
        finished: Callable[[SavedAnswer], None] = lambda asked: None,
        follow_ups: FollowUps = lambda side, planned, said: (),
    ) -> None:
        """`saved` are answers that count as there if they were asked for in the same way; with the same seed, too,
        where `seed` is given or the request names one. `finished` is told of each answer that comes, with
        its whole timeline."""
        self.asked: list[SavedAnswer] = []
        """Every answer that is there. Their timelines have one tick: the store has the whole."""
        self.outlook = Outlook()
        self._sides = tuple(sides)
        self._questions = questions
        self._samples = samples
        self._request_for = request_for
        self._detectors_for = detectors_for
        self._recorder = recorder
        self._concurrency = concurrency
        self._earlier = EarlierAnswers(saved)
        self._any_seed = seed is None
        self._seed = random.getrandbits(30) if seed is None else seed
        self._finished = finished
        self._follow_ups = follow_ups
        self._looked = 0
        """Samples below this one were looked for."""
        self._numbers: Counter[int] = Counter()
        """Samples of each exchange so far."""
        self._bodies: dict[tuple[str, Question], Mapping[str, Any] | None] = {}
        self._lanes: dict[int, Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._fault: BaseException | None = None
        self._changed = asyncio.Event()
        self._clock = Clock()
        self._paused = self._stopped = False
        self._hopeless: dict[str, Side] = {}
        self._failed = self._tokens = 0
        self._counted = True
        """Whether the tokens of every answer that came are known."""

    @property
    def progress(self) -> SamplingProgress:
        """How far it has come."""
        lanes, seconds = self._lanes.values(), self._clock.seconds
        came = sum(lane.came for lane in lanes)
        times = [lane.seconds_left(seconds) for lane in lanes]
        known = [time for time in times if time is not None]
        return SamplingProgress(
            done=self.outlook.kept + came,
            failed=self._failed,
            total=self.outlook.kept + came + sum(lane.left for lane in lanes),
            under_way=sum(lane.under_way for lane in lanes),
            tokens=self._tokens if self._counted else None,
            rate=came / seconds if came and seconds else None,
            seconds_left=max(known, default=0.0) if len(known) == len(times) else None,
        )

    @property
    def paused(self) -> bool:
        """Whether nothing more is asked for now."""
        return self._paused

    @property
    def waiting(self) -> frozenset[str]:
        """The sides of which something is going to be asked."""
        return frozenset(one.side.name for lane in self._lanes.values() for one in lane.waiting)

    @property
    def most_tokens(self) -> int | None:
        """Tokens that the answers which wait may have together; None where one has no limit."""
        limits = [one.request.sampling.max_tokens for lane in self._lanes.values() for one in lane.waiting]
        return None if None in limits else sum(limit for limit in limits if limit is not None)

    async def prepare(self) -> Outlook:
        """See what is there and what is missing. `run` does it by itself; what it will do is known before with this.

        To be called when the backends were started: some know only then what they would send.
        """
        wanted: dict[int, list[Wanted]] = defaultdict(list)
        while self._looked < self._samples:
            planned_answers = self._questions(self._looked)
            self._looked += 1
            for planned in planned_answers:
                number = self._numbers[planned.exchange]
                self._numbers[planned.exchange] += 1
                for side in self._sides:
                    missing = await self._missing(side, planned, number)
                    if missing is not None:
                        wanted[id(side.backend)].append(missing)
        for key, missing_here in wanted.items():
            self._lanes[key].queue(missing_here)
        return self.outlook

    async def run(self) -> list[SavedAnswer]:
        """Ask for all that is missing and return every answer, kept ones included. After `more` it may be called anew.

        When it is cancelled, what is under way is saved as stopped before CancelledError goes on. Raises StoreError.
        """
        self._stopped = False
        if not self._paused:
            self._clock.start()
        try:
            while await self._go_on():
                await self._changed.wait()
                self._changed.clear()
        except BaseException:
            self.stop()
            await asyncio.gather(*self._tasks, return_exceptions=True)
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
        self._samples = self._looked
        for lane in self._lanes.values():
            lane.drop()
        for task in self._tasks:
            task.cancel()
        self._changed.set()

    def more(self, samples: int) -> None:
        """Bring so many samples more of every question."""
        self._samples += samples
        self._changed.set()

    async def _go_on(self) -> bool:
        """Begin what there is room for; returns whether anything is still to come. Raises what a request has met."""
        await self.prepare()
        if self._fault is not None:
            fault, self._fault = self._fault, None
            raise fault
        for lane in self._lanes.values():
            if self._stopped:
                # Also what has come up since.
                lane.drop()
            while not self._paused and lane.has_room:
                batch = lane.next()
                task = asyncio.create_task(self._ask(lane, batch))
                self._tasks.add(task)
                task.add_done_callback(partial(self._ended, lane, batch))
        return bool(self._tasks) or any(lane.waits for lane in self._lanes.values())

    def _ended(self, lane: Lane, batch: list[Wanted], task: asyncio.Task[None]) -> None:
        lane.ended(batch)
        self._tasks.discard(task)
        if not task.cancelled():
            self._fault = self._fault or task.exception()
        self._changed.set()

    async def _missing(self, side: Side, planned: PlannedAnswer, number: int) -> Wanted | None:
        """What is wanted of a side; None where it is there. `number` is that of the sample among those of its
        question."""
        lane = self._lanes.setdefault(id(side.backend), Lane(self._concurrency, side.backend))
        request = self._request_for(side, planned)
        named = request.sampling.seed
        seed = number + (named if named is not None else first_seed(self._seed, side.name, planned))
        sampling = msgspec.structs.replace(request.sampling, seed=seed)
        request = msgspec.structs.replace(request, sampling=sampling)
        body = await self._body(side, planned.as_asked, request)
        found = self._earlier.take(side, planned, body, None if named is None and self._any_seed else seed)
        if found.kept is not None:
            kept = SavedAnswer(found.kept.id, slim(found.kept.answer))
            self.asked.append(kept)
            self.outlook = self.outlook._replace(kept=self.outlook.kept + 1)
            lane.kept(kept.answer.ended_at)
            await self._follow(side, replace(planned, exchange=kept.answer.exchange), kept.answer)
            return None
        self._count(found.tries, found.changed)
        if found.tries:
            # It stays under the number under which it was tried.
            planned = replace(planned, exchange=found.tries[-1].answer.exchange)
        return Wanted(side, planned, request, tuple(one.id for one in found.tries))

    def _count(self, tries: Sequence[SavedAnswer], changed: bool) -> None:
        now = self.outlook
        if any(one.answer.state == "failed" for one in tries):
            self.outlook = now._replace(failed=now.failed + 1)
        elif tries:
            self.outlook = now._replace(unfinished=now.unfinished + 1)
        else:
            self.outlook = now._replace(new=now.new + 1, changed=now.changed + changed)

    async def _body(self, side: Side, question: Question, request: Request) -> Mapping[str, Any] | None:
        """What would be sent, with whatever seed; None where only an endpoint that does not answer could tell."""
        key = side.name, question
        if key not in self._bodies:
            try:
                self._bodies[key] = await side.backend.body(request)
            except BackendError:
                self._bodies[key] = None
        return self._bodies[key]

    async def _ask(self, lane: Lane, batch: list[Wanted]) -> None:
        """One request for the answers of a batch. Raises StoreError."""
        first = batch[0]
        side = self._hopeless.get(first.side.name, first.side)
        seen = asyncio.Event()
        lives = [
            LiveAnswer(
                side.name,
                partial(self._detectors_for, side, one.planned),
                seen,
                one.planned.question.prefix,
                watched=False,
            )
            for one in batch
        ]
        planned = [one.planned for one in batch]
        earlier = [one.earlier for one in batch]
        request = msgspec.structs.replace(first.request, whole=_in_one_piece(first))

        def read() -> None:
            # A failure may say that nothing more is to be asked: it is looked at first.
            if not any(live.state == "failed" for live in lives):
                lane.landed(batch)
                self._changed.set()

        for each in await answer(side, planned, request, lives, self._recorder, earlier, read):
            await self._take(lane.arrived(batch), each)

    async def _take(self, wanted: Wanted, asked: SavedAnswer) -> None:
        """Note what came, and queue what it brings up."""
        self.asked.append(SavedAnswer(asked.id, slim(asked.answer)))
        self._tokens += asked.answer.tokens
        self._counted = self._counted and asked.answer.tokens_known
        failure = asked.answer.failure
        if failure is not None:
            self._failed += 1
            if failure.kind in _FOR_ALL:
                fault = _FOR_ALL[failure.kind](failure.message, failure.hint)
                self._hopeless.setdefault(wanted.side.name, replace(wanted.side, backend=Closed(fault)))
        await self._follow(wanted.side, wanted.planned, asked.answer)
        self._finished(asked)

    async def _follow(self, side: Side, planned: PlannedAnswer, said: Answer) -> None:
        """Let what an answer brings up be the next that is asked."""
        if not said.finished:
            return
        for other, coming in self._follow_ups(side, planned, said):
            missing = await self._missing(other, coming, coming.sample)
            if missing is not None:
                self._lanes[id(other.backend)].put_first(missing)


def first_seed(run_seed: int, side: str, planned: PlannedAnswer) -> int:
    """The seed of the first sample of a question: 30 bits of a digest, so that each side and question has its own."""
    question = planned.as_asked
    kept_under = GUESSING if planned.guessed_side else None
    asked = (question.condition, question.prompt, question.mode, question.prefill, kept_under, planned.guessed_side)
    digest = sha256(ascii((run_seed, side, asked)).encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 2


def _in_one_piece(wanted: Wanted) -> bool:
    """Whether an answer that nobody looks at need not stream: where the endpoint is quick, and the answer short."""
    longest = wanted.request.sampling.max_tokens
    return wanted.side.backend.whole_answers and longest is not None and longest <= WHOLE_TOKENS
