"""The commands of the console: ask a question, ask again, stop, more samples, judge, label."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from diptych.backends import Endpoint, connect
from diptych.compare.answers import backends_of
from diptych.compare.console.answers_under_way import AnswersUnderWay
from diptych.compare.console.endpoint_status import server_load, start_endpoints
from diptych.compare.console.exchange import Exchange
from diptych.compare.console.judgement_requests import JudgementRequests
from diptych.compare.console.question_requests import QuestionRequests
from diptych.compare.console.sample_requests import SampleRequests
from diptych.compare.console.score_requests import ScoreRequests
from diptych.compare.console.session_state import SessionState
from diptych.compare.console.shown_members import ShownMembers
from diptych.sessions import Failure, Label, SavedAnswer, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from diptych.backends import Backend, Mode
    from diptych.compare.answers import Overrides, Side
    from diptych.compare.checks import AnswerScoring
    from diptych.compare.console.asked_members import AskedMembers
    from diptych.compare.console.claim_reading import ClaimReading
    from diptych.compare.console.session_view import SessionView
    from diptych.compare.console.shown_members import StoredFamily
    from diptych.compare.counts import PickedAnswer
    from diptych.compare.judges import Judge
    from diptych.detectors import TrainingRows
    from diptych.probes import DetectorSpec, JudgeSpec, Probe
    from diptych.sessions import Recorder, Session


class Comparison:
    """A pair under comparison. Each method is a command; the results are read from `view`."""

    def __init__(
        self,
        pair: str,
        sides: Sequence[Side],
        recorder: Recorder,
        probe: Probe | None = None,
        own_detectors: Sequence[DetectorSpec] = (),
        rows: TrainingRows | None = None,
        judge: Side | None = None,
        own_judges: Sequence[JudgeSpec] = (),
        family: AskedMembers | None = None,
    ) -> None:
        """`own_detectors` watch besides the usual ones where no probe is chosen. `rows` are what a side was fine-tuned
        on, where that is known. `judge` answers the questions of a probe's judges; where no
        probe is chosen, those of `own_judges`. `family`: that of the sides, which are those of its members that are on
        the screen at first."""
        self._state = SessionState(pair, sides, recorder, probe, own_detectors, rows, family)
        self._answers = AnswersUnderWay(self._state)
        self._samples = SampleRequests(self._state, self._answers)
        self._members = ShownMembers(self._state, self._answers, self._samples)
        self._questions = QuestionRequests(self._state, self._answers, self._samples)
        self._scores = ScoreRequests(self._state, self._answers)
        self._judgements = JudgementRequests(self._state, judge, own_judges)
        self._judge = judge

    @property
    def view(self) -> SessionView:
        """What a screen shows: all that was asked, has come and is counted; and its changes."""
        return self._state

    @property
    def notices(self) -> list[str]:
        """What a reader has to know about how the endpoints are asked, each notice once."""
        return list(dict.fromkeys(notice for backend in self._backends for notice in backend.notices))

    async def restore(self, session: Session, saved: Sequence[SavedAnswer], labels: Sequence[Label] = ()) -> None:
        """Continue a stored session, if that is possible. `saved`: its answers; of a family those of the sides that are
        on the screen."""
        try:
            await self._state.recorder.continue_session(session)
        except StoreError as error:
            self._state.not_saved(error)
        else:
            self._state.restore(session, saved, labels)
            if self._state.family is not None:
                await self._members.begin_at(session)

    async def warm_up(self, progress: Callable[[str, str], None], failed: Callable[[str, Failure], None]) -> None:
        """Start every endpoint, so that the first question need not wait. The arguments are called as by
        start_endpoints, and each call is announced as a change."""

        def report(side: str, doing: str) -> None:
            progress(side, doing)
            self._state.changes.announce()

        def report_failure(side: str, failure: Failure) -> None:
            failed(side, failure)
            self._state.changes.announce()

        await start_endpoints(self._state.sides, report, report_failure)

    async def server_load(self) -> str:
        """The load of the servers, in a few words for each; "" where none reports it."""
        return await server_load(self._state.sides)

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
        self.stop_scoring()
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

    def choose_settings(self, overrides: Overrides, samples: int) -> None:
        """Ask the next questions with other settings than the pair and the probe say, and for so many samples."""
        self._state.overrides = overrides
        self._state.samples_wanted = samples
        self._state.changes.announce()

    def start_fresh(self, fresh: bool) -> None:
        """Ask fresh instances from now on, or let each side's conversation continue; either begins without history."""
        self._state.fresh = fresh
        self._state.conversations = dict.fromkeys(self._state.names, ())
        self._state.changes.announce()

    def use_model(self, side_name: str, model: str) -> None:
        """Put another model of its endpoint on a side. What comes is another comparison: it begins a new session."""
        self._change_side(side_name, model=model)

    def use_file(self, side_name: str, path: str, name: str) -> None:
        """Put the model in a GGUF file on a side, under a name. A new server of llama.cpp will serve it, unless a side
        has one on this file. It begins a new session, too."""
        sharing = (side.backend for side in self._state.sides if side.endpoint == path)
        backend = next(sharing, None) or connect(Endpoint("llama", model=path, name=name), (name,))
        self._change_side(side_name, endpoint=path, base_url=None, model=name, backend=backend)

    async def show_members(self, labels: Sequence[str]) -> None:
        """Put other members of the family on the screen, with their stored answers. The session and its questions stay.
        Raises StoreError."""
        await self._members.show(labels)

    async def stored_family(self) -> StoredFamily | None:
        """The numbers of all members of the family; None while nothing is stored. Raises StoreError."""
        return await self._members.stored()

    async def claim(self, probe: Probe, every: Sequence[Probe]) -> ClaimReading:
        """The claim card of a probe with a trait, from what is stored of the pair or family. `every`: all probes that
        are known. Raises StoreError and ClaimError."""
        from diptych.compare.console.claim_reading import read_claim

        return await read_claim(self._state, probe, every)

    def _change_side(self, side_name: str, **changes: Any) -> None:
        self.stop()
        self.stop_samples()
        self.stop_scoring()
        state = self._state
        before, likelihoods = self._backends, state.likelihoods
        state.change(side_name, **changes)
        unused = [backend for backend in before if backend not in self._backends]

        async def close() -> None:
            await likelihoods.close()
            for backend in unused:
                await backend.close()

        self._answers.in_background(close())
        self._samples.forget()
        state.begin_anew()
        state.recorder.end_session()
        state.changes.announce()

    def turn_dose(self, side_name: str, up: bool) -> None:
        """Apply the last adapter of a side's model at the next greater dose, or the next smaller one, from the next
        question on. The session goes on: answers at different doses are never counted together. Raises BackendError if
        there is no such dose."""
        from diptych.compare.console.dose_steps import at_next_dose

        self._state.change(side_name, model=at_next_dose(self._state.side(side_name), up))
        self._state.changes.announce()

    # Asking

    def ask(
        self,
        prompt: str,
        condition: str | None = None,
        mode: Mode = "chat",
        prefill: str = "",
        to: Sequence[str] | None = None,
    ) -> Exchange:
        """Ask every side, or those named in `to`; the answers come into the exchange that is returned. A condition of
        the probe brings its own mode and prefill unless others are given. Answers that are under way are stopped and
        say so: then only the faster side's is counted, so a caller that can wait asks when nothing is `streaming`."""
        return self._questions.ask(prompt, condition, mode, prefill, to)

    def branch(self, exchange: Exchange, beginning: str) -> Exchange:
        """Let the sides that were asked go on from `beginning`, in place of their answers so far."""
        return self._questions.branch(exchange, beginning)

    def guess(self, exchange: Exchange, of: str) -> Exchange | None:
        """The guessability control: the first side goes on from the answer of the side `of`, up to where that begins to
        describe its pattern. None where the answer describes nothing."""
        return self._questions.guess(exchange, of)

    def as_chosen_now(self, ask: Callable[[], Exchange]) -> Callable[[], Exchange]:
        """`ask`, to be called later, with the probe and the settings that are chosen now, and blind and fresh as they
        are now."""
        return self._questions.as_chosen_now(ask)

    def again(self, exchange: Exchange, side_name: str | None = None) -> None:
        """Ask the question of an exchange once more: one side, or all that were asked."""
        self._questions.again(exchange, side_name)

    def ask_anew(self, exchange: Exchange, side_name: str | None = None) -> Exchange:
        """Ask the question of an exchange once more: one side, or all that were asked. A side that has another dose now
        is asked at it. Then the answers come into an exchange of their own, which is returned. Members of a family that
        came onto the screen since and were not asked yet are asked first, and nobody else."""
        if self._members.ask_further(exchange, side_name):
            return exchange
        return self._questions.ask_anew(exchange, side_name)

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

    async def sample_members(self, exchange: Exchange, count: int) -> None:
        """Ask every member of the family for `count` more samples of an exchange's question in the background. Raises
        StoreError."""
        await self._members.sample(exchange, count)

    def pause_samples(self, paused: bool) -> None:
        """Ask for no more samples for now, or go on; requests that are under way come to their end."""
        if self._state.background is not None:
            self._state.background.pause(paused)
            self._state.changes.announce()

    def stop_samples(self) -> None:
        """End the samples that come in the background; what has come is kept."""
        self._samples.stop()

    # Judges and labels

    def judges(self, exchange: Exchange) -> list[Judge]:
        """The judges of the answers of an exchange; none where no model is named for them."""
        return self._judgements.judges(exchange)

    @property
    def judge_specs(self) -> tuple[JudgeSpec, ...]:
        """What the judges of the chosen probe ask, or the user's own judges where none is chosen."""
        return self._judgements.specs

    async def judge(self, exchange: Exchange, judges: Sequence[Judge]) -> None:
        """Ask judges about the finished answers of an exchange that are shown; verdicts that are there already stay."""
        await self.judge_answers([exchange.kept[name] for name in exchange.asked if name in exchange.kept], judges)

    async def judge_answers(self, answers: Sequence[SavedAnswer], judges: Sequence[Judge]) -> None:
        """Ask judges about finished answers of the session; verdicts that are there already stay."""
        await self._judgements.judge(answers, judges)

    def scoring(self, answers: Sequence[SavedAnswer]) -> AnswerScoring:
        """What it takes to let every side score answers of the session; `score` begins it."""
        return self._scores.of(answers)

    def score(self, scoring: AnswerScoring) -> asyncio.Task[None]:
        """Score answers in the background; what is scored is stored and counted at once."""
        return self._scores.begin(scoring)

    def stop_scoring(self) -> None:
        """Score no more answers; what is scored is kept."""
        self._scores.stop()

    async def reveal(self, exchange: Exchange, taken: int | None) -> bool | None:
        """Show which side is which, after a person has said which answer is the tuned side's: `taken` is the number
        under which it is shown, None when they cannot tell. Returns whether they were right, None for the latter."""
        return await self._judgements.reveal(exchange, taken)

    async def watch(self, text: str) -> None:
        """Look for a text, or for a regular expression between slashes, in all answers from now on, in place of what
        was looked for before; "" for nothing. Answers that are there already are marked and not counted. Raises
        ValueError for a regular expression that is invalid or takes too long, and while answers are under way."""
        from diptych.compare.console.watching import check_speed
        from diptych.detectors import WATCH, WatchRule

        await self._members.read_all()
        state = self._state
        if text == (state.watch.text if state.watch is not None else ""):
            return
        rule = WatchRule(text, state.answers_seen) if text else None
        if rule is not None:
            await check_speed(rule, state.exchanges)
        if state.streaming or (state.background is not None and state.background.under_way):
            raise ValueError("answers are under way: try again once they have ended")
        anew = state.look_for(rule)
        if state.session is not None:
            findings = {number: [f for f in answer.findings if f.detector == WATCH] for number, answer in anew.items()}
            try:
                await state.recorder.replace_findings(WATCH, findings)
            except StoreError as error:
                state.not_saved(error)

    async def label(self, exchange: Exchange, side_name: str, value: str, blind: bool) -> None:
        """Store a person's label of an answer, if that is possible."""
        await self._judgements.label(Label(exchange.kept[side_name].id, value, blind))

    async def say(self, picked: PickedAnswer, value: str) -> None:
        """Store what a person said of an answer that was picked at random: "yes", "no" or "unsure"."""
        await self._judgements.label(picked.labelled(value))

    @property
    def _backends(self) -> list[Backend]:
        """Those of all sides and of the judge, each once."""
        members = self._state.family.members if self._state.family is not None else ()
        return backends_of((*self._state.sides, *members, *([self._judge] if self._judge is not None else [])))
