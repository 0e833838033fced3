"""The state of a console session, which a comparison and a replay fill and screens read."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from diptych import sessions
from diptych.backends import Message
from diptych.compare.answers import Changes
from diptych.compare.console.blind_labels import GivenLabels
from diptych.compare.console.exchange_counts import ExchangeCounts
from diptych.compare.console.question_setup import QuestionSetup

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from diptych.compare.answers import LiveAnswer, Question, Setup, Side
    from diptych.compare.checks import AnswerScoring, Divergence, Likelihoods
    from diptych.compare.console.asked_members import AskedMembers
    from diptych.compare.console.background_samples import BackgroundSamples
    from diptych.compare.console.exchange import Exchange
    from diptych.compare.console.label_agreement import LabelAgreement
    from diptych.compare.counts import Count, Measure, PickedAnswer
    from diptych.detectors import TrainingRows, WatchRule
    from diptych.probes import DetectorSpec, Probe
    from diptych.sessions import Answer, Label, Recorder, SavedAnswer, Session, StoreError


USUAL_SAMPLES = 10
"""How many more samples are asked for, unless a person chooses another number."""


SEEDS_APART = 100_000
"""Between the seeds of a question and those of the same question when it is asked anew."""


class SessionState(QuestionSetup, ExchangeCounts):
    """Provides a SessionView. A comparison or a replay owns it and writes it; screens have the view, which they cannot
    write."""

    def __init__(
        self,
        pair: str,
        sides: Sequence[Side],
        recorder: Recorder,
        probe: Probe | None,
        own_detectors: Sequence[DetectorSpec],
        rows: TrainingRows | None,
        family: AskedMembers | None = None,
    ) -> None:
        """`own_detectors` watch besides the usual ones where no probe is chosen. `rows` are what a side was fine-tuned
        on, where that is known. `family`: that of the sides, if they are members of one."""
        QuestionSetup.__init__(self, sides, probe, own_detectors, rows)
        ExchangeCounts.__init__(self)
        self.family = family
        self.changes = Changes()
        self.pair = pair
        self.recorder = recorder
        self.fresh = True
        self.blind = False
        self.samples_wanted = USUAL_SAMPLES
        self.background: BackgroundSamples | None = None
        self.scoring: AnswerScoring | None = None
        self.under_way: dict[str, LiveAnswer] = {}
        """The answer that is under way, by side."""
        self.unsaved: StoreError | None = None
        self.given_labels = GivenLabels()
        self.conversations: dict[str, tuple[Message, ...]] = dict.fromkeys(self.names, ())
        """What each side's own conversation consists of so far."""
        self.last_stored_exchange = 0
        """The greatest number of an exchange in the store when the session was restored."""

    # What a SessionView says besides

    @property
    def store(self) -> Path:
        """As in SessionView."""
        return self.recorder.path

    @property
    def session(self) -> int | None:
        """As in SessionView."""
        return self.recorder.session

    @property
    def recognised(self) -> Count:
        """As in SessionView."""
        return self.given_labels.recognised

    @property
    def streaming(self) -> bool:
        """As in SessionView."""
        return bool(self.under_way)

    def answering(self, side: str) -> bool:
        """As in SessionView."""
        return side in self.under_way

    def side(self, name: str) -> Side:
        """As in SessionView."""
        if self.family is None or name in self.names:
            return super().side(name)
        return self.family.member(name)

    def measures(self, exchange: Exchange) -> dict[Measure, dict[str, Count]]:
        """As in SessionView: the counts of the sides that are on the screen."""
        counted = super().measures(exchange)
        return {measure: {n: sides[n] for n in self.names if n in sides} for measure, sides in counted.items()}

    def wordings(self, exchange: Exchange) -> list[str]:
        """As in SessionView."""
        from diptych.compare.console.sample_table import wordings_of

        return wordings_of(exchange, self.exchanges, self.probe)

    def replayed(self, stored: Answer, probe: Probe | None = None) -> LiveAnswer:
        """As in SessionView."""
        from diptych.compare.console.restoring import replayed

        detectors, uncounted = self.detectors_for_stored(stored, probe), self.uncounted_for_stored(stored)
        return replayed(stored, detectors, self.changes.announce, uncounted)

    def divergence(self, exchange: Exchange, of: str, tuned: str) -> Divergence:
        """As in SessionView."""
        base, other = ((side, self.request(side, exchange)) for side in (self.sides[0], self.side(tuned)))
        return self.likelihoods.divergence(exchange.answers[of], base, other)

    def labels(self, exchange: Exchange) -> dict[str, tuple[str, ...]]:
        """As in SessionView."""
        if exchange.hidden:
            return {}
        return {side: self.given_labels.of(saved.id) for side, saved in exchange.kept.items()}

    def said(self, question: str) -> dict[int, str]:
        """As in SessionView."""
        return {label.answer: label.value for label in self.given_labels.all if label.question == question}

    def to_label(self, measure: Measure) -> list[PickedAnswer]:
        """As in SessionView."""
        from diptych.compare.counts import next_picks

        return next_picks(self.tally, self._open_answers(measure), self.given_labels.all, measure)

    def agreement(self, measure: Measure) -> list[LabelAgreement]:
        """As in SessionView."""
        from diptych.compare.console.label_agreement import label_agreement

        rows = label_agreement(self._open_answers(measure), self.given_labels.all)
        return [row for row in rows if row.value == measure.label]

    def _open_answers(self, measure: Measure) -> list[SavedAnswer]:
        """The answers that a measure may count; none if an answer to the question is hidden."""
        group = [exchange for exchange in self.exchanges if exchange.group == measure.group]
        if any(exchange.hidden for exchange in group):
            return []
        numbers = {exchange.number for exchange in group}
        return [row for row in self.saved_answers if row.answer.exchange in numbers]

    # What a comparison and a replay write

    @property
    def tuned(self) -> str | None:
        """The side that a blind reader is to recognise; None where there is one side only."""
        return next(iter(self.names[1:]), None)

    def restore(self, session: Session, saved: Sequence[SavedAnswer], labels: Sequence[Label]) -> None:
        """Take the exchanges, counts and labels of a stored session."""
        from diptych.compare.console.watching import rule_of
        from diptych.compare.counts import tally_of

        self.watch = rule_of(stored for _, stored in saved)
        self.exchanges = []
        self.tally = tally_of(session)
        self.add_stored(session, saved, labels)
        self.given_labels.count_stored(saved, self.tuned)
        self.changes.announce()

    def add_stored(self, session: Session, saved: Sequence[SavedAnswer], labels: Sequence[Label]) -> None:
        """Take stored answers of the sides of the screen with their labels; they may belong to exchanges that other
        answers have made known."""
        from diptych.compare.console.restoring import exchanges_of, join_exchange

        for _, stored in saved:
            self.tally.add(stored)
        for exchange in exchanges_of(saved, sessions.still_hidden(saved, labels), self.names):
            exchange.answers = {name: self.replayed(kept.answer) for name, kept in exchange.kept.items()}
            self.restore_setups(exchange, (next(iter(own.values())) for own in exchange.samples.values()))
            exchange.watched = self.detector_specs
            exchange.probe = self.probe_of_stored(exchange, session.probe)
            join_exchange(self.exchanges, exchange)
        for exchange in self.exchanges:
            if exchange.question.is_guess:
                self.show_guessed_answer(exchange)
        known = {number for number, _ in saved}
        self.take_labels([label for label in labels if label.answer in known])

    def put_on_screen(self, labels: Sequence[str]) -> None:
        """Let these members of the family be the sides; the exchanges stay. Raises KeyError for an unknown label."""
        self.sides = tuple(self.side(label) for label in labels)
        self.conversations = {name: self.conversations.get(name, ()) for name in self.names}
        for exchange in self.exchanges:
            self.show_sides(exchange)

    def show_sides(self, exchange: Exchange) -> None:
        """Let an exchange have the columns of the sides that are on the screen, and know how it is asked of each."""
        self.complete(exchange, self.sides)
        exchange.order = self.names
        exchange.asked = tuple(name for name in self.names if name in exchange.answers)

    def complete(self, exchange: Exchange, sides: Sequence[Side]) -> None:
        """Let an exchange know how its question is asked of further members of the family: as of the others."""
        asked = [name for name in exchange.order if name in exchange.answers]
        like = next((exchange.setups[name] for name in asked if name in exchange.setups), None)
        own_probe = exchange.probe == (self.probe.id if self.probe is not None else None)
        before = set(exchange.histories.values())
        for side in sides:
            if side.name not in exchange.setups:
                usual = self.setup_in(side, exchange)
                exchange.setups[side.name] = usual if own_probe or like is None else like.with_model(side.model)
            exchange.histories.setdefault(side.name, next(iter(before)) if len(before) == 1 else ())

    def without_used_seeds(
        self, question: Question, histories: Mapping[str, tuple[Message, ...]], setups: Mapping[str, Setup]
    ) -> dict[str, Setup]:
        """The setups for a question, each with a seed that was not used for it yet if it names one: the same seed would
        give the same draw once more, which is no further sample."""

        def asked_like(exchange: Exchange) -> bool:
            if (exchange.question, exchange.histories) != (question, histories):
                return False
            return all(exchange.setups[name].seeded(None) == setup.seeded(None) for name, setup in setups.items())

        before = sum(asked_like(exchange) for exchange in self.exchanges)
        return {
            name: setup if setup.sampling.seed is None else setup.seeded(setup.sampling.seed + before * SEEDS_APART)
            for name, setup in setups.items()
        }

    def keep(self, side: Side, exchange: Exchange, live: LiveAnswer, saved: SavedAnswer) -> None:
        """Count an answer that has ended, and let the side's conversation go on with it."""
        answered = saved.answer
        self.unsaved = None
        if exchange not in self.exchanges:
            return
        self.tally.add(answered)
        self.tally.add_labels([saved], self.given_labels.all)
        exchange.keep(saved)
        if exchange.answers.get(side.name) is live:
            exchange.kept[side.name] = saved
        conversing = not self.fresh and exchange.question.mode == "chat" and answered.finished
        if conversing and exchange is self.exchanges[-1]:
            turns = (Message("user", exchange.prompt), Message("assistant", exchange.question.prefill + answered.text))
            self.conversations[side.name] = (*exchange.histories.get(side.name, ()), *turns)

    def keep_verdicts(self, exchange: Exchange, before: SavedAnswer, judged: SavedAnswer) -> None:
        """Count what judges found in an answer, or what scores of it say, and show what judges found unless the side
        was asked again meanwhile."""
        from diptych.compare.counts import is_of_scores

        side = judged.answer.side
        verdicts = [finding for finding in judged.answer.findings if finding not in before.answer.findings]
        exchange.keep(judged)
        self.tally.replace(before.answer, judged.answer)
        if (shown := exchange.kept.get(side)) is not None and shown.id == before.id:
            exchange.kept[side] = judged
            exchange.answers[side].add([finding for finding in verdicts if not is_of_scores(finding.detector)])

    def look_for(self, rule: WatchRule | None) -> dict[int, Answer]:
        """Look for something else in all answers, or for nothing. Returns each answer with its new findings; they are
        still to be stored."""
        from diptych.compare.answers import Question
        from diptych.compare.console.watching import detector_by_rule, watched_anew
        from diptych.detectors import WATCH

        self.watch = rule
        anew: dict[int, Answer] = {}
        for exchange in self.exchanges:
            for samples in exchange.samples.values():
                samples |= {id: watched_anew(answer, rule) for id, answer in samples.items()}
                anew |= samples
            for side, kept in exchange.kept.items():
                exchange.kept[side] = sessions.SavedAnswer(kept.id, anew.get(kept.id, kept.answer))
                question = Question.of(kept.answer)
                detector = detector_by_rule(rule, question, seen=True) if rule is not None else None
                exchange.answers[side].find_anew(WATCH, detector)
        self.tally = self.tally.of_same_session(anew.values())
        self.tally.add_labels(self.saved_answers, self.given_labels.all)
        self.changes.announce()
        return anew

    def take_labels(self, labels: Sequence[Label]) -> None:
        """Take labels of people; those of answers that were picked at random correct rates."""
        self.given_labels.add(labels)
        self.tally.add_labels(self.saved_answers, labels)

    @property
    def saved_answers(self) -> list[SavedAnswer]:
        """Every answer that is in the store, as it is counted."""
        return [
            sessions.SavedAnswer(number, answer)
            for exchange in self.exchanges
            for samples in exchange.samples.values()
            for number, answer in samples.items()
        ]

    def not_saved(self, error: StoreError) -> None:
        """Remember why an answer or a label could not be saved."""
        self.unsaved = error
        self.changes.announce()

    def show_guessed_answer(self, guess: Exchange) -> None:
        """Set the answer that a stored guess goes on from beside the guess, if it is there."""
        from diptych.compare.console.guessing import answer_guessed

        found = answer_guessed(guess, self.exchanges)
        if found is not None:
            side, live = found
            guess.answers[side] = live

    @property
    def answers_seen(self) -> int:
        """How many answers of the session have finished."""
        return sum(exchange.finished(side) for exchange in self.exchanges for side in exchange.samples)

    def begin_anew(self) -> None:
        """Forget all exchanges with their counts and labels: another comparison begins."""
        self.exchanges, self.tally, self.given_labels = [], self.new_tally(), GivenLabels()
        self.watch = None
        self.conversations = dict.fromkeys(self.names, ())
        self.likelihoods = self._new_likelihoods()

    @cached_property
    def likelihoods(self) -> Likelihoods:
        """The divergences that were looked at."""
        return self._new_likelihoods()

    def _new_likelihoods(self) -> Likelihoods:
        from diptych.compare.checks import Likelihoods

        return Likelihoods(self.changes.announce)
