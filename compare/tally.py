"""All counts of a session, from its answers alone: whoever counts the same answers has the same counts."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from typing import NamedTuple

from backends import Form
from compare.draws import Sampling, Verdict, identity
from compare.empty import is_empty, judged_empty, went_into_thinking
from compare.guessing import beginning_of, description_in
from compare.measures import GUESSING, Count, Measure, add_to, group_of, take_from
from compare.settings import Settings, differing, settings_of
from detectors import Finding, Kind
from sessions import Answer, Session

_Key = tuple[str, str, Kind]
"""Detector, label and kind."""
_Work = Callable[[Count, Finding, bool], None]


class Repeated(NamedTuple):
    """Answers of a side that are fewer draws than they seem."""

    side: str
    question: str
    """The group with what sets it apart."""
    answers: int
    draws: int
    most: int
    """How often the commonest text came."""
    verdict: Verdict


class Answered(NamedTuple):
    """What came from a side."""

    finished: int = 0
    empty: int = 0
    """Without text."""
    thinking: int = 0
    """Those of them whose tokens went into reasoning."""


class Tally:
    """Counts of every measure, side by side. An answer that failed or was stopped is no sample.

    Answers that were asked for with different settings are never counted together. Equal texts of an endpoint that
    does not sample are one draw.
    """

    def __init__(self, samples: int | None = None, answers: Iterable[Answer] = ()) -> None:
        """`samples`: how many of each side and condition were planned, where a run made the session."""
        self._samples = samples
        self._questions: dict[str, _Question] = {}
        self._sampling = Sampling()
        self._plans: dict[int, int] = {}
        """By exchange: how many samples of each side were planned."""
        self._described: dict[tuple[str, str], list[Answer]] = defaultdict(list)
        """By the question and the beginning that ends where they describe a pattern."""
        self._guessed: dict[tuple[str, str], dict[Form, None]] = defaultdict(dict)
        """Those from which the base was to go on, with the forms in which it was asked to."""
        for answer in answers:
            self.add(answer)

    def add(self, answer: Answer) -> None:
        """Count what was found in an answer."""
        if answer.planned is not None:
            self._plans.setdefault(answer.exchange, answer.planned)
        settings = settings_of(answer)
        name = group_of(answer.condition, answer.prompt, answer.form, answer.prefill)
        self._question(name).add(answer, settings, judged_empty(answer))
        self._sampling.note(answer, settings)
        self._count_guessed(answer)

    def replace(self, before: Answer, after: Answer) -> None:
        """Count what was found in an answer since, in place of what was found before."""
        name = group_of(after.condition, after.prompt, after.form, after.prefill)
        gone = [finding for finding in judged_empty(before) if finding not in after.findings]
        new = [finding for finding in judged_empty(after) if finding not in before.findings]
        self._question(name).change(after, settings_of(after), gone, new)

    def measures(self) -> Iterator[tuple[Measure, Mapping[str, Count]]]:
        """Every measure with its counts by side; those of one question together, in the order in which they came."""
        for name in list(self._questions):
            yield from self.of_group(name).items()

    def of_group(self, group: str, settings: str | None = None) -> dict[Measure, dict[str, Count]]:
        """The measures of the answers to one question, or of those that were asked for with these `settings`."""
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
        """What sets the answers of an exchange apart from others to the same question; None before one is counted."""
        question = self._questions.get(group)
        return question.settings(exchange) if question is not None else None

    def is_draw(self, answer: Answer) -> bool:
        """Whether an answer, one of those that were added, counts: it came to its end, and is no repetition of an
        endpoint that does not sample."""
        name = group_of(answer.condition, answer.prompt, answer.form, answer.prefill)
        own = self._question(name).answers[answer.side, settings_of(answer)]
        if not answer.finished:
            return False
        return (
            self._sampling.verdict(own.endpoint, own.settings) is None or (answer.exchange, answer.sample) in own.first
        )

    def repeated(self, group: str | None = None, settings: str | None = None) -> Iterator[Repeated]:
        """Where answers are not as many draws: everywhere, or in a question that was asked with some settings."""
        for asked, side, own in self._each(group, settings):
            verdict = self._sampling.verdict(own.endpoint, own.settings)
            if verdict is not None and own.finished.total() > len(own.texts):
                most = max(own.texts.values())
                yield Repeated(side, asked, own.finished.total(), len(own.texts), most, verdict)

    def answered(self, group: str | None = None, settings: str | None = None) -> dict[str, Answered]:
        """What came from each side: to all questions, or to one that was asked with some settings."""
        found: dict[str, Answered] = {}
        seen: set[int] = set()
        for _, side, own in self._each(group, settings):
            # Of what one side was asked in one way only, there may be several comparisons.
            if id(own) not in seen:
                seen.add(id(own))
                before = found.get(side, Answered())
                new = own.finished.total(), own.empty, own.thinking
                found[side] = Answered(*(a + b for a, b in zip(before, new, strict=True)))
        return found

    def _each(self, group: str | None, settings: str | None) -> "Iterator[tuple[str, str, _Answers]]":
        for name, question in self._questions.items():
            if group not in (None, name):
                continue
            for variant, sides in question.variants():
                if settings in (None, variant):
                    asked = f"{name} · {variant}" if variant else name
                    yield from ((asked, side, own) for side, own in sides.items())

    def _question(self, group: str) -> "_Question":
        return self._questions.setdefault(group, _Question())

    def _count(self, own: "_Answers", key: _Key) -> Count | None:
        """The count of a measure, with whether its number was planned."""
        counts = own.counts if self._sampling.verdict(own.endpoint, own.settings) is None else own.draws
        count = counts.get(key)
        if count is not None:
            planned = self._as_planned(own)
            for each in (count, *count.by_prompt.values()):
                each.planned = planned
        return count

    def _as_planned(self, own: "_Answers") -> bool:
        """Whether just as many answers came to their end as were to before any of them was asked for."""
        if own.condition == GUESSING:
            # How many guesses there are depends on what was described, not on what was guessed.
            return self._samples is not None and not own.unfinished and self._whole_run()
        if self._samples is not None and own.condition is not None:
            return own.finished.total() == self._samples
        return all(self._plans.get(exchange) == finished for exchange, finished in own.finished.items())

    def _whole_run(self) -> bool:
        asked = (own for question in self._questions.values() for own in question.answers.values())
        return all(own.finished.total() == self._samples for own in asked if own.condition not in (None, GUESSING))

    def _count_guessed(self, answer: Answer) -> None:
        """Count the description that the base was to guess once more, beside the guesses."""
        if answer.condition == GUESSING:
            guessed = answer.prompt, answer.prefill
            if answer.form not in self._guessed[guessed]:
                self._guessed[guessed][answer.form] = None
                for described in self._described[guessed]:
                    self._add_described(described, answer.form)
            return
        found = description_in(answer.findings)
        if found is None or not answer.finished or answer.form != "chat":
            return
        place = answer.prompt, beginning_of(answer, found)
        self._described[place].append(answer)
        for form in self._guessed.get(place, ()):
            self._add_described(answer, form)

    def _add_described(self, answer: Answer, form: Form) -> None:
        """Count it beside the guesses that were asked for in a form."""
        found = description_in(answer.findings)
        question = self._question(group_of(GUESSING, answer.prompt, form))
        question.add(answer, settings_of(answer), [found] if found is not None else [], GUESSING)


def tally_of(session: Session, answers: Iterable[Answer] = ()) -> Tally:
    """The counts of answers of a session that is kept."""
    return Tally(session.run.samples if session.run is not None else None, answers)


class _Answers:
    """The answers of one side to one question with the same settings."""

    def __init__(self, endpoint: str, settings: Settings, condition: str | None) -> None:
        self.endpoint = endpoint
        self.settings = settings
        self.condition = condition
        self.counts: dict[_Key, Count] = {}
        """Over all answers."""
        self.draws: dict[_Key, Count] = {}
        """Over those that say something for the first time."""
        self.texts: Counter[object] = Counter()
        self.first: set[tuple[int, int]] = set()
        """Exchange and sample of answers that said something for the first time."""
        self.finished: Counter[int] = Counter()
        """By exchange."""
        self.unfinished = 0
        self.empty = self.thinking = 0


class _Question:
    """What was asked, by side and settings."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, Settings], _Answers] = {}
        self.keys: dict[_Key, None] = {}
        """Measures in the order in which they were first seen."""
        self._together: dict[tuple[int, int], dict[str, dict[Settings, None]]] = {}
        """By exchange and sample: what each side was asked with."""
        self._variants: list[tuple[str, dict[str, _Answers]]] | None = None
        self._known: set[tuple[int, str, Settings]] = set()
        self._first: dict[int, dict[str, Settings]] = {}
        """By exchange: what each side was asked with first."""

    def add(
        self, answer: Answer, settings: Settings, findings: Iterable[Finding], condition: str | None = None
    ) -> None:
        own = self.answers.get((answer.side, settings))
        if own is None:
            own = self.answers[answer.side, settings] = _Answers(
                answer.endpoint or "", settings, condition or answer.condition
            )
        if not answer.finished:
            own.unfinished += 1
            return
        own.finished[answer.exchange] += 1
        own.empty += is_empty(answer)
        own.thinking += went_into_thinking(answer)
        said = identity(answer)
        if said not in own.texts:
            own.first.add((answer.exchange, answer.sample))
            self._count(own.draws, findings, answer.prompt, add_to)
        own.texts[said] += 1
        self._count(own.counts, findings, answer.prompt, add_to)
        self._note(answer, settings)

    def change(self, answer: Answer, settings: Settings, gone: Iterable[Finding], new: Iterable[Finding]) -> None:
        own = self.answers[answer.side, settings]
        first = (answer.exchange, answer.sample) in own.first
        for counts in (own.counts, own.draws) if first else (own.counts,):
            self._count(counts, gone, answer.prompt, take_from)
            self._count(counts, new, answer.prompt, add_to)

    def variants(self) -> list[tuple[str, dict[str, _Answers]]]:
        """The ways in which it was asked: each with its name, and the answers of each side."""
        if self._variants is None:
            found = self._found_variants()
            named = zip(differing(found), found, strict=True)
            self._variants = [
                (name, {side: self.answers[side, settings] for side, settings in each.items()}) for name, each in named
            ]
        return self._variants

    def settings(self, exchange: int) -> str | None:
        """The name of the way in which an exchange was asked, as the first answers of its sides tell it."""
        first = self._first.get(exchange)
        for name, sides in self.variants() if first is not None else ():
            if all(side in sides and sides[side].settings == own for side, own in (first or {}).items()):
                return name
        return None

    def _count(self, counts: dict[_Key, Count], findings: Iterable[Finding], prompt: str, work: "_Work") -> None:
        for finding in findings:
            key = finding.detector, finding.label, finding.kind
            self.keys.setdefault(key)
            count = counts.setdefault(key, Count())
            for each in (count, count.by_prompt.setdefault(prompt, Count())):
                work(each, finding, Measure(*key, "").of_values)

    def _note(self, answer: Answer, settings: Settings) -> None:
        """What belongs together is looked for again only where a side was asked with something new."""
        sides = self._together.setdefault((answer.exchange, answer.sample), {})
        sides.setdefault(answer.side, {})[settings] = None
        self._first.setdefault(answer.exchange, {}).setdefault(answer.side, settings)
        known = answer.exchange, answer.side, settings
        if known not in self._known:
            self._known.add(known)
            self._variants = None

    def _found_variants(self) -> list[dict[str, Settings]]:
        """Sides that were asked together, each with one of its settings; who was asked alone goes where it fits."""
        found: list[dict[str, Settings]] = []
        for sides in self._together.values():
            for asked in product(*([(side, one) for one in own] for side, own in sides.items())):
                fitting = (each for each in found if all(each.get(side, one) == one for side, one in asked))
                variant = next(fitting, None)
                if variant is None:
                    found.append(variant := {})
                variant.update(asked)
        return found
