"""What is wanted from one endpoint: what waits, what is under way, and how long the rest will take."""

import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from diptych.backends import Backend, Request
from diptych.compare.answers import PlannedAnswer, Side


@dataclass(frozen=True)
class Wanted:
    """One answer that is missing."""

    side: Side
    planned: PlannedAnswer
    request: Request
    """With the seed of this answer."""
    earlier: tuple[int, ...]
    """The numbers of tries that came to nothing."""

    def follows(self, other: "Wanted") -> bool:
        """Whether it can travel in one request with those that end in `other`: the next seed is its own."""
        mine, others = self.request.sampling.seed, other.request.sampling.seed
        return mine is not None and others is not None and mine == others + 1


class Lane:
    """One endpoint. Answers that travel as one request are a batch."""

    def __init__(self, concurrency: int, backend: Backend) -> None:
        """`concurrency`: answers at once."""
        self.waits = 0
        """Answers whose turn has not come."""
        self.came = 0
        """Answers that were asked for here and are there."""
        self._concurrency = concurrency
        self._backend = backend
        self._waiting: deque[list[Wanted]] = deque()
        self._flying: list[list[Wanted]] = []
        self._landed: list[list[Wanted]] = []
        """Of those, the ones that were read to their end and are being saved."""
        self._durations: list[float] = []
        """Seconds that kept answers took."""

    @property
    def under_way(self) -> int:
        """Answers that are asked for right now."""
        return sum(map(len, self._flying))

    @property
    def left(self) -> int:
        """Answers that have not come yet."""
        return self.waits + self.under_way

    @property
    def waiting(self) -> Iterator[Wanted]:
        """All that has not been asked for."""
        return chain.from_iterable(self._waiting)

    @property
    def has_room(self) -> bool:
        """Whether the next batch may go. What is being saved takes no place, unless the disk is far behind."""
        if not self._waiting:
            return False
        landed = sum(map(len, self._landed))
        flying = self.under_way - landed
        return landed <= self._concurrency and (not flying or flying + len(self._waiting[0]) <= self._concurrency)

    def queue(self, wanted: Sequence[Wanted]) -> None:
        """Let these wait behind what waits, samples of one question in batches."""
        together = max(1, min(self._concurrency, self._backend.samples_per_request))
        filling: dict[tuple[str, int], list[Wanted]] = {}
        for one in wanted:
            key = one.side.name, one.planned.exchange
            batch = filling.get(key)
            if batch is None or len(batch) == together or not one.follows(batch[-1]):
                batch = filling[key] = []
                self._waiting.append(batch)
            batch.append(one)
        self.waits += len(wanted)

    def put_first(self, wanted: Wanted) -> None:
        """Let this one be the next."""
        self._waiting.appendleft([wanted])
        self.waits += 1

    def drop(self) -> None:
        """Ask for nothing of what waits."""
        self._waiting.clear()
        self.waits = 0

    def next(self) -> list[Wanted]:
        """The next batch, which is under way from now on; whoever has asked for it takes out what has come."""
        batch = self._waiting.popleft()
        self.waits -= len(batch)
        self._flying.append(batch)
        return batch

    def arrived(self, batch: list[Wanted]) -> Wanted:
        """The first answer of the rest of a batch is there."""
        self.came += 1
        return batch.pop(0)

    def landed(self, batch: list[Wanted]) -> None:
        """This batch was read to its end and is being saved."""
        self._landed.append(batch)

    def ended(self, batch: list[Wanted]) -> None:
        """Of this batch nothing more will come."""
        self._flying = [other for other in self._flying if other is not batch]
        self._landed = [other for other in self._landed if other is not batch]

    def kept(self, seconds: float | None) -> None:
        """An answer is there from before; it took so long."""
        if seconds is not None:
            self._durations.append(seconds)

    def seconds_left(self, since: float) -> float | None:
        """How long what is left will take, `since` seconds after the start; from kept answers where none has come
        yet. None when neither is there."""
        if not self.left:
            return 0.0
        if self.came:
            return self.left * since / self.came
        if self._durations:
            return self.left * sum(self._durations) / len(self._durations) / self._concurrency
        return None


class Clock:
    """Seconds that were worked."""

    def __init__(self) -> None:
        self._before = 0.0
        self._since: float | None = None

    @property
    def seconds(self) -> float:
        """Until now, without pauses."""
        return self._before + (time.monotonic() - self._since if self._since is not None else 0.0)

    def start(self) -> None:
        """Go on."""
        if self._since is None:
            self._since = time.monotonic()

    def stop(self) -> None:
        """Pause."""
        self._before, self._since = self.seconds, None
