"""The answers to one question, and the ways in which it was asked.

Answers that were asked for with different settings are never counted together. Equal texts are counted twice: as so
many answers, and as one draw. Which of the two counts are used depends on whether the endpoint samples.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import NamedTuple

from diptych.compare.answers import Settings, differing, is_empty, judged_empty, went_into_thinking
from diptych.compare.counts.draws import identity
from diptych.compare.counts.measures import Count, Labelled, Measure, add_to, take_from
from diptych.detectors import Finding, Kind
from diptych.sessions import SIDE_NAMES, Answer

MeasureKey = tuple[str, str, Kind]
"""Detector, label and kind."""
SampleKey = tuple[int, int]
"""Exchange and sample number of an answer."""
CountChange = Callable[[Count, Finding, bool], None]


def sample_key(answer: Answer) -> SampleKey:
    """What names an answer of a side."""
    return answer.exchange, answer.sample


def answers_with(sides: "Mapping[str, SideAnswers]", side: str, settings: Settings) -> bool:
    """Whether a side was asked with these settings."""
    return side in sides and sides[side].settings == settings


class FirstOfText(NamedTuple):
    """Of several answers with the same text, the one that was asked for first, with its findings."""

    sample: SampleKey
    prompt: str
    findings: tuple[Finding, ...]


@dataclass
class LabelledAnswer:
    """An answer that was picked at random and labelled."""

    findings: Sequence[Finding]
    said: dict[str, str] = field(default_factory=dict)
    """What people said last, by the name of the measure."""


class SideAnswers:
    """The answers of one side to one question with the same settings."""

    def __init__(self, endpoint: str, settings: Settings, condition: str | None) -> None:
        self.endpoint = endpoint
        self.settings = settings
        self.condition = condition
        self.counts: dict[MeasureKey, Count] = {}
        """Counts over all answers."""
        self.draws: dict[MeasureKey, Count] = {}
        """Counts over one answer of each text."""
        self.texts: Counter[object] = Counter()
        """How often each text was given."""
        self.first: dict[object, FirstOfText] = {}
        """The first answer of each text."""
        self.samples: set[SampleKey] = set()
        """All answers that finished."""
        self.finished: Counter[int] = Counter()
        """How many finished, by exchange."""
        self.unfinished = 0
        self.empty = self.thinking = 0
        self.labelled: dict[SampleKey, LabelledAnswer] = {}

    def label(self, answer: Answer, question: str, said: str) -> None:
        """Note what a person said of an answer that was picked at random."""
        known = self.labelled.setdefault(sample_key(answer), LabelledAnswer(judged_empty(answer)))
        known.said[question] = said

    def labels_of(self, key: MeasureKey, drawn: Collection[SampleKey]) -> Labelled:
        """What people said of the answers that a measure counts and that are draws."""
        found = Labelled()
        for sample, labelled in self.labelled.items():
            if key[1] not in labelled.said or sample not in drawn:
                continue
            for finding in labelled.findings:
                if (finding.detector, finding.label, finding.kind) == key and finding.outcome != "excluded":
                    found = found.with_label(finding.outcome == "present", labelled.said[key[1]])
        return found


class QuestionCounts:
    """The answers to one question, by side and settings."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, Settings], SideAnswers] = {}
        self.keys: dict[MeasureKey, None] = {}
        """The measures, in the order in which they were first seen."""
        self._together: dict[int, dict[int, dict[str, dict[Settings, None]]]] = defaultdict(lambda: defaultdict(dict))
        """The settings of each side, by exchange and sample."""
        self._variants: list[tuple[str, dict[str, SideAnswers]]] | None = None
        self._known: set[tuple[int, str, Settings]] = set()
        self._first: dict[int, dict[str, Settings]] = {}
        """The settings that each side was asked with first, by exchange."""

    def add(
        self,
        answer: Answer,
        settings: Settings,
        findings: Sequence[Finding],
        condition: str | None = None,
        compared_with: int | None = None,
    ) -> None:
        """Count an answer. `compared_with`: the exchange whose answers it is compared with, if not its own."""
        own = self.answers.get((answer.side, settings))
        if own is None:
            own = self.answers[answer.side, settings] = SideAnswers(
                answer.endpoint or "", settings, condition or answer.condition
            )
        if not answer.finished:
            own.unfinished += 1
            return
        own.finished[answer.exchange] += 1
        own.empty += is_empty(answer)
        own.thinking += went_into_thinking(answer)
        own.texts[identity(answer)] += 1
        own.samples.add(sample_key(answer))
        self._count_first(own, answer, findings)
        self._count(own.counts, findings, answer.prompt, add_to)
        self._note(answer, settings, compared_with)

    def change(self, answer: Answer, settings: Settings, gone: Sequence[Finding], new: Sequence[Finding]) -> None:
        """Count new findings in an answer that is counted already, and take back those that are gone."""
        own = self.answers[answer.side, settings]
        text = identity(answer)
        first = own.first.get(text)
        changed = [own.counts]
        if first is not None and first.sample == sample_key(answer):
            changed.append(own.draws)
            kept = [finding for finding in first.findings if finding not in gone]
            own.first[text] = first._replace(findings=(*kept, *new))
        for counts in changed:
            self._count(counts, gone, answer.prompt, take_from)
            self._count(counts, new, answer.prompt, add_to)
        if sample_key(answer) in own.labelled:
            own.labelled[sample_key(answer)].findings = judged_empty(answer)

    def _count_first(self, own: SideAnswers, answer: Answer, findings: Sequence[Finding]) -> None:
        """Of equal texts only the one that was asked for first counts as a draw, in whatever order they are read."""
        text = identity(answer)
        new, known = FirstOfText(sample_key(answer), answer.prompt, tuple(findings)), own.first.get(text)
        if known is None or new.sample < known.sample:
            if known is not None:
                self._count(own.draws, known.findings, known.prompt, take_from)
            self._count(own.draws, new.findings, new.prompt, add_to)
            own.first[text] = new

    def variants(self) -> list[tuple[str, dict[str, SideAnswers]]]:
        """The ways in which the question was asked: the name of each way, and the answers of each side."""
        if self._variants is None:
            found = self._found_variants()
            named = zip(differing(found), found, strict=True)
            self._variants = [
                (name, {side: self.answers[side, settings] for side, settings in each.items()}) for name, each in named
            ]
        return self._variants

    def settings(self, exchange: int) -> str | None:
        """The name of the way in which an exchange was asked, by the first answers of its sides; None before one is
        counted."""
        first = self._first.get(exchange)
        for name, sides in self.variants() if first is not None else ():
            if all(answers_with(sides, side, own) for side, own in (first or {}).items()):
                return name
        return None

    def _count(
        self, counts: dict[MeasureKey, Count], findings: Iterable[Finding], prompt: str, work: CountChange
    ) -> None:
        for finding in findings:
            key = finding.detector, finding.label, finding.kind
            self.keys.setdefault(key)
            count = counts.get(key) or counts.setdefault(key, Count())
            of_values = Measure(*key, "").of_values
            for each in (count, count.by_prompt.get(prompt) or count.by_prompt.setdefault(prompt, Count())):
                work(each, finding, of_values)

    def _note(self, answer: Answer, settings: Settings, compared_with: int | None) -> None:
        """Note which settings were asked together. The ways of asking are worked out again only after a new one."""
        exchange = answer.exchange if compared_with is None else compared_with
        self._together[exchange][answer.sample].setdefault(answer.side, {})[settings] = None
        self._first.setdefault(exchange, {}).setdefault(answer.side, settings)
        known = exchange, answer.side, settings
        if known not in self._known:
            self._known.add(known)
            self._variants = None

    def _found_variants(self) -> list[dict[str, Settings]]:
        """The settings of sides that were asked together. A side that was asked alone joins the first way that it
        fits."""
        together = [variant for samples in self._together.values() for variant in _in_one_exchange(samples.values())]
        found: list[tuple[int, dict[str, Settings]]] = []
        # Ways with most sides come first, so that a side that was asked alone can join them.
        for order, asked in sorted(enumerate(together), key=lambda each: -len(each[1])):
            _join(found, order, asked, at_once=False)
        return [variant for _, variant in sorted(found, key=lambda each: each[0])]


