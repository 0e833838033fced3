"""All counts of a session, from its answers alone: the same answers always give the same counts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from diptych.backends import Mode
from diptych.compare.answers import (
    GUESSING,
    WHOSE_WORDS,
    Question,
    judged_empty,
    settings_of,
)
from diptych.compare.counts.descriptions import beginning_of, description_in
from diptych.compare.counts.draws import Sampling, Verdict
from diptych.compare.counts.measures import Count, Measure, asked_as
from diptych.compare.counts.question_counts import (
    MeasureKey,
    QuestionCounts,
    SampleKey,
    SideAnswers,
    answers_with,
    sample_key,
)
from diptych.sessions import Answer, Label, SavedAnswer, Session


class Repeated(NamedTuple):
    """Answers of a side that repeat each other, so that they are or may be fewer draws."""

    side: str
    question: str
    """The group, with the settings that set it apart."""
    answers: int
    draws: int
    most: int
    """How often the commonest text was given."""
    verdict: Verdict


class Answered(NamedTuple):
    """How many answers of a side finished."""

    finished: int = 0
    empty: int = 0
    """Those without text."""
    thinking: int = 0
    """Finished answers without text whose tokens went into reasoning."""


class Tally:
    """Counts of every measure, side by side. An answer that failed or was stopped is no sample.

    Answers that were asked for with different settings are never counted together. Equal texts of an endpoint that
    does not sample are one draw.
    """

    def __init__(self, samples: int | None = None, answers: Iterable[Answer] = ()) -> None:
        """`samples`: how many were planned of each side and condition, if a run made the session."""
        self._samples = samples
        self._questions: dict[str, QuestionCounts] = {}
        self._sampling = Sampling()
        self._plans: dict[int, int] = {}
        """How many samples of each side were planned, by exchange."""
        self._described: dict[tuple[str, str], list[Answer]] = defaultdict(list)
        """Answers that describe a pattern, by prompt and by the text before the description."""
        self._guessed: dict[tuple[str, str], dict[Mode, int]] = defaultdict(dict)
        """Guesses, by prompt and beginning: the modes in which the base was asked, each with the exchange of the first
        guess."""
        for answer in answers:
            self.add(answer)

    def add(self, answer: Answer) -> None:
        """Count what was found in an answer."""
        if answer.planned is not None:
            self._plans.setdefault(answer.exchange, answer.planned)
        settings = settings_of(answer)
        name = Question.of(answer).group
        self._question(name).add(answer, settings, judged_empty(answer))
        self._sampling.note(answer, settings)
        self._count_guessed(answer)

    def replace(self, before: Answer, after: Answer) -> None:
        """Count the new findings in an answer in place of its old ones."""
        name = Question.of(after).group
        gone = [finding for finding in judged_empty(before) if finding not in after.findings]
        new = [finding for finding in judged_empty(after) if finding not in before.findings]
        self._question(name).change(after, settings_of(after), gone, new)

    def label(self, answer: Answer, question: str, said: str) -> None:
        """Count what a person said of a counted answer that was picked at random: "yes", "no" or "unsure" to the
        measure of the name `question`, whichever detector or judge counts it."""
        own = self._question(Question.of(answer).group).answers.get((answer.side, settings_of(answer)))
        if own is not None:
            own.label(answer, question, said)

    def add_labels(self, saved: Iterable[SavedAnswer], labels: Iterable[Label]) -> None:
        """Count the labels of answers that were picked at random; other labels are no sample."""
        answers = dict(saved)
        for label in labels:
            if label.question and label.answer in answers:
                self.label(answers[label.answer], label.question, label.value)

    def of_same_session(self, answers: Iterable[Answer]) -> "Tally":
        """The counts of other answers, or of the same ones with other findings."""
        return Tally(self._samples, answers)

    def measures(self) -> Iterator[tuple[Measure, Mapping[str, Count]]]:
        """Every measure with its counts by side. Measures of one question come together, in the order of the
        answers."""
        for name in list(self._questions):
            yield from self.of_group(name).items()

    def of_group(self, group: str, settings: str | None = None) -> dict[Measure, dict[str, Count]]:
        """The measures of the answers to one question: all of them, or those that were asked for with these
        `settings`."""
        question = self._questions.get(group)
        found: dict[Measure, dict[str, Count]] = {}
        for name, sides in question.variants() if question is not None else ():
            if settings not in (None, name):
                continue
            for key in question.keys if question is not None else ():
                counts = {side: count for side, own in sides.items() if (count := self._count(own, key)) is not None}
                if counts:
                    found[Measure(*key, group, name)] = counts
        return found

    def settings(self, group: str, exchange: int) -> str | None:
        """The settings that set the answers of an exchange apart from others to the same question; None before one is
        counted."""
        question = self._questions.get(group)
        return question.settings(exchange) if question is not None else None

    def is_draw(self, answer: Answer) -> bool:
        """Whether an answer that was added counts as a draw: it finished, and it does not repeat another one of an
        endpoint that does not sample."""
        name = Question.of(answer).group
        own = self._question(name).answers[answer.side, settings_of(answer)]
        if not answer.finished:
            return False
        return sample_key(answer) in self._drawn(own)

    def counted(self, group: str, settings: str) -> dict[str, set[SampleKey]]:
        """The finished answers to a question that was asked with these `settings`, by side."""
        return {side: own.samples for side, own in self._asked_with(group, settings).items()}

    def drawn(self, group: str, settings: str) -> dict[str, set[SampleKey]]:
        """Those of them that count as draws."""
        return {side: self._drawn(own) for side, own in self._asked_with(group, settings).items()}

    def counted_as(self, answer: Answer) -> list[str]:
        """The names under which the measures count an answer. There are several if the other sides, with which it is
        compared, were asked in several ways."""
        group, settings = Question.of(answer).group, settings_of(answer)
        variants = [
            name for name, sides in self._question(group).variants() if answers_with(sides, answer.side, settings)
        ]
        return [asked_as(group, name) for name in variants] or [group]

    def repeated(self, group: str | None = None, settings: str | None = None) -> Iterator[Repeated]:
        """Where answers repeat each other: in all questions, or in one that was asked with some settings."""
        for asked, side, own in self._each(group, settings):
            verdict = self._sampling.verdict(own.endpoint, own.settings)
            if verdict is not None and own.finished.total() > len(own.texts):
                most = max(own.texts.values())
                yield Repeated(side, asked, own.finished.total(), len(self._drawn(own)), most, verdict)

    def answered(self, group: str | None = None, settings: str | None = None) -> dict[str, Answered]:
        """How many answers of each side finished: to all questions, or to one that was asked with some settings."""
        found: dict[str, Answered] = {}
        seen: set[int] = set()
        for _, side, own in self._each(group, settings):
            # Answers that a side gave in one way only may be part of several comparisons.
            if id(own) not in seen:
                seen.add(id(own))
                before = found.get(side, Answered())
                new = own.finished.total(), own.empty, own.thinking
                found[side] = Answered(*(a + b for a, b in zip(before, new, strict=True)))
        return found

    def _each(self, group: str | None, settings: str | None) -> "Iterator[tuple[str, str, SideAnswers]]":
        for name, question in self._questions.items():
            if group not in (None, name):
                continue
            for variant, sides in question.variants():
                if settings in (None, variant):
                    asked = asked_as(name, variant)
                    yield from ((asked, side, own) for side, own in sides.items())

    def _question(self, group: str) -> QuestionCounts:
        return self._questions.setdefault(group, QuestionCounts())

    def _asked_with(self, group: str, settings: str) -> "Mapping[str, SideAnswers]":
        question = self._questions.get(group)
        found = (sides for name, sides in question.variants() if name == settings) if question is not None else iter(())
        return next(found, {})

    def _are_draws(self, own: SideAnswers) -> bool:
        """Whether each of several equal texts counts as a draw."""
        verdict = self._sampling.verdict(own.endpoint, own.settings)
        return verdict is None or not verdict.one_draw

    def _drawn(self, own: SideAnswers) -> set[SampleKey]:
        return own.samples if self._are_draws(own) else {first.sample for first in own.first.values()}

    def _count(self, own: SideAnswers, key: MeasureKey) -> Count | None:
        """The count of a measure, marked with whether as many answers finished as were planned."""
        counts = own.counts if self._are_draws(own) else own.draws
        count = counts.get(key)
        if count is not None:
            planned = self._as_planned(own)
            for each in (count, *count.by_prompt.values()):
                each.planned = planned
            if own.labelled:
                count.labelled = own.labels_of(key, self._drawn(own))
        return count

    def _as_planned(self, own: SideAnswers) -> bool:
        """Whether exactly as many answers finished as were planned before any of them was asked for."""
        if own.condition == GUESSING:
            # The number of guesses depends on the answers that are guessed, not on the guesses themselves.
            return self._samples is not None and not own.unfinished and self._whole_run()
        if own.condition == WHOSE_WORDS:
            # Each exchange has one answer, and names how many questions were planned for two sides together.
            planned = {self._plans.get(exchange, 0) for exchange in own.finished}
            return len(planned) == 1 and own.finished.total() % (planned.pop() or 1) == 0
        if self._samples is not None and own.condition is not None:
            return own.finished.total() == self._samples
        return all(self._plans.get(exchange) == finished for exchange, finished in own.finished.items())

    def _whole_run(self) -> bool:
        asked = (own for question in self._questions.values() for own in question.answers.values())
        return all(own.finished.total() == self._samples for own in asked if own.condition not in (None, GUESSING))

    def _count_guessed(self, answer: Answer) -> None:
        """Count a description that the base was asked to guess once more, beside the guesses."""
        if answer.condition == GUESSING:
            guessed = answer.prompt, answer.prefill
            if answer.mode not in self._guessed[guessed]:
                self._guessed[guessed][answer.mode] = answer.exchange
                for described in self._described[guessed]:
                    self._add_described(described, answer.mode, answer.exchange)
            return
        found = description_in(answer.findings)
        if found is None or not answer.finished or answer.mode != "chat":
            return
        guessed = answer.prompt, beginning_of(answer, found)
        self._described[guessed].append(answer)
        for mode, exchange in self._guessed.get(guessed, {}).items():
            self._add_described(answer, mode, exchange)

    def _add_described(self, answer: Answer, mode: Mode, guesses: int) -> None:
        """Count a description beside the guesses that were asked for in a mode. `guesses`: the exchange of the first of
        them."""
        found = description_in(answer.findings)
        question = self._question(Question(answer.prompt, GUESSING, mode).group)
        question.add(answer, settings_of(answer), [found] if found is not None else [], GUESSING, guesses)


def tally_of(session: Session, answers: Iterable[Answer] = ()) -> Tally:
    """The counts of answers of a stored session."""
    return Tally(session.run.samples if session.run is not None else None, answers)
