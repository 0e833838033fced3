"""Which planned answers are missing, worked out one sample at a time.

A run may plan far more answers than fit into memory. So nothing is kept of an answer that does not exist yet: the plan
is read again when its turn comes. What is held are the answers that a session has already.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, NamedTuple, Protocol

import msgspec

from diptych.backends import Backend, BackendError, Request
from diptych.compare.answers import GUESSING, PlannedAnswer, Side
from diptych.compare.runs.resume import Earlier, EarlierAnswers
from diptych.detectors import Detector
from diptych.sessions import Answer, SavedAnswer

_BREATH = 1000
"""Samples that are compared before other tasks have a turn."""


class AnswerSource(Protocol):
    """Says what is asked, and how."""

    def planned(self, sample: int) -> Sequence[PlannedAnswer]:
        """The answers of one sample number: one for each question, in its wording for that sample. Says the same
        each time."""

    def request(self, side: Side, planned: PlannedAnswer) -> Request:
        """What a side is asked. A seed in it is that of the first sample of the exchange."""

    def detectors(self, side: Side, planned: PlannedAnswer) -> list[Detector]:
        """New detectors for one answer."""

    def follow_ups(self, side: Side, planned: PlannedAnswer, answer: Answer) -> Iterable[tuple[Side, PlannedAnswer]]:
        """What is to be asked because of a finished answer."""


@dataclass(frozen=True)
class WantedAnswer:
    """One answer that is missing."""

    side: Side
    planned: PlannedAnswer
    request: Request
    """With the seed of this answer."""
    tries: tuple[int, ...]
    """The numbers of failed or unfinished tries in the store: they go when this one has ended well."""

    @property
    def key(self) -> tuple[str, int]:
        """Side and exchange: answers that have these in common differ in their sample only."""
        return self.side.name, self.planned.exchange

    def follows(self, other: "WantedAnswer") -> bool:
        """Whether it can be asked for in one request with those that end in `other`: the next seed is its own."""
        mine, others = self.request.sampling.seed, other.request.sampling.seed
        return mine is not None and others is not None and mine == others + 1


class Outlook(NamedTuple):
    """What is going to be asked, and what is there already."""

    new: int = 0
    failed: int = 0
    """Failed before, and asked again."""
    unfinished: int = 0
    """Stopped or interrupted before, and asked again."""
    kept: int = 0
    changed: int = 0
    """Of the new ones, those that are there as answers to another request: to another model, for example."""

    @property
    def words(self) -> str:
        """For a reader, e.g. "12 new, 3 failed again, 85 kept"."""
        unfinished = f", {self.unfinished} unfinished again" if self.unfinished else ""
        return f"{self.new} new, {self.failed} failed again{unfinished}, {self.kept} kept"


class Kept(NamedTuple):
    """A planned answer that is there already."""

    side: Side
    planned: PlannedAnswer
    saved: SavedAnswer


class MissingAnswers:
    """Compares what is planned with what a session has.

    The seed of an answer is a digest of the run's seed, the side and the question, plus the number of the sample among
    those of its exchange: it depends neither on what else is asked nor on when. A seed in the request replaces the
    digest.
    """

    def __init__(
        self, sides: Sequence[Side], source: AnswerSource, saved: Iterable[SavedAnswer], seed: int | None
    ) -> None:
        """`saved` count as there if they were asked for in the same way; with the same seed, too, where `seed` is
        given or the request names one."""
        self.source = source
        self._sides = tuple(sides)
        self._outlook = Outlook()
        """Without the untouched ones."""
        self._missing: Counter[tuple[str, int]] = Counter()
        """How many answers are missing, by side and exchange, without the untouched ones."""
        self._sides_of = Counter(id(side.backend) for side in sides)
        """How many sides each backend has, by its id()."""
        self._planned_missing: Counter[int] = Counter()
        """How many of them are no follow-ups, by the id() of the backend."""
        self._untouched = 0
        """Samples for which no side has anything yet: usually most of them."""
        self._untouched_of: Counter[int] = Counter()
        """The same by exchange."""
        self._any_seed = seed is None
        self._seed = random.getrandbits(30) if seed is None else seed
        self._earlier = EarlierAnswers(saved)
        self._found: dict[tuple[str, int, int], Earlier] = {}
        """What there is of planned answers, by side, sample and exchange; most of them have nothing."""
        self._compared = PlannedSamples(source)
        self._requests: dict[tuple[str, int], Request] = {}
        self._bodies: dict[tuple[str, int], Mapping[str, Any] | None] = {}

    @property
    def samples(self) -> int:
        """Samples below this number were compared."""
        return self._compared.sample

    @property
    def outlook(self) -> Outlook:
        """How many answers are there, and how many are missing."""
        return self._outlook._replace(new=self._outlook.new + len(self._sides) * self._untouched)

    @property
    def by_exchange(self) -> Counter[tuple[str, int]]:
        """How many answers were found missing, by side and exchange."""
        untouched = {(side.name, number): n for number, n in self._untouched_of.items() for side in self._sides}
        return self._missing + Counter(untouched)

    @property
    def most_tokens(self) -> int | None:
        """Tokens that all missing answers may have together; None where one has no limit."""
        total = 0
        for key, count in self.by_exchange.items():
            limit = self._requests[key].sampling.max_tokens
            if limit is None:
                return None
            total += limit * count
        return total

    def planned_of(self, backend: Backend) -> int:
        """How many samples of the sides of a backend were found missing, without follow-ups."""
        return self._untouched * self._sides_of[id(backend)] + self._planned_missing[id(backend)]

    async def compare(self, samples: int) -> list[Kept]:
        """Compare what is planned below a sample number; returns what is there."""
        kept = []
        while self._compared.sample < samples:
            if self._compared.sample % _BREATH == 0:
                await asyncio.sleep(0)
            for planned, draw in self._compared.next():
                if self._earlier.has_sample(planned.sample):
                    kept += await self._compare(planned, draw)
                else:
                    self._count_untouched(planned)
        return kept

    async def follow_up(self, side: Side, planned: PlannedAnswer) -> Kept | WantedAnswer:
        """An answer that is planned because of another one: as it is there, or as it is asked for."""
        found = await self._look_for(side, planned, planned.sample)
        if found.kept is not None:
            return Kept(side, planned, found.kept)
        return self._wanted(side, planned, planned.sample, found)

    def wanted(self, side: Side, planned: PlannedAnswer, draw: int) -> WantedAnswer | None:
        """A planned answer that was compared, as it is asked for; None where it is there."""
        found = self._found.get((side.name, planned.sample, planned.exchange), Earlier(None))
        return self._wanted(side, planned, draw, found) if found.kept is None else None

    async def _compare(self, planned: PlannedAnswer, draw: int) -> list[Kept]:
        kept = []
        for side in self._sides:
            found = await self._look_for(side, planned, draw)
            if found.kept is not None:
                kept.append(Kept(side, planned, found.kept))
            else:
                self._planned_missing[id(side.backend)] += 1
            if found.kept is not None or found.tries:
                self._found[side.name, planned.sample, planned.exchange] = found
        return kept

    def _count_untouched(self, planned: PlannedAnswer) -> None:
        if planned.exchange not in self._untouched_of:
            for side in self._sides:
                self._request(side, planned)
        self._untouched_of[planned.exchange] += 1
        self._untouched += 1

    async def _look_for(self, side: Side, planned: PlannedAnswer, draw: int) -> Earlier:
        """What there is of one planned answer; counts it in the outlook. `draw`: its number among the samples of its
        exchange."""
        request = self._request(side, planned)
        found = Earlier(None)
        if self._earlier.has(side, planned):
            seed = None if request.sampling.seed is None and self._any_seed else self._seed_of(side, planned, draw)
            found = self._earlier.take(side, planned, await self._body(side, planned), seed)
        self._count(found)
        if found.kept is None:
            self._missing[side.name, planned.exchange] += 1
        return found

    def _wanted(self, side: Side, planned: PlannedAnswer, draw: int, found: Earlier) -> WantedAnswer:
        request = _seeded(self._request(side, planned), self._seed_of(side, planned, draw))
        if found.tries:
            # It stays in the exchange in which it was tried.
            planned = replace(planned, exchange=found.tries[-1].answer.exchange)
        return WantedAnswer(side, planned, request, tuple(one.id for one in found.tries))

    def _count(self, found: Earlier) -> None:
        now = self._outlook
        if found.kept is not None:
            self._outlook = now._replace(kept=now.kept + 1)
        elif any(one.answer.state == "failed" for one in found.tries):
            self._outlook = now._replace(failed=now.failed + 1)
        elif found.tries:
            self._outlook = now._replace(unfinished=now.unfinished + 1)
        else:
            self._outlook = now._replace(new=now.new + 1, changed=now.changed + found.changed)

    def _request(self, side: Side, planned: PlannedAnswer) -> Request:
        """Without the seed of an answer: the same for all samples of an exchange."""
        key = side.name, planned.exchange
        if key not in self._requests:
            self._requests[key] = self.source.request(side, planned)
        return self._requests[key]

    async def _body(self, side: Side, planned: PlannedAnswer) -> Mapping[str, Any] | None:
        """What would be sent, with whatever seed; None where only an endpoint that does not answer could tell."""
        key = side.name, planned.exchange
        if key not in self._bodies:
            try:
                self._bodies[key] = await side.backend.body(_seeded(self._request(side, planned), 0))
            except BackendError:
                self._bodies[key] = None
        return self._bodies[key]

    def _seed_of(self, side: Side, planned: PlannedAnswer, draw: int) -> int:
        named = self._request(side, planned).sampling.seed
        return draw + (named if named is not None else first_seed(self._seed, side.name, planned))


class MissingOfBackend:
    """The missing answers of the sides of a backend in their order, made one sample at a time.

    A backend that has only some of its models ready at once is asked for those of a few models after those of others:
    as many as it computes at the same time.
    """

    def __init__(self, missing: MissingAnswers, sides: Sequence[Side], backend: Backend) -> None:
        self._missing = missing
        self._backend = backend
        own = [side for side in sides if side.backend is backend]
        models = list(dict.fromkeys(side.model for side in own))
        in_turn = backend.holds_models is not None and len(models) > backend.holds_models
        size = backend.models_at_once if in_turn else max(1, len(models))
        groups = [models[start : start + size] for start in range(0, len(models), size)]
        self._groups = [
            (PlannedSamples(missing.source), [side for side in own if side.model in group]) for group in groups
        ]
        """The sides that are asked together, with the samples that they are not asked for yet."""
        self._made = 0
        """Answers that were made or dropped."""
        self._dropped = 0
        """Samples below this number are not asked for any more."""

    @property
    def left(self) -> int:
        """Answers that were found missing and are not made yet."""
        return self._missing.planned_of(self._backend) - self._made

    def next_sample(self) -> list[WantedAnswer]:
        """The missing answers of the next sample that has any; none when all were made."""
        for samples, sides in self._groups:
            while samples.sample < self._missing.samples:
                dropped = samples.sample < self._dropped
                planned = samples.next()
                made = [] if dropped else list(self._wanted(planned, sides))
                if made:
                    self._made += len(made)
                    return made
        return []

    def drop(self) -> None:
        """Make no more of those that were found missing so far."""
        self._made, self._dropped = self._missing.planned_of(self._backend), self._missing.samples

    def _wanted(self, planned: Sequence[tuple[PlannedAnswer, int]], sides: Sequence[Side]) -> Iterator[WantedAnswer]:
        for one, draw in planned:
            for side in sides:
                wanted = self._missing.wanted(side, one, draw)
                if wanted is not None:
                    yield wanted


class PlannedSamples:
    """The planned answers of a source in their order, one sample number after the other."""

    def __init__(self, source: AnswerSource) -> None:
        self.sample = 0
        """The number of the next one."""
        self._source = source
        self._draws: Counter[int] = Counter()

    def next(self) -> list[tuple[PlannedAnswer, int]]:
        """Those of the next sample number, each with its number among the samples of its exchange."""
        found = []
        for planned in self._source.planned(self.sample):
            found.append((planned, self._draws[planned.exchange]))
            self._draws[planned.exchange] += 1
        self.sample += 1
        return found


def first_seed(run_seed: int, side: str, planned: PlannedAnswer) -> int:
    """The seed of the first sample of a question: 30 bits of a digest, so that each side and question has its own."""
    question = planned.as_asked
    kept_under = GUESSING if planned.guessed_side else None
    asked = (question.condition, question.prompt, question.mode, question.prefill, kept_under, planned.guessed_side)
    digest = sha256(ascii((run_seed, side, asked)).encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 2


def _seeded(request: Request, seed: int) -> Request:
    sampling = msgspec.structs.replace(request.sampling, seed=seed)
    return msgspec.structs.replace(request, sampling=sampling)
