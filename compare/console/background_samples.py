"""Samples of a question that are asked for in the background, while the screen shows other things."""

from collections.abc import Awaitable, Callable, Iterable, Sequence

from diptych.backends import Request
from diptych.compare.answers import PlannedAnswer, Side, of_sample
from diptych.compare.console.exchange import Exchange
from diptych.compare.runs import Sampler, SamplingProgress
from diptych.detectors import Detector
from diptych.sessions import Answer, Recorder, SavedAnswer

AT_ONCE = 4
"""Answers that are asked for at the same time from each endpoint."""


class BackgroundSamples:
    """A number of samples from each side, of one exchange or of several in turn: the wordings of one question."""

    def __init__(
        self,
        exchanges: Sequence[Exchange],
        count: int,
        sides: Sequence[Side],
        request_for: Callable[[Side, Exchange], Request],
        detectors_for: Callable[[Exchange], list[Detector]],
        recorder: Recorder,
        finished: Callable[[Exchange, SavedAnswer], None],
    ) -> None:
        """All `exchanges` are asked of these `sides`. `finished` is called with each answer that comes, and its
        exchange."""
        self.exchanges = tuple(exchanges)
        self.asked = tuple(side.name for side in sides)
        """The sides that are asked."""
        self.under_way = True
        self._first = {exchange.number: exchange.upcoming(*self.asked) for exchange in exchanges}
        """The number of the first sample of each exchange that is asked for here."""
        self._planned: list[tuple[Exchange, int]] = []
        """The exchange of each sample, and its number in it."""
        self._by_number = {exchange.number: exchange for exchange in exchanges}
        self._request_for = request_for
        self._plan(count)
        for exchange in exchanges:
            if exchange.planned is None:
                exchange.planned = exchange.upcoming(*self.asked) or None
        self._detectors_for = detectors_for
        self._sampler = Sampler(
            sides,
            self,
            count,
            recorder,
            concurrency=AT_ONCE,
            finished=lambda saved: finished(self._by_number[saved.answer.exchange], saved),
        )

    @property
    def samples(self) -> list[tuple[int, int]]:
        """The exchange and number of each sample: of those that have come, and of those still to come."""
        return [(exchange.number, number) for exchange, number in self._planned]

    @property
    def progress(self) -> SamplingProgress:
        """How many samples have come and are under way, over all sides."""
        return self._sampler.progress

    @property
    def paused(self) -> bool:
        """Whether nothing more is asked for now."""
        return self._sampler.paused

    async def run(self, session_begun: Awaitable[None]) -> None:
        """Ask for all of them, once the session has begun. Raises StoreError."""
        try:
            await session_begun
            await self._sampler.run()
        finally:
            self.under_way = False

    def add(self, count: int) -> None:
        """Ask for `count` more from each side."""
        self._plan(count)
        self._sampler.more(count)

    def pause(self, paused: bool) -> None:
        """Ask for nothing more for now, or go on; requests that are under way come to their end."""
        if paused:
            self._sampler.pause()
        else:
            self._sampler.resume()

    def stop(self) -> None:
        """Stop asking; what has come stays."""
        self._sampler.stop()

    def _plan(self, count: int) -> None:
        """Plan each next sample for the exchange that has the fewest."""
        for _ in range(count):
            exchange = min(self.exchanges, key=lambda exchange: exchange.upcoming(*self.asked))
            self._planned.append((exchange, exchange.next_sample(*self.asked)))

    def planned(self, sample: int) -> list[PlannedAnswer]:
        """One answer: samples take the wordings of the question in turn."""
        exchange, number = self._planned[sample]
        return [PlannedAnswer(exchange.question, exchange.number, number, planned=exchange.planned)]

    def request(self, side: Side, planned: PlannedAnswer) -> Request:
        """What a side is asked. The sampler counts from 0. Where the request names a seed, it is moved on, so that each
        sample of an exchange still has a seed of its own."""
        request = self._request_for(side, self._by_number[planned.exchange])
        return of_sample(request, self._first[planned.exchange])

    def detectors(self, side: Side, planned: PlannedAnswer) -> list[Detector]:
        """New detectors for one answer."""
        return self._detectors_for(self._by_number[planned.exchange])

    def follow_ups(self, side: Side, planned: PlannedAnswer, answer: Answer) -> Iterable[tuple[Side, PlannedAnswer]]:
        """Nothing is asked because of an answer."""
        return ()
