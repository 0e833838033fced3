"""Which planned answers are missing, worked out one sample at a time.

A run may plan far more answers than fit into memory. So nothing is kept of an answer that does not exist yet: the plan
is read again when its turn comes. What is held are the answers that a session has already.
"""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, NamedTuple, Protocol

import msgspec

from diptych.backends import BackendError, Request
from diptych.compare.answers import GUESSING, PlannedAnswer, Side
from diptych.compare.runs.resume import Earlier, EarlierAnswers
from diptych.detectors import Detector
from diptych.sessions import Answer, SavedAnswer


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
    those of its exchange: it depends neither on what else is asked nor on when. A seed that the request names takes
    the place of the digest.
    """

    def __init__(
        self, sides: Sequence[Side], source: AnswerSource, saved: Iterable[SavedAnswer], seed: int | None
    ) -> None:
        """`saved` count as there if they were asked for in the same way; with the same seed, too, where `seed` is
        given or the request names one."""
        self.outlook = Outlook()
        self.source = source
        self.missing: Counter[tuple[str, int]] = Counter()
        """How many answers were found missing, by side and exchange."""
        self.planned_missing: Counter[str] = Counter()
        """How many of them are samples of the plan and no follow-ups, by side."""
        self._sides = tuple(sides)
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
    def most_tokens(self) -> int | None:
        """Tokens that all missing answers may have together; None where one has no limit."""
        limits = {key: self._requests[key].sampling.max_tokens for key in self.missing}
        return None if None in limits.values() else sum((limits[key] or 0) * count for key, count in self.missing.items())

    async def compare(self, samples: int) -> list[Kept]:
        """Compare what is planned below a sample number; returns what is there."""
        kept = []
        while self._compared.sample < samples:
            for planned, draw in self._compared.next():
                for side in self._sides:
                    found = await self.look_for(side, planned, draw)
                    if found.kept is not None:
                        kept.append(Kept(side, planned, found.kept))
                    else:
                        self.planned_missing[side.name] += 1
                    if found.kept is not None or found.tries:
                        self._found[side.name, planned.sample, planned.exchange] = found
        return kept

    async def look_for(self, side: Side, planned: PlannedAnswer, draw: int) -> Earlier:
        """What there is of one planned answer; counts it in the outlook. `draw`: its number among the samples of its
        exchange."""
        request = self._request(side, planned)
        found = Earlier(None)
        if self._earlier.has(side, planned):
            seed = None if request.sampling.seed is None and self._any_seed else self._seed_of(side, planned, draw)
            found = self._earlier.take(side, planned, await self._body(side, planned), seed)
        self._count(found)
        if found.kept is None:
            self.missing[side.name, planned.exchange] += 1
        return found

    def wanted(self, side: Side, planned: PlannedAnswer, draw: int, found: Earlier) -> WantedAnswer:
        """A missing answer as it is asked for, `found` being what there is of it."""
        request = _seeded(self._request(side, planned), self._seed_of(side, planned, draw))
        if found.tries:
            # It stays in the exchange in which it was tried.
            planned = replace(planned, exchange=found.tries[-1].answer.exchange)
        return WantedAnswer(side, planned, request, tuple(one.id for one in found.tries))

    def found(self, side: Side, planned: PlannedAnswer) -> Earlier:
        """What `compare` has found of a planned answer."""
        return self._found.get((side.name, planned.sample, planned.exchange), Earlier(None))

    def _count(self, found: Earlier) -> None:
        now = self.outlook
        if found.kept is not None:
            self.outlook = now._replace(kept=now.kept + 1)
        elif any(one.answer.state == "failed" for one in found.tries):
            self.outlook = now._replace(failed=now.failed + 1)
        elif found.tries:
            self.outlook = now._replace(unfinished=now.unfinished + 1)
        else:
            self.outlook = now._replace(new=now.new + 1, changed=now.changed + found.changed)

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


class MissingOfSides:
    """The missing answers of some sides in their order, made one sample at a time."""

    def __init__(self, missing: MissingAnswers, sides: Sequence[Side]) -> None:
        self._missing = missing
        self._sides = tuple(sides)
        self._planned = PlannedSamples(missing.source)
        self._made = 0
        """Answers that were made or dropped."""
        self._dropped = 0
        """Samples below this number are not asked for any more."""

    @property
    def left(self) -> int:
        """Answers that were found missing and are not made yet."""
        return self._found - self._made

    def next_sample(self) -> list[WantedAnswer]:
        """The missing answers of the next sample that has any; none when all were made."""
        while self._planned.sample < self._missing.samples:
            dropped = self._planned.sample < self._dropped
            planned = self._planned.next()
            made = [] if dropped else [wanted for one, draw in planned for wanted in self._wanted(one, draw)]
            if made:
                self._made += len(made)
                return made
        return []

    def drop(self) -> None:
        """Make no more of those that were found missing so far."""
        self._made, self._dropped = self._found, self._missing.samples

    @property
    def _found(self) -> int:
        return sum(self._missing.planned_missing[side.name] for side in self._sides)

    def _wanted(self, planned: PlannedAnswer, draw: int) -> Iterator[WantedAnswer]:
        for side in self._sides:
            found = self._missing.found(side, planned)
            if found.kept is None:
                yield self._missing.wanted(side, planned, draw, found)


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
