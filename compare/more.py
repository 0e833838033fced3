"""More samples of a question, asked for in the background while one looks on."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec

from backends import Request
from compare.answering import Asked, Question
from compare.exchange import Exchange
from compare.sampler import DetectorsFor, Sampler, SamplingProgress
from compare.side import Side
from sessions import Recorder

AT_ONCE = 4
"""Answers that are asked for at the same time from each endpoint."""


class MoreSamples:
    """So many more samples of an exchange from each side that it went to."""

    def __init__(
        self,
        exchange: Exchange,
        count: int,
        sides: Sequence[Side],
        requests: Mapping[str, Request],
        detectors_for: DetectorsFor,
        recorder: Recorder,
        finished: Callable[[Asked], None],
    ) -> None:
        """`requests`: what each side is asked, by its name."""
        self.exchange = exchange
        self.under_way = True
        self.samples = self._next(count)
        """The numbers of the samples, those that are there and those that are to come."""
        # The sampler counts from 0 on: with a seed that was named, each sample of an exchange has its own all the same.
        self._requests = {name: _from(request, self.samples[0]) for name, request in requests.items()}
        self._sampler = Sampler(
            sides,
            self._questions,
            count,
            lambda side, question: self._requests[side.name],
            detectors_for,
            recorder,
            concurrency=AT_ONCE,
            finished=finished,
        )

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
        self.samples += self._next(count)
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

    def _next(self, count: int) -> list[int]:
        return [self.exchange.next_sample(*self.exchange.asked) for _ in range(count)]

    def _questions(self, sample: int) -> list[Question]:
        asked = self.exchange
        return [Question(asked.number, asked.prompt, asked.condition, self.samples[sample], asked.form, asked.prefill)]


def _from(request: Request, first: int) -> Request:
    seed = request.sampling.seed
    if seed is None:
        return request
    return msgspec.structs.replace(request, sampling=msgspec.structs.replace(request.sampling, seed=seed + first))
