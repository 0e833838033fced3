"""A kept session is played again: what was said comes as it came, and the detectors of today watch it.

It is a comparison whose answers come out of the store instead of from endpoints: live answers, detectors, tally and
views do what they do when a model answers. A stored answer does not pose as a backend, though: nothing is requested,
and that it was stopped, or broke off when diptych ended, is no backend's to say. Nothing is asked, nothing is written.
"""

from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import accumulate
from math import inf
from operator import itemgetter
from pathlib import Path

import msgspec

from diptych.backends import Delta, Sampling, Unsupported
from diptych.compare.answers import Closed, LiveAnswer, Question, Side
from diptych.compare.console.comparison import Comparison
from diptych.compare.console.exchange import Exchange
from diptych.compare.console.replay_clock import Tempo
from diptych.compare.console.restoring import conclude, exchange_of, note_asked, waiting
from diptych.compare.counts import tally_of
from diptych.detectors import TrainingRows
from diptych.probes import DetectorSpec, Probe
from diptych.sessions import (
    Answer,
    Label,
    ReadOnlyRecorder,
    SavedAnswer,
    Session,
    SideRecord,
    Step,
    pieces_of,
    steps_of,
    still_hidden,
)

BREATH = 2.0
"""Seconds, at the recorded speed, between the end of a step and the next one. How long the person who asked took to ask
again is not kept, nor would anybody wait for it."""
SLOWEST, FASTEST = 1 / 8, 64.0

_Event = tuple[float, SavedAnswer, Delta | None]
"""Seconds since the question, an answer, and the piece of it that comes; None when it ends."""


