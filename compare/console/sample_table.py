"""The table of all answers to one question: rows that can be sorted, filtered and folded, and what the sides have in
common."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, NamedTuple

from diptych.compare.console.exchange import Exchange
from diptych.compare.counts import Measure
from diptych.compare.stats import Trials
from diptych.detectors import Finding, LineReader, Outcome
from diptych.probes import Probe
from diptych.sessions import NO, YES, Answer

Order = Literal["number", "finding", "bucket", "length"]
ORDERS: tuple[Order, ...] = ("number", "finding", "bucket", "length")
"""number: as they were asked for; finding: those that show the measure first; bucket: excluded ones first; length: the
longest first."""

_OUTCOMES: tuple[Outcome, ...] = ("present", "absent", "excluded")

_OPENING = 400
"""Characters at the beginning of an answer: enough for a row."""

Key = tuple[int, int]
"""Exchange and sample number: the same for answers of several sides that were asked for together."""


@dataclass(frozen=True)
class Sample:
    """One answer, with what its row shows."""

    id: int
    """Its number in the store."""
    answer: Answer
    copies: int = 1
    """How many identical answers it stands for, itself included, when they are folded."""

    @property
    def key(self) -> Key:
        """The same for the samples of other sides that were asked for together with it."""
        return self.answer.exchange, self.answer.sample

    @property
    def said(self) -> tuple[str, str, str]:
        """Prompt, text and state: the same for answers that are folded into one row."""
        return self.answer.prompt, self.answer.text, self.answer.state

    @cached_property
    def initials(self) -> str:
        """The first letters of its lines; "·" for a line that does not begin with a letter."""
        answer = self.answer
        reader = LineReader(answer.prefix)
        found = [*reader.feed(answer.text), *reader.flush()]
        return "".join(initial.letter or "·" for initial in found if initial.offset >= 0)

    @cached_property
    def spelled(self) -> str:
        """The word that the acrostic detector found in its initials; "" where it found none."""
        spelling = (f for f in self.answer.findings if f.detector == "acrostic" and f.outcome == "present")
        return next((finding.value for finding in spelling), "")

    @cached_property
    def opening(self) -> str:
        """Its beginning, in one line."""
        return " ".join(self.answer.text[:_OPENING].split())

    def finding(self, measure: Measure | None) -> Finding | None:
        """The finding that a measure counts; None where there is none."""
        if measure is None:
            return None
        return next((f for f in self.answer.findings if _counts_for(f, measure)), None)


def _counts_for(finding: Finding, measure: Measure) -> bool:
    return (finding.detector, finding.label, finding.kind) == (measure.detector, measure.label, measure.kind)


@dataclass(frozen=True)
class Filter:
    """Which answers are shown; all of them by default."""

    outcome: Outcome | None = None
    """The outcome of the measure that is shown."""
    bucket: str = ""
    """The reason for which the answer was excluded."""
    text: str = ""
    """Text that the answer contains, in upper or lower case."""
    disputed: bool = False
    """Only answers of which detectors, judges and people do not say the same."""

    def passes(self, sample: Sample, measure: Measure | None, said: Mapping[int, str] = {}) -> bool:
        """Whether an answer is shown. `said`: what people said of picked answers, by their number."""
        finding = sample.finding(measure)
        if self.disputed and not (measure is not None and is_disputed(sample, measure, said.get(sample.id, ""))):
            return False
        if self.outcome is not None and (finding is None or finding.outcome != self.outcome):
            return False
        if self.bucket and (finding is None or finding.bucket != self.bucket):
            return False
        return not self.text or self.text.casefold() in sample.answer.text.casefold()


def is_disputed(sample: Sample, measure: Measure, said: str) -> bool:
    """Whether detectors and judges of a measure, and a person who `said` yes or no, do not say the same of an
    answer."""
    outcomes = {f.outcome for f in sample.answer.findings if f.label == measure.label and f.outcome != "excluded"}
    if said in (YES, NO):
        outcomes.add("present" if said == YES else "absent")
    return len(outcomes) > 1


def filter_choices(buckets: Iterable[str], several_say: bool) -> list[Filter]:
    """What can be filtered for, besides a text: all, then each outcome, then each of several buckets, then what is
    disputed, where `several_say` something of the measure."""
    each = [Filter("excluded", bucket) for bucket in sorted(buckets)]
    outcomes = [Filter(), *map(Filter, _OUTCOMES)]
    return [*outcomes, *(each if len(each) > 1 else []), *([Filter(disputed=True)] if several_say else [])]


@dataclass(frozen=True)
class TableOptions:
    """How the table is sorted and filtered."""

    measure: Measure | None = None
    """The measure by which answers are sorted and filtered."""
    order: Order = "number"
    filter: Filter = field(default_factory=Filter)
    folded: bool = False

    @property
    def as_asked(self) -> bool:
        """Whether every answer stands in the row of its number."""
        return self.order == "number" and self.filter == Filter() and not self.folded


class SampleRow(NamedTuple):
    """One row: an answer of each side; None where a side has none."""

    number: int
    """From 1."""
    samples: tuple[Sample | None, ...]
    coming: bool = False
    """Whether an answer that is missing is still to come."""
    under_way: Collection[int] = ()
    """The sides, by their place, whose answer comes just now."""


def sort(samples: Iterable[Sample], order: Order, measure: Measure | None = None) -> list[Sample]:
    """The answers in an order; ties stay in the order of their numbers."""
    keys: Mapping[Order, Callable[[Sample], tuple[object, ...]]] = {
        "number": lambda sample: (),
        "finding": lambda sample: _rank(sample.finding(measure)),
        "bucket": lambda sample: _bucket(sample.finding(measure)),
        "length": lambda sample: (-sample.answer.tokens, -len(sample.answer.text)),
    }
    return sorted(samples, key=lambda sample: (*keys[order](sample), *sample.key))


def _rank(finding: Finding | None) -> tuple[float, ...]:
    """By the outcome, and of a quantity the highest number first."""
    if finding is None:
        return (len(_OUTCOMES),)
    return _OUTCOMES.index(finding.outcome), -(finding.number or 0.0) if finding.kind == "quantity" else 0.0


def _bucket(finding: Finding | None) -> tuple[object, ...]:
    """Excluded ones first, by their buckets."""
    return (not (finding and finding.bucket), finding.bucket if finding else "")


def fold(samples: Iterable[Sample]) -> list[Sample]:
    """One sample for all answers with the same prompt, text and state, where the first of them stands."""
    folded: dict[tuple[str, str, str], Sample] = {}
    for sample in samples:
        first = folded.get(sample.said)
        folded[sample.said] = replace(first, copies=first.copies + sample.copies) if first is not None else sample
    return list(folded.values())


def sample_rows(
    sides: Sequence[Sequence[Sample]],
    options: TableOptions,
    coming: Iterable[Key] = (),
    under_way: Mapping[Key, Collection[int]] | None = None,
    said: Mapping[int, str] = {},
) -> list[SampleRow]:
    """The answers of all sides as rows. `said`: what people said of picked answers, by their number.

    If the options leave them as they were asked for, samples with one key share a row, and samples that are `coming`,
    or `under_way` on some sides, have a row already. Otherwise each side is sorted and filtered on its own, and a row
    is a rank. Folded rows begin with the most frequent answer.
    """
    if options.as_asked:
        by_key = [{sample.key: sample for sample in samples} for samples in sides]
        to_come, under_way = set(coming), under_way or {}
        keys = sorted({key for samples in by_key for key in samples} | to_come | set(under_way))
        return [
            SampleRow(number, tuple(own.get(key) for own in by_key), key in to_come, under_way.get(key, ()))
            for number, key in enumerate(keys, 1)
        ]
    columns = [_column(samples, options, said) for samples in sides]
    length = max(map(len, columns), default=0)
    return [
        SampleRow(rank + 1, tuple(column[rank] if rank < len(column) else None for column in columns))
        for rank in range(length)
    ]


def _column(samples: Iterable[Sample], options: TableOptions, said: Mapping[int, str]) -> list[Sample]:
    chosen = [sample for sample in samples if options.filter.passes(sample, options.measure, said)]
    ordered = sort(chosen, options.order, options.measure)
    if not options.folded:
        return ordered
    folded = fold(ordered)
    return sorted(folded, key=lambda sample: -sample.copies) if options.order == "number" else folded


def answers_coming(
    exchanges: Iterable[Exchange], sides: Sequence[str], planned: Collection[Key] = ()
) -> dict[Key, list[int]]:
    """The sides, by their place, whose newest answer is under way, by the key of that answer; `planned` are those of
    samples in the background."""
    found: dict[Key, list[int]] = {}
    in_background = set(planned)
    for exchange in exchanges:
        for place, side in enumerate(sides):
            if side in exchange.answers and not exchange.answers[side].ended:
                there = {(exchange.number, answer.sample) for answer in exchange.samples.get(side, {}).values()}
                keys = [(exchange.number, number) for number in range(exchange.drawn[side])]
                missing = [key for key in keys if key not in there and key not in in_background]
                if missing:
                    found.setdefault(missing[-1], []).append(place)
    return found


def opposite(table: Sequence[SampleRow], row: int, side: int, other: int) -> Sample | None:
    """The answer of the side `other` to show beside that of `side` in a row. It is one to the same prompt: that in the
    same row, else that which was asked for at the same time; None where there is neither."""
    sample = table[row].samples[side]
    if sample is None:
        return table[row].samples[other]
    others = [each.samples[other] for each in (table[row], *table)]
    same = [one for one in others if one is not None and one.answer.prompt == sample.answer.prompt]
    if same and same[0] is table[row].samples[other]:
        return same[0]
    return next((one for one in same if one.key == sample.key), None)


class Frequent(NamedTuple):
    """The most frequent answer of a side."""

    text: str
    times: int
    of_others: tuple[int, ...]
    """How often each side gives it, also the side itself."""


class Agreement(NamedTuple):
    """What the sides have in common."""

    finished: tuple[int, ...]
    """How many answers of each side have finished."""
    distinct: tuple[int, ...]
    """How many different texts are among them."""
    identical: tuple[int, ...]
    """How many of them have the same text as another one of their side."""
    frequent: tuple[Frequent | None, ...]
    """The most frequent answer of each side; None where no answer comes twice."""


def agreement(sides: Sequence[Sequence[Sample]]) -> Agreement:
    """What the sides have in common, over all finished answers."""
    finished = [[sample for sample in samples if sample.answer.finished] for samples in sides]
    said = [Counter(sample.answer.text for sample in samples) for samples in finished]
    frequent = []
    for own in said:
        ((text, times),) = own.most_common(1) or [("", 0)]
        frequent.append(Frequent(text, times, tuple(other[text] for other in said)) if times > 1 else None)
    identical = tuple(sum(times for times in own.values() if times > 1) for own in said)
    return Agreement(tuple(map(len, finished)), tuple(map(len, said)), identical, tuple(frequent))


def running_counts(samples: Iterable[Sample], measure: Measure) -> list[Trials]:
    """k of n after each answer that the measure counts, in the order of the answers."""
    k = 0
    course: list[Trials] = []
    for sample in sorted(samples, key=lambda sample: sample.id):
        finding = sample.finding(measure) if sample.answer.finished else None
        if finding is not None and finding.outcome != "excluded":
            k += finding.outcome == "present"
            course.append(Trials(k, len(course) + 1))
    return course


def samples_of(exchanges: Iterable[Exchange], side: str) -> list[Sample]:
    """All answers of a side to some exchanges."""
    return [Sample(id, answer) for exchange in exchanges for id, answer in exchange.samples.get(side, {}).items()]


def question_of(exchange: Exchange, exchanges: Iterable[Exchange], all_wordings: bool = False) -> list[Exchange]:
    """The exchanges with the same group as one of them, and the same prompt; with `all_wordings` any prompt."""
    same = [other for other in exchanges if other.group == exchange.group]
    return same if all_wordings else [other for other in same if other.prompt == exchange.prompt]


def wordings_of(exchange: Exchange, exchanges: Iterable[Exchange], probe: Probe | None) -> list[str]:
    """All prompts that ask what an exchange asks: those of its condition in the probe, and whatever was asked."""
    condition = probe.condition(exchange.condition) if probe is not None else None
    written = condition.prompts if condition is not None and exchange.prompt in condition.prompts else ()
    asked = (other.prompt for other in question_of(exchange, exchanges, all_wordings=True))
    return list(dict.fromkeys((*written, *asked)))