def _in_one_exchange(samples: Iterable[Mapping[str, Iterable[Settings]]]) -> list[dict[str, Settings]]:
    """The ways in which one exchange was asked: settings of the same sample belong together."""
    found: list[tuple[int, dict[str, Settings]]] = []
    for sides in samples:
        for chosen in _combinations(sides):
            _join(found, len(found), chosen, at_once=True)
    return [variant for _, variant in found]


def _combinations(sides: Mapping[str, Iterable[Settings]]) -> Iterator[dict[str, Settings]]:
    """The ways in which settings of several sides may belong together: all of them. Of more sides than a pair has they
    would be too many: then the first ones of all sides belong together, the second ones, and so on."""
    if len(sides) <= len(SIDE_NAMES):
        for chosen in product(*([(side, one) for one in own] for side, own in sides.items())):
            yield dict(chosen)
        return
    asked = {side: list(own) for side, own in sides.items()}
    for place in range(max(map(len, asked.values()))):
        yield {side: own[min(place, len(own) - 1)] for side, own in asked.items()}


def _join(found: list[tuple[int, dict[str, Settings]]], order: int, asked: dict[str, Settings], at_once: bool) -> None:
    """Add settings to the first way of asking that they do not contradict, or else as a new way. Settings that were not
    asked at once must also belong to that way."""
    for index, (earlier, known) in enumerate(found):
        fits = all(known.get(side, one) == one for side, one in asked.items())
        if fits and (at_once or _belong(known, asked)):
            known.update(asked)
            found[index] = min(earlier, order), known
            return
    found.append((order, dict(asked)))


def _belong(known: Mapping[str, Settings], asked: Mapping[str, Settings]) -> bool:
    """Whether settings of two exchanges may be compared: one side has the same in both, or all sides were asked in the
    same manner."""
    return any(side in known for side in asked) or len({one.manner for one in (*known.values(), *asked.values())}) == 1
