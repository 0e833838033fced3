"""The commands of the console: ask a question, ask again, stop, more samples, judge, label."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import TYPE_CHECKING

from diptych import backends, sessions
from diptych.backends import BackendError
from diptych.compare import counts
from diptych.compare.answers import ASKED_AGAIN, GUESSING, NEW_QUESTION, Question, backends_of
from diptych.compare.console.answers_under_way import AnswersUnderWay
from diptych.compare.console.blind_labels import label_of
from diptych.compare.console.exchange import Exchange
from diptych.compare.console.sample_requests import SampleRequests
from diptych.compare.console.session_state import SessionState
from diptych.sessions import Failure, Label, SavedAnswer, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from diptych.backends import Backend, Mode
    from diptych.compare.answers import Side
    from diptych.compare.console.session_view import SessionView
    from diptych.compare.judges import Judge
    from diptych.detectors import TrainingRows
    from diptych.probes import DetectorSpec, Probe
    from diptych.sessions import Recorder, Session


class Comparison:
    """A pair under comparison. Each method is a command; what has come of it is read from `view`."""

    def __init__(
        self,
        pair: str,
        sides: Sequence[Side],
        recorder: Recorder,
        probe: Probe | None = None,
        own_detectors: Sequence[DetectorSpec] = (),
        rows: TrainingRows | None = None,
        judge: Side | None = None,
    ) -> None:
        """`own_detectors` watch besides the usual ones where no probe is chosen. `rows` are what a side was fine-tuned
        on, where that is known. `judge` answers the questions of a probe's judges."""
        self._state = SessionState(pair, sides, recorder, probe, own_detectors, rows)
        self._answers = AnswersUnderWay(self._state)
        self._samples = SampleRequests(self._state, self._answers)
        self._judge = judge

    @property
    def view(self) -> SessionView:
        """What a screen shows: all that was asked, has come and is counted; and its changes."""
        return self._state

    @property
    def notices(self) -> list[str]:
        """What a reader has to know about how the endpoints are asked, each notice once."""
        return list(dict.fromkeys(notice for backend in self._backends for notice in backend.notices))

    # Start and end

    async def restore(self, session: Session, saved: Sequence[SavedAnswer], labels: Sequence[Label] = ()) -> None:
        """Continue a stored session. Raises StoreError."""
        from diptych.compare.console.restoring import exchanges_of

        state = self._state
        await state.recorder.continue_session(session)
        state.exchanges = exchanges_of(saved, sessions.still_hidden(saved, labels), state.names)
        state.tally = counts.tally_of(session, (stored for _, stored in saved))
        for exchange in state.exchanges:
            exchange.answers = {name: state.replayed(asked.answer) for name, asked in exchange.kept.items()}
            exchange.setups = state.stored_setups(exchange)
            exchange.watched = state.detector_specs
            exchange.probe = state.probe_of_stored(exchange, session.probe)
        for exchange in state.exchanges:
            if exchange.question.is_guess:
                state.show_guessed_answer(exchange)
        state.given_labels.add(labels)
        state.given_labels.count_stored(saved, state.tuned)
        state.changes.announce()

    def not_saved(self, error: StoreError) -> None:
        """Show why something could not be saved."""
        self._state.not_saved(error)

    async def warm_up(self, progress: Callable[[str, str], None], failed: Callable[[str, Failure], None]) -> None:
        """Start every backend, so that the first question need not wait, and see whether it answers. `progress` is
        called with a side and what is done for it, "" at the end; `failed` with a side and why it cannot be had."""
        announce = self._state.changes.announce

        def report(side: str, doing: str) -> None:
            progress(side, doing)
            announce()

        async def warm(side: Side) -> None:
            try:
                report(side.name, "starting")
                await side.backend.start(lambda doing: report(side.name, doing))
                await backends.check_reachable(side.base_url.split(", ") if side.base_url is not None else [])
                report(side.name, "")
            except BackendError as error:
                failed(side.name, Failure(error.kind, error.message, error.hint))
                announce()

        await asyncio.gather(*(warm(side) for side in self._state.sides))

    async def vitals(self) -> str:
        """The load of the servers, in a few words for each; "" where none reports it."""
        words = await asyncio.gather(*(backend.vitals() for backend in backends_of(self._state.sides)))
        return "   ".join(word for word in words if word)

    async def remember(self, key: str, value: str) -> None:
        """Store a value for the next start, if that is possible."""
        try:
            await self._state.recorder.remember(key, value)
        except StoreError as error:
            self._state.not_saved(error)

    async def close(self) -> None:
        """Stop what is under way, save it, and end the backends."""
        self.stop()
        self.stop_samples()
        await self._answers.finish()
        await self._state.likelihoods.close()
        for backend in self._backends:
            await backend.close()
        await asyncio.to_thread(self._state.recorder.close)

    # How the next question is asked

    def choose_probe(self, probe: Probe | None) -> None:
        """Ask the next questions with another probe, or with none."""
        self._state.probe = probe
        self._state.changes.announce()

    def hide_sides(self, blind: bool) -> None:
        """Shuffle the sides of the next questions and leave them unnamed until a person has labelled them, or not."""
        self._state.blind = blind
        self._state.changes.announce()

    def start_fresh(self, fresh: bool) -> None:
        """Ask fresh instances from now on, or let each side's conversation continue; either begins without history."""
        self._state.fresh = fresh
        self._state.conversations = dict.fromkeys(self._state.names, ())
        self._state.changes.announce()

    def use_model(self, side_name: str, model: str) -> None:
        """Put another model of its endpoint on a side. What comes is another comparison: it begins a new session."""
        self.stop()
        self.stop_samples()
        state = self._state
        state.sides = tuple(replace(side, model=model) if side.name == side_name else side for side in state.sides)
        self._answers.in_background(state.likelihoods.close())
        self._samples.forget()
        state.begin_anew()
        state.recorder.end_session()
        state.changes.announce()

    # Asking

    def ask(
        self,
        prompt: str,
        condition: str | None = None,
        mode: Mode = "chat",
        prefill: str = "",
        to: Sequence[str] | None = None,
        after: Exchange | None = None,
    ) -> Exchange:
        """Ask every side, or those named in `to`, and return the exchange that the answers come into. The question
        continues what the sides were told before, or with `after` what they were told before that exchange. Unless
        mode or prefill are given, a condition of the probe brings its own.

        Answers that are under way are stopped and say so. The slower side's answer would be lost then and the other's
        counted, so a caller that can wait asks when nothing is `streaming`."""
        self.stop(why=NEW_QUESTION)
        state = self._state
        brought = state.probe.condition(condition) if state.probe is not None else None
        if brought is not None and mode == "chat" and not prefill:
            mode, prefill = brought.mode, brought.prefill
        before = state.conversations if after is None else after.histories
        opening = brought.before if brought is not None else ()
        # A side that was left out would show who was asked.
        hidden = state.blind and to is None
        exchange = Exchange(
            number=self._samples.next_number(),
            question=Question(prompt, condition, mode, prefill),
            asked=tuple(name for name in state.names if to is None or name in to),
            probe=state.probe.id if state.probe is not None else None,
            order=tuple(random.sample(state.names, len(state.names))) if hidden else state.names,
            hidden=hidden,
            histories={name: opening if state.fresh else turns or opening for name, turns in before.items()},
            setups=state.setups(condition) if after is None else dict(after.setups),
            watched=state.detector_specs if after is None else after.watched,
        )
        state.exchanges.append(exchange)
        for name in exchange.asked:
            self._answers.begin(state.side(name), exchange)
        return exchange

    def as_chosen_now(self, ask: Callable[[], Exchange]) -> Callable[[], Exchange]:
        """`ask`, to be called later: with the probe that is chosen now, and blind or not, fresh or not, as it is
        now."""
        state = self._state
        chosen = state.probe, state.fresh, state.blind

        def later() -> Exchange:
            chosen_then = state.probe, state.fresh, state.blind
            state.probe, state.fresh, state.blind = chosen
            try:
                return ask()
            finally:
                state.probe, state.fresh, state.blind = chosen_then

        return later

    def again(self, exchange: Exchange, side_name: str | None = None) -> None:
        """Ask the question of an exchange once more: one side, or all that were asked."""
        for name in exchange.asked:
            if side_name in (None, name):
                self.stop(name, ASKED_AGAIN)
                self._answers.begin(self._state.side(name), exchange)

    def branch(self, exchange: Exchange, beginning: str) -> Exchange:
        """Let the sides that were asked go on from `beginning`, in place of their answers so far."""
        to = None if len(exchange.asked) == len(self._state.sides) else exchange.asked
        question = exchange.question
        if question.mode in ("chat", "quoted"):
            return self.ask(question.prompt, None, question.mode, question.prefill + beginning, to, exchange)
        return self.ask(question.prompt + beginning, None, question.mode, "", to, exchange)

    def guess(self, exchange: Exchange, of: str) -> Exchange | None:
        """The guessability control: the first side goes on from the answer of the side `of`, up to where that begins to
        describe its pattern. None where the answer describes nothing."""
        live = exchange.answers[of]
        described = counts.description_in(live.findings)
        if described is None or exchange.question.mode != "chat":
            return None
        base = self._state.sides[0]
        beginning = exchange.question.prefill + live.text[: described.spans[0].start]
        guessed = self.ask(exchange.prompt, GUESSING, counts.guess_mode(base), beginning, (base.name,), after=exchange)
        guessed.answers[of] = live
        return guessed

    def stop(self, side_name: str | None = None, why: Failure | None = None) -> None:
        """End the answers that are under way, or that of one side; what has come is saved. `why` is shown with it where
        nobody asked for the stop itself."""
        self._answers.stop(side_name, why)

    # Samples in the background

    def sample(self, exchange: Exchange, count: int, all_wordings: bool = False) -> None:
        """Ask each side that an exchange went to for `count` more samples in the background, of its prompt or of all
        wordings in turn. Samples of another question that are under way are stopped."""
        self._state.samples_wanted = count
        self._samples.start(exchange, count, all_wordings)
        self._state.changes.announce()

    def pause_samples(self) -> None:
        """Ask for no more samples for now; those under way come to their end."""
        if self._state.background is not None:
            self._state.background.pause()
            self._state.changes.announce()

    def resume_samples(self) -> None:
        """Go on asking for samples after a pause."""
        if self._state.background is not None:
            self._state.background.resume()
            self._state.changes.announce()

    def stop_samples(self) -> None:
        """End the samples that come in the background; what has come is kept."""
        self._samples.stop()

    # Judges and labels

    def judges(self, exchange: Exchange) -> list[Judge]:
        """The probe's judges of the answers of an exchange; none where no model is named for them."""
        from diptych.compare.judges import Judge

        probe, side = self._state.probe, self._judge
        if probe is None or side is None:
            return []
        return [Judge(spec, side) for spec in probe.judges if spec.reads(exchange.condition)]

    async def judge(self, exchange: Exchange, judges: Sequence[Judge]) -> None:
        """Ask judges about the finished answers of an exchange; verdicts that are there already stay."""
        from diptych.compare.judges import judged

        state = self._state
        kept = [exchange.kept[name] for name in exchange.asked if name in exchange.kept]
        try:
            answers = await judged(kept, judges, state.recorder, base=state.sides[0].name)
        except StoreError as error:
            state.not_saved(error)
            return
        for before, after in zip(kept, answers, strict=True):
            if exchange in state.exchanges:
                state.keep_verdicts(exchange, before, SavedAnswer(before.id, after))
        state.changes.announce()

    async def reveal(self, exchange: Exchange, taken: int | None) -> bool | None:
        """Show which side is which, after a person has said which answer is the tuned side's: `taken` is the number
        under which it is shown, None when they cannot tell. Returns whether they were right, None for the latter."""
        state = self._state
        exchange.hidden = False
        for side in exchange.asked:
            value = label_of(exchange, side, taken)
            if side in exchange.kept:
                await self.label(exchange, side, value, blind=True)
            if side == state.tuned:
                state.given_labels.count(value)
        state.changes.announce()
        return None if taken is None else exchange.order[taken - 1] == state.tuned

    async def label(self, exchange: Exchange, side_name: str, value: str, blind: bool) -> None:
        """Store a person's label of an answer, if that is possible."""
        state = self._state
        label = Label(exchange.kept[side_name].id, value, blind)
        try:
            await state.recorder.label(label.answer, value, blind)
        except StoreError as error:
            state.not_saved(error)
        else:
            state.given_labels.add([label])
            state.changes.announce()

    @property
    def _backends(self) -> list[Backend]:
        """Those of all sides and of the judge, each once."""
        judge = (self._judge,) if self._judge is not None else ()
        return backends_of((*self._state.sides, *judge))
