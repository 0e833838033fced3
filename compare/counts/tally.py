"""All counts of a session, from its answers alone: whoever counts the same answers has the same counts."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from diptych.backends import Mode
from diptych.compare.answers import (
    GUESSING,
    Question,
    Settings,
    differing,
    is_empty,
    judged_empty,
    settings_of,
    went_into_thinking,
)
from diptych.compare.counts.descriptions import beginning_of, description_in
from diptych.compare.counts.draws import Sampling, Verdict, identity
from diptych.compare.counts.measures import Count, Measure, add_to, asked_as, take_from
from diptych.detectors import Finding, Kind
from diptych.sessions import Answer, Session

_Key = tuple[str, str, Kind]
"""Detector, label and kind."""
Place = tuple[int, int]
"""Exchange and sample of an answer."""
_Work = Callable[[Count, Finding, bool], None]


class Repeated(NamedTuple):
    """Answers of a side that are fewer draws than they seem, or may be."""

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
        self._guessed: dict[tuple[str, str], dict[Mode, int]] = defaultdict(dict)
        """Those from which the base was to go on, with the forms in which it was asked to, and the exchange of the
        first guess in each."""
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
        """Count what was found in an answer since, in place of what was found before."""
        name = Question.of(after).group
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
        name = Question.of(answer).group
        own = self._question(name).answers[answer.side, settings_of(answer)]
        if not answer.finished:
            return False
        return (answer.exchange, answer.sample) in self._drawn(own)

    def counted(self, group: str, settings: str) -> dict[str, set[Place]]:
        """The answers to a question, asked with these `settings`, that came to their end, by side."""
        return {side: own.places for side, own in self._asked_with(group, settings).items()}

    def drawn(self, group: str, settings: str) -> dict[str, set[Place]]:
        """Those of them that are draws of their own."""
        return {side: self._drawn(own) for side, own in self._asked_with(group, settings).items()}

    def counted_as(self, answer: Answer) -> list[str]:
        """What the measures of an answer call that which was asked, once for each other way of asking the other sides
        that it is compared with."""
        group, settings = Question.of(answer).group, settings_of(answer)
        variants = [name for name, sides in self._question(group).variants() if _has(sides, answer.side, settings)]
        return [asked_as(group, name) for name in variants] or [group]

    def repeated(self, group: str | None = None, settings: str | None = None) -> Iterator[Repeated]:
        """Where answers are not as many draws: everywhere, or in a question that was asked with some settings."""
        for asked, side, own in self._each(group, settings):
            verdict = self._sampling.verdict(own.endpoint, own.settings)
            if verdict is not None and own.finished.total() > len(own.texts):
                most = max(own.texts.values())
                yield Repeated(side, asked, own.finished.total(), len(self._drawn(own)), most, verdict)

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
                    asked = asked_as(name, variant)
                    yield from ((asked, side, own) for side, own in sides.items())

    def _question(self, group: str) -> "_Question":
        return self._questions.setdefault(group, _Question())

    def _asked_with(self, group: str, settings: str) -> "Mapping[str, _Answers]":
        question = self._questions.get(group)
        found = (sides for name, sides in question.variants() if name == settings) if question is not None else iter(())
        return next(found, {})

    def _are_draws(self, own: "_Answers") -> bool:
        """Whether equal texts are draws of their own."""
        verdict = self._sampling.verdict(own.endpoint, own.settings)
        return verdict is None or not verdict.one_draw

    def _drawn(self, own: "_Answers") -> set[Place]:
        return own.places if self._are_draws(own) else {first.place for first in own.first.values()}

    def _count(self, own: "_Answers", key: _Key) -> Count | None:
        """The count of a measure, with whether its number was planned."""
        counts = own.counts if self._are_draws(own) else own.draws
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
            if answer.mode not in self._guessed[guessed]:
                self._guessed[guessed][answer.mode] = answer.exchange
                for described in self._described[guessed]:
                    self._add_described(described, answer.mode, answer.exchange)
            return
        found = description_in(answer.findings)
        if found is None or not answer.finished or answer.mode != "chat":
            return
        place = answer.prompt, beginning_of(answer, found)
        self._described[place].append(answer)
        for mode, guess in self._guessed.get(place, {}).items():
            self._add_described(answer, mode, guess)

    def _add_described(self, answer: Answer, mode: Mode, guess: int) -> None:
        """Count it beside the guesses that were asked for in a form; `guess`: the exchange of the first of them."""
        found = description_in(answer.findings)
        question = self._question(Question(answer.prompt, GUESSING, mode).group)
        question.add(answer, settings_of(answer), [found] if found is not None else [], GUESSING, guess)


def tally_of(session: Session, answers: Iterable[Answer] = ()) -> Tally:
    """The counts of answers of a session that is kept."""
    return Tally(session.run.samples if session.run is not None else None, answers)


def _has(sides: "Mapping[str, _Answers]", side: str, settings: Settings) -> bool:
    return side in sides and sides[side].settings == settings


class _First(NamedTuple):
    """Of equal texts the one that was asked for first, with what was found in it."""

    place: Place
    prompt: str
    findings: tuple[Finding, ...]


class _Answers:
    """The answers of one side to one question with the same settings."""

    def __init__(self, endpoint: str, settings: Settings, condition: str | None) -> None:
        self.endpoint = endpoint
        self.settings = settings
        self.condition = condition
        self.counts: dict[_Key, Count] = {}
        """Over all answers."""
        self.draws: dict[_Key, Count] = {}
        """Over the first of each text."""
        self.texts: Counter[object] = Counter()
        self.first: dict[object, _First] = {}
        """By what they say."""
        self.places: set[Place] = set()
        """Of all that came to their end."""
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
        self._together: dict[int, dict[int, dict[str, dict[Settings, None]]]] = defaultdict(lambda: defaultdict(dict))
        """By exchange and sample: what each side was asked with."""
        self._variants: list[tuple[str, dict[str, _Answers]]] | None = None
        self._known: set[tuple[int, str, Settings]] = set()
        self._first: dict[int, dict[str, Settings]] = {}
        """By exchange: what each side was asked with first."""

    def add(
        self,
        answer: Answer,
        settings: Settings,
        findings: Sequence[Finding],
        condition: str | None = None,
        beside: int | None = None,
    ) -> None:
        """Count an answer; `beside`: the exchange with whose answers it is compared, where that is not its own."""
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
        own.texts[identity(answer)] += 1
        own.places.add((answer.exchange, answer.sample))
        self._count_first(own, answer, findings)
        self._count(own.counts, findings, answer.prompt, add_to)
        self._note(answer, settings, beside)

    def change(self, answer: Answer, settings: Settings, gone: Sequence[Finding], new: Sequence[Finding]) -> None:
        own = self.answers[answer.side, settings]
        said, place = identity(answer), (answer.exchange, answer.sample)
        first = own.first.get(said)
        changed = [own.counts]
        if first is not None and first.place == place:
            changed.append(own.draws)
            kept = [finding for finding in first.findings if finding not in gone]
            own.first[said] = first._replace(findings=(*kept, *new))
        for counts in changed:
            self._count(counts, gone, answer.prompt, take_from)
            self._count(counts, new, answer.prompt, add_to)

    def _count_first(self, own: _Answers, answer: Answer, findings: Sequence[Finding]) -> None:
        """Of equal texts that which was asked for first is the draw, in whatever order they are read."""
        said = identity(answer)
        new, known = _First((answer.exchange, answer.sample), answer.prompt, tuple(findings)), own.first.get(said)
        if known is None or new.place < known.place:
            if known is not None:
                self._count(own.draws, known.findings, known.prompt, take_from)
            self._count(own.draws, new.findings, new.prompt, add_to)
            own.first[said] = new

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
            if all(_has(sides, side, own) for side, own in (first or {}).items()):
                return name
        return None

    def _count(self, counts: dict[_Key, Count], findings: Iterable[Finding], prompt: str, work: "_Work") -> None:
        for finding in findings:
            key = finding.detector, finding.label, finding.kind
            self.keys.setdefault(key)
            count = counts.get(key) or counts.setdefault(key, Count())
            of_values = Measure(*key, "").of_values
            for each in (count, count.by_prompt.get(prompt) or count.by_prompt.setdefault(prompt, Count())):
                work(each, finding, of_values)

    def _note(self, answer: Answer, settings: Settings, beside: int | None) -> None:
        """What belongs together is looked for again only where a side was asked with something new."""
        asked = answer.exchange if beside is None else beside
        self._together[asked][answer.sample].setdefault(answer.side, {})[settings] = None
        self._first.setdefault(asked, {}).setdefault(answer.side, settings)
        known = asked, answer.side, settings
        if known not in self._known:
            self._known.add(known)
            self._variants = None

    def _found_variants(self) -> list[dict[str, Settings]]:
        """Sides that were asked together, each with one of its settings; who was asked alone goes where it fits."""
        together = [variant for samples in self._together.values() for variant in _in_one_exchange(samples.values())]
        found: list[tuple[int, dict[str, Settings]]] = []
        # Those that join most sides come first: whoever was asked alone then has its place.
        for order, asked in sorted(enumerate(together), key=lambda each: -len(each[1])):
            _join(found, order, asked, at_once=False)
        return [variant for _, variant in sorted(found, key=lambda each: each[0])]


def _in_one_exchange(samples: Iterable[Mapping[str, Iterable[Settings]]]) -> list[dict[str, Settings]]:
    """What was asked at once in the samples of an exchange: what does not contradict belongs together."""
    found: list[tuple[int, dict[str, Settings]]] = []
    for sides in samples:
        for chosen in product(*([(side, one) for one in own] for side, own in sides.items())):
            _join(found, len(found), dict(chosen), at_once=True)
    return [variant for _, variant in found]


def _join(found: list[tuple[int, dict[str, Settings]]], order: int, asked: dict[str, Settings], at_once: bool) -> None:
    """Put what was asked to the first that it does not contradict and belongs to, as what was asked at once does; or
    else add it."""
    for place, (earlier, known) in enumerate(found):
        fits = all(known.get(side, one) == one for side, one in asked.items())
        if fits and (at_once or _belong(known, asked)):
            known.update(asked)
            found[place] = min(earlier, order), known
            return
    found.append((order, dict(asked)))


def _belong(known: Mapping[str, Settings], asked: Mapping[str, Settings]) -> bool:
    """Whether what was asked in two exchanges may be compared: a side was asked alike in both, or all sides were."""
    return any(side in known for side in asked) or len({one.manner for one in (*known.values(), *asked.values())}) == 1
