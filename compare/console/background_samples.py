"""More samples of a question, asked for in the background while one looks on."""

from collections.abc import Awaitable, Callable, Sequence

from diptych.backends import Request
from diptych.compare.answers import PlannedAnswer, Side, of_sample
from diptych.compare.console.exchange import Exchange
from diptych.compare.runs import Sampler, SamplingProgress
from diptych.detectors import Detector
from diptych.sessions import Recorder, SavedAnswer

AT_ONCE = 4
"""Answers that are asked for at the same time from each endpoint."""


class MoreSamples:
    """So many more samples from each side, of one exchange or of several in turn: the wordings of one question."""

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
        """All `exchanges` go to the same `sides`. `finished` is told of each answer that comes, and to which."""
        self.exchanges = tuple(exchanges)
        self.under_way = True
        self._first = {exchange.number: exchange.upcoming(*exchange.asked) for exchange in exchanges}
        """The number of the first sample of each exchange that is asked for here."""
        self._turns: list[tuple[Exchange, int]] = []
        """The exchange of each sample, and its number in it."""
        self._by_number = {exchange.number: exchange for exchange in exchanges}
        self._request_for = request_for
        self._take_turns(count)
        for exchange in exchanges:
            if exchange.planned is None:
                exchange.planned = exchange.upcoming(*exchange.asked) or None
        self._sampler = Sampler(
            sides,
            self._questions,
            count,
            self._request,
            lambda side, planned: detectors_for(self._by_number[planned.exchange]),
            recorder,
            concurrency=AT_ONCE,
            finished=lambda asked: finished(self._by_number[asked.answer.exchange], asked),
        )

    @property
    def samples(self) -> list[tuple[int, int]]:
        """Exchange and number of each sample, of those that are there and those that are to come."""
        return [(exchange.number, number) for exchange, number in self._turns]

    @property
    def progress(self) -> SamplingProgress:
        """How far it has come, over all sides."""
        return self._sampler.progress

    @property
    def paused(self) -> bool:
        """Whether nothing more is asked for now."""
        return self._sampler.paused

    async def run(self, begun: Awaitable[None]) -> None:
        """Ask for all of them, once the session has `begun`. Raises StoreError."""
        try:
            await begun
            await self._sampler.run()
        finally:
            self.under_way = False

    def more(self, count: int) -> None:
        """So many more still."""
        self._take_turns(count)
        self._sampler.more(count)

    def pause(self) -> None:
        """Ask for nothing more for now; what is under way comes to its end."""
        self._sampler.pause()

    def resume(self) -> None:
        """Go on after a pause."""
        self._sampler.resume()

    def stop(self) -> None:
        """End it; what has come stays."""
        self._sampler.stop()

    def _take_turns(self, count: int) -> None:
        """Let the exchange that has the fewest samples have the next one."""
        for _ in range(count):
            exchange = min(self.exchanges, key=lambda exchange: exchange.upcoming(*exchange.asked))
            self._turns.append((exchange, exchange.next_sample(*exchange.asked)))

    def _questions(self, sample: int) -> list[PlannedAnswer]:
        exchange, number = self._turns[sample]
        return [PlannedAnswer(exchange.question, exchange.number, number, planned=exchange.planned)]

    def _request(self, side: Side, planned: PlannedAnswer) -> Request:
        """The sampler counts from 0 on: with a seed that was named, each sample of an exchange has its own all the
        same."""
        request = self._request_for(side, self._by_number[planned.exchange])
        return of_sample(request, self._first[planned.exchange])
