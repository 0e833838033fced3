"""Plays a stored session again: its answers arrive as they did then, and today's detectors watch them.

The answers come from the store, not from endpoints, into the same session state that a comparison fills. So live
answers, detectors, counts and screens do what they do while a model answers. A replay asks nothing and writes nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from heapq import merge
from itertools import accumulate
from math import inf
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from diptych.backends import Delta, Sampling, Unsupported
from diptych.compare.answers import Closed, LiveAnswer, Side
from diptych.compare.console.exchange import Exchange
from diptych.compare.console.replay_clock import ReplayClock
from diptych.compare.console.restoring import add_asked_side, end_as_stored, exchange_of, not_begun
from diptych.compare.console.session_state import SessionState
from diptych.compare.console.session_view import SessionView
from diptych.compare.console.watching import rule_of
from diptych.compare.counts import is_of_scores, tally_of
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
    deltas_of,
    steps_of,
    still_hidden,
)

if TYPE_CHECKING:
    from diptych.compare.checks import Divergence

STEP_PAUSE = 2.0
"""Seconds, at the recorded speed, between the end of a step and the next one. The real pause is not stored: it is the
time that a person took to ask again."""
SLOWEST, FASTEST = 1 / 8, 64.0

_Event = tuple[float, SavedAnswer, Delta | None]
"""Seconds since the question, an answer, and its next piece; None when it ends."""


class Replay:
    """A session that is played step by step. A step is one prompt to all sides, in one sample. The methods control the
    playing; what is played is read from `view`."""

    def __init__(
        self,
        session: Session,
        saved: Sequence[SavedAnswer],
        labels: Sequence[Label],
        store: Path | None,
        probe: Probe | None = None,
        own_detectors: Sequence[DetectorSpec] = (),
        rows: TrainingRows | None = None,
        speed: float = 1.0,
        stepwise: bool = False,
        scored: "Mapping[int, Divergence] | None" = None,
    ) -> None:
        """`store`: where it is stored; None if nowhere. `probe`, `own_detectors` and `rows` as in Comparison.
        `stepwise`: whether each step waits for `next`. `scored`: how likely the first two sides find some of the
        answers, by the number of the answer."""
        nobody = Closed(Unsupported("this is a replay: nothing is asked", "open the session itself"))
        sides = [
            Side(side.name, side.endpoint, side.base_url, side.model, side.system, Sampling(), nobody)
            for side in sides_of(session, saved)
        ]
        recorder = ReadOnlyRecorder(store or Path(), session.id if store is not None else None)
        self._state = SessionState(session.pair, sides, recorder, probe, own_detectors, rows)
        self._state.tally = tally_of(session)
        self._state.given_labels.add(labels)
        self._state.watch = rule_of(answer for _, answer in saved)
        self.stored_session = session
        self.steps = tuple(steps_of(saved))
        self.begun = 0
        """How many steps have begun."""
        self.playing = False
        """Whether a step has begun and not ended."""
        self.exchange: Exchange | None = None
        """The exchange of the step that began last."""
        self._hidden = still_hidden(saved, labels)
        self._stepwise = stepwise
        self._scored = scored or {}
        self._clock = ReplayClock(speed)

    @property
    def view(self) -> SessionView:
        """What a screen shows: the session as far as it is played, and its changes."""
        return self._state

    @property
    def speed(self) -> float:
        """How many times as fast as it was recorded."""
        return self._clock.speed

    @property
    def paused(self) -> bool:
        """Whether it stands still until `pause(False)`."""
        return self._clock.paused

    @property
    def stepwise(self) -> bool:
        """Whether each step waits for `next`."""
        return self._stepwise

    @property
    def ended(self) -> bool:
        """Whether all steps were played."""
        return self.begun == len(self.steps) and not self.playing

    @property
    def timed(self) -> bool:
        """Whether the times of the last step are stored; otherwise its pieces come at a steady rate."""
        return not self.begun or self.steps[self.begun - 1].timed

    async def play(self) -> None:
        """Play all steps, at the speed and with the pauses that are chosen meanwhile."""
        for step in self.steps:
            await self._wait_for_next_step()
            await self._play_step(step)
            self._announce()
        self._announce()

    def next(self) -> None:
        """Bring the step that plays to its end at once; if none plays, begin the next one, also in a pause."""
        if not self.playing:
            self._clock.pause(False)
        self._clock.skip()
        self._announce()

    def pause(self, paused: bool) -> None:
        """Stand still, or go on. If a step waits for `next`, going on begins it."""
        self._clock.pause(paused)
        if not paused and self.stepwise and not self.playing:
            self._clock.skip()
        self._announce()

    def play_stepwise(self, stepwise: bool) -> None:
        """Let each step wait for `next`, or not."""
        self._stepwise = stepwise
        self._clock.wake()
        self._announce()

    def run_at(self, speed: float) -> None:
        """Go on at `speed` times the recorded speed, between SLOWEST and FASTEST."""
        self._clock.run_at(min(FASTEST, max(SLOWEST, speed)))
        self._announce()

    async def close(self) -> None:
        """End what is under way."""
        await self._state.likelihoods.close()

    def _announce(self) -> None:
        self._state.changes.announce()

    async def _wait_for_next_step(self) -> None:
        self._clock.restart()
        while self.stepwise and not self._clock.skipping:
            await self._clock.changed()
        await self._clock.wait_until(STEP_PAUSE if self.begun else 0.0)

    async def _play_step(self, step: Step) -> None:
        self.begun, self.playing = self.begun + 1, True
        exchange = self._exchange_of(step)
        lives = dict(self._begin_answers(exchange, step))
        self.exchange = exchange
        self._announce()
        self._clock.restart()
        for at, saved, piece in merge(*(_events(saved) for saved in step.answers), key=itemgetter(0)):
            await self._clock.wait_until(at)
            live = lives[saved.id]
            if piece is not None:
                live.take(piece)
            else:
                self._end_answer(exchange, live, saved)
        self.playing = False

    def _exchange_of(self, step: Step) -> Exchange:
        """The exchange of a step, with the sides that the step asked."""
        state = self._state
        exchange = next((e for e in state.exchanges if e.number == step.exchange), None)
        known = exchange is not None
        if exchange is None:
            exchange = exchange_of(step.answers[0].answer, state.names)
            exchange.probe = state.probe_of_stored(exchange, self.stored_session.probe)
            state.exchanges.append(exchange)
        for saved in step.answers:
            add_asked_side(exchange, saved.answer, saved.id in self._hidden)
        state.restore_setups(exchange, [s.answer for s in step.answers if s.answer.side not in exchange.answers])
        if exchange.question.is_guess and not known:
            state.show_guessed_answer(exchange)
        return exchange

    def _begin_answers(self, exchange: Exchange, step: Step) -> Iterator[tuple[int, LiveAnswer]]:
        """Each answer of a step by its number in the store, before any piece has come."""
        for saved in step.answers:
            stored = saved.answer
            detectors, uncounted = self._state.detectors_for_stored(stored), self._state.uncounted_for_stored(stored)
            live = not_begun(stored, detectors, self._announce, uncounted)
            exchange.answers[stored.side] = live
            exchange.kept.pop(stored.side, None)
            if saved.id in self._scored and self._state.tuned is not None:
                self._state.likelihoods.keep(live, self._state.tuned, self._scored[saved.id])
            yield saved.id, live

    def _end_answer(self, exchange: Exchange, live: LiveAnswer, saved: SavedAnswer) -> None:
        """End an answer as it ended, and count what the detectors of today find in it."""
        end_as_stored(live, saved.answer)
        of_scores = (finding for finding in saved.answer.findings if is_of_scores(finding.detector))
        now = msgspec.structs.replace(saved.answer, findings=(*live.findings, *of_scores))
        self._state.keep(self._state.side(live.side), exchange, live, SavedAnswer(saved.id, now))
        self._state.given_labels.count_stored([saved], self._state.tuned)
        self._announce()


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
    """The pieces of an answer and its end, in order, at times that never go back."""
    pieces = deltas_of(saved.answer)
    times = list(accumulate((piece.at for piece in pieces), max))
    yield from ((at, saved, piece) for at, piece in zip(times, pieces, strict=True))
    yield max(times[-1] if times else -inf, saved.answer.ended_at or 0.0), saved, None
