"""The queue of one endpoint: what is still to be asked, what is under way, and how long the rest will take."""

import time
from collections import deque
from dataclasses import dataclass

from diptych.backends import Backend
from diptych.compare.runs.missing_answers import MissingByModel, MissingOfSides, WantedAnswer

_MOST_MADE = 10_000
"""At most about so many waiting answers are made in order to fill the next request."""


@dataclass(eq=False)
class Batch:
    """Answers that are asked for with one request."""

    wanted: list[WantedAnswer]
    read: bool = False
    """Whether all of them were received and only have to be saved."""

    def takes(self, other: WantedAnswer, most: int) -> bool:
        """Whether another answer can be asked for with the same request, of at most so many."""
        return len(self.wanted) < most and other.follows(self.wanted[-1])


class EndpointQueue:
    """What is wanted from one endpoint, with room for a fixed number of answers at once.

    Waiting answers are made only as the queue moves on: it holds no more of them than it needs to fill a request.
    """

    def __init__(self, concurrency: int, backend: Backend, missing: MissingOfSides | MissingByModel) -> None:
        """`concurrency`: answers at once. `missing`: what is to be asked here."""
        self.received = 0
        """Answers that were asked for here and have ended."""
        self.under_way = 0
        """Answers that are asked for right now, or are being saved."""
        self._concurrency = concurrency
        self._backend = backend
        self._missing = missing
        self._first: deque[Batch] = deque()
        """What is asked before everything else."""
        self._ready: deque[Batch] = deque()
        self._filling: dict[tuple[str, int], Batch] = {}
        """The last batch of each side and exchange in `_ready`: more samples may join it."""
        self._made = 0
        """Answers in `_first` and `_ready`."""
        self._saving = 0
        """Answers under way that were received and are being saved."""
        self._durations: list[float] = []
        """Seconds that kept answers took."""

    @property
    def waiting(self) -> int:
        """Answers that were not asked for yet."""
        return self._made + self._missing.left

    @property
    def left(self) -> int:
        """Answers that have not ended yet."""
        return self.waiting + self.under_way

    def put_first(self, wanted: WantedAnswer) -> None:
        """Let this answer be the next."""
        self._first.appendleft(Batch([wanted]))
        self._made += 1

    def drop(self) -> None:
        """Ask for nothing that is waiting now."""
        self._missing.drop()
        self._first.clear()
        self._ready.clear()
        self._filling.clear()
        self._made = 0

    def take(self) -> Batch | None:
        """The next batch, which is under way from now on; None when nothing waits or there is no room for it."""
        batch = self._next()
        if batch is None or not self._has_room(len(batch.wanted)):
            return None
        if self._first:
            self._first.popleft()
        else:
            self._ready.popleft()
            first = batch.wanted[0]
            if self._filling.get(first.key) is batch:
                del self._filling[first.key]
        self._made -= len(batch.wanted)
        self.under_way += len(batch.wanted)
        return batch

    def read(self, batch: Batch) -> None:
        """All answers of a batch were received. Only saving them is left, so there is room for others."""
        batch.read = True
        self._saving += len(batch.wanted)

    def answered(self, batch: Batch) -> WantedAnswer:
        """The first answer of the rest of a batch has ended and is saved."""
        self.received += 1
        self.under_way -= 1
        self._saving -= batch.read
        return batch.wanted.pop(0)

    def ended(self, batch: Batch) -> None:
        """Nothing more of this batch will be received."""
        self.under_way -= len(batch.wanted)
        self._saving -= len(batch.wanted) if batch.read else 0

    def note_duration(self, seconds: float | None) -> None:
        """An answer is there from before; it took so long, if that is known."""
        if seconds is not None:
            self._durations.append(seconds)

    def seconds_left(self, since: float) -> float | None:
        """How long what is left will take, `since` seconds after the start: estimated from the answers received so
        far, or else from kept ones. None when there are neither."""
        if not self.left:
            return 0.0
        if self.received:
            return self.left * since / self.received
        if self._durations:
            return self.left * sum(self._durations) / len(self._durations) / self._concurrency
        return None

    def _has_room(self, answers: int) -> bool:
        """Whether so many answers more may be asked for. Those that are being saved do not count, unless the disk is
        far behind."""
        asked = self.under_way - self._saving
        return self._saving <= self._concurrency and (not asked or asked + answers <= self._concurrency)

    def _next(self) -> Batch | None:
        """The batch that is to be asked for next, with as many samples as fit into one request."""
        if self._first:
            return self._first[0]
        most = max(1, min(self._concurrency, self._backend.samples_per_request))
        while not self._ready or (self._made < _MOST_MADE and self._may_grow(self._ready[0], most)):
            wanted = self._missing.next_sample()
            if not wanted:
                break
            for one in wanted:
                self._append(one, most)
        return self._ready[0] if self._ready else None

    def _may_grow(self, batch: Batch, most: int) -> bool:
        return self._filling.get(batch.wanted[0].key) is batch and len(batch.wanted) < most

    def _append(self, wanted: WantedAnswer, most: int) -> None:
        self._made += 1
        batch = self._filling.get(wanted.key)
        if batch is not None and batch.takes(wanted, most):
            batch.wanted.append(wanted)
            return
        self._filling[wanted.key] = batch = Batch([wanted])
        self._ready.append(batch)


class WorkClock:
    """Seconds that were worked, without pauses."""

    def __init__(self) -> None:
        self._before = 0.0
        self._since: float | None = None

    @property
    def seconds(self) -> float:
        """Until now."""
        return self._before + (time.monotonic() - self._since if self._since is not None else 0.0)

    def start(self) -> None:
        """Begin, or go on."""
        if self._since is None:
            self._since = time.monotonic()

    def stop(self) -> None:
        """Pause."""
        self._before, self._since = self.seconds, None