class Replay(Comparison):
    """A session that is played step by step: one prompt, in one sample, of all sides."""

    asks = False

    def __init__(
        self,
        session: Session,
        saved: Sequence[SavedAnswer],
        labels: Sequence[Label],
        store: Path,
        probe: Probe | None = None,
        own_detectors: Sequence[DetectorSpec] = (),
        rows: TrainingRows | None = None,
        speed: float = 1.0,
        stepwise: bool = False,
    ) -> None:
        """`stepwise`: the next step waits until it is called for."""
        nobody = Closed(Unsupported("this is a replay: nothing is asked", "open the session itself"))
        sides = [
            Side(side.name, side.endpoint, side.base_url, side.model, side.system, Sampling(), nobody)
            for side in sides_of(session, saved)
        ]
        super().__init__(session.pair, sides, ReadOnlyRecorder(store, session.id), probe, own_detectors, rows)
        self.kept_session = session
        self.tally = tally_of(session)
        self.steps = tuple(steps_of(saved))
        self.begun = 0
        """How many steps have begun."""
        self.playing = False
        """Whether one of them has not come to its end."""
        self.exchange: Exchange | None = None
        """That of the step that has begun last."""
        self._hidden = still_hidden(saved, labels)
        self._said.note(labels)
        self._stepwise = stepwise
        self._tempo = Tempo(speed)

    @property
    def speed(self) -> float:
        """How many times as fast as it was."""
        return self._tempo.speed

    @property
    def paused(self) -> bool:
        """Whether nothing moves until it is let go on."""
        return self._tempo.paused

    @property
    def stepwise(self) -> bool:
        """Whether each step waits until it is called for."""
        return self._stepwise

    @property
    def ended(self) -> bool:
        """Whether all of it was played."""
        return self.begun == len(self.steps) and not self.playing

    @property
    def timed(self) -> bool:
        """Whether the step that has begun last comes at the times that were kept of it."""
        return not self.begun or self.steps[self.begun - 1].timed

    async def play(self) -> None:
        """Play all of it, as it is paused, hurried and called for."""
        for step in self.steps:
            await self._turn()
            await self._play_step(step)
            self.woken.set()
        self.woken.set()

    def next(self) -> None:
        """Bring the step that plays to its end at once; else begin the next one, also in a pause."""
        if not self.playing:
            self._tempo.pause(False)
        self._tempo.hurry()
        self.woken.set()

    def pause(self, paused: bool) -> None:
        """Stand still, or go on; where a step waits to be called for, that calls for it."""
        self._tempo.pause(paused)
        if not paused and self.stepwise and not self.playing:
            self._tempo.hurry()
        self.woken.set()

    def play_stepwise(self, stepwise: bool) -> None:
        """Let each step wait until it is called for, or not."""
        self._stepwise = stepwise
        self._tempo.wake()
        self.woken.set()

    def run_at(self, speed: float) -> None:
        """Go on so many times as fast as it was, within bounds."""
        self._tempo.run_at(min(FASTEST, max(SLOWEST, speed)))
        self.woken.set()

    async def _turn(self) -> None:
        """Wait until the next step is due."""
        self._tempo.restart()
        while self.stepwise and not self._tempo.hurried:
            await self._tempo.changed()
        await self._tempo.reach(BREATH if self.begun else 0.0)

    async def _play_step(self, step: Step) -> None:
        self.begun, self.playing = self.begun + 1, True
        exchange = self._open(step)
        lives = dict(self._waiting(exchange, step))
        self.exchange = exchange
        self.woken.set()
        self._tempo.restart()
        for at, saved, piece in merge(*(_events(saved) for saved in step.answers), key=itemgetter(0)):
            await self._tempo.reach(at)
            live = lives[saved.id]
            if piece is not None:
                live.take(piece)
            else:
                self._conclude(exchange, live, saved)
        self.playing = False

    def _open(self, step: Step) -> Exchange:
        """The exchange of a step, with what was asked in it."""
        exchange = next((e for e in self.exchanges if e.number == step.exchange), None)
        known = exchange is not None
        if exchange is None:
            exchange = exchange_of(step.answers[0].answer, self._names)
            exchange.probe = self._probe_that_asked(exchange, self.kept_session.probe)
            self.exchanges.append(exchange)
        for saved in step.answers:
            note_asked(exchange, saved.answer, saved.id in self._hidden)
        if exchange.question.is_guess and not known:
            self._restore_guessed(exchange)
        return exchange

    def _waiting(self, exchange: Exchange, step: Step) -> Iterator[tuple[int, LiveAnswer]]:
        for saved in step.answers:
            stored = saved.answer
            detectors = self._new_detectors(Question.of(stored))
            live = exchange.answers[stored.side] = waiting(stored, detectors, self.woken)
            exchange.kept.pop(stored.side, None)
            yield saved.id, live

    def _conclude(self, exchange: Exchange, live: LiveAnswer, saved: SavedAnswer) -> None:
        """End an answer as it has ended, and count what is found in it now."""
        conclude(live, saved.answer)
        now = msgspec.structs.replace(saved.answer, findings=live.findings)
        self._keep(self.side(live.side), exchange, live, SavedAnswer(saved.id, now))
        self._said.count_kept([saved], self._tuned)
        self.woken.set()


def sides_of(session: Session, saved: Sequence[SavedAnswer]) -> list[SideRecord]:
    """The sides of a session, and those that only its answers know of."""
    sides = {side.name: side for side in session.sides}
    for _, answer in saved:
        if answer.side not in sides:
            sides[answer.side] = _side_of(answer)
    return list(sides.values())


def _side_of(answer: Answer) -> SideRecord:
    return SideRecord(answer.side, answer.endpoint or "", None, str(answer.request.get("model", "")), None)


def _events(saved: SavedAnswer) -> Iterator[_Event]:
    """What comes of an answer, in its order, at times that never go back."""
    pieces = pieces_of(saved.answer)
    times = list(accumulate((piece.at for piece in pieces), max))
    yield from ((at, saved, piece) for at, piece in zip(times, pieces, strict=True))
    yield max(times[-1] if times else -inf, saved.answer.ended_at or 0.0), saved, None
