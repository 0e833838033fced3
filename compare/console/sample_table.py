"""All answers to one question, side by side: as rows that are sorted, filtered and folded, and what they agree in."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, NamedTuple

from diptych.compare.console.exchange import Exchange
from diptych.compare.counts import Measure
from diptych.compare.stats import Trials
from diptych.detectors import Finding, LineReader, Outcome
from diptych.probes import Probe
from diptych.sessions import Answer

Order = Literal["number", "finding", "bucket", "length"]
ORDERS: tuple[Order, ...] = ("number", "finding", "bucket", "length")
"""By number as they were asked for; finding: what shows the measure first; length: the longest first."""

_OUTCOMES: tuple[Outcome, ...] = ("present", "absent", "excluded")

_OPENING = 400
"""Characters of an answer that are enough for a row."""

Key = tuple[int, int]
"""Exchange and sample: the same for answers of several sides that were asked for together."""


@dataclass(frozen=True)
class Sample:
    """One answer, with what a row shows of it."""

    id: int
    """Its number in the store."""
    answer: Answer
    copies: int = 1
    """How many answers it stands for, itself included, where identical ones are folded."""

    @property
    def key(self) -> Key:
        """Which samples of other sides it was asked for with."""
        return self.answer.exchange, self.answer.sample

    @property
    def said(self) -> tuple[str, str, str]:
        """To what it said what, and how it ended: the same for answers that are folded."""
        return self.answer.prompt, self.answer.text, self.answer.state

    @cached_property
    def initials(self) -> str:
        """The initials of its lines; "·" for a line that begins with none."""
        answer = self.answer
        reader = LineReader(answer.prefix)
        found = [*reader.feed(answer.text), *reader.flush()]
        return "".join(initial.letter or "·" for initial in found if initial.offset >= 0)

    @cached_property
    def spelled(self) -> str:
        """What its initials were found to spell; "" where they spell nothing that is looked for."""
        spelling = (f for f in self.answer.findings if f.detector == "acrostic" and f.outcome == "present")
        return next((finding.value for finding in spelling), "")

    @cached_property
    def opening(self) -> str:
        """Its beginning, in one line."""
        return " ".join(self.answer.text[:_OPENING].split())

    def finding(self, measure: Measure | None) -> Finding | None:
        """What a measure made of it."""
        if measure is None:
            return None
        return next((f for f in self.answer.findings if _counts_for(f, measure)), None)


def _counts_for(finding: Finding, measure: Measure) -> bool:
    return (finding.detector, finding.label, finding.kind) == (measure.detector, measure.label, measure.kind)


@dataclass(frozen=True)
class Filter:
    """Which answers are shown; all of them where nothing is said."""

    outcome: Outcome | None = None
    """Of the measure that is looked at."""
    bucket: str = ""
    """Why it was excluded."""
    text: str = ""
    """Contained in the answer, in upper or lower case."""

    def passes(self, sample: Sample, measure: Measure | None) -> bool:
        """Whether an answer is shown."""
        finding = sample.finding(measure)
        if self.outcome is not None and (finding is None or finding.outcome != self.outcome):
            return False
        if self.bucket and (finding is None or finding.bucket != self.bucket):
            return False
        return not self.text or self.text.casefold() in sample.answer.text.casefold()


@dataclass(frozen=True)
class TableOptions:
    """How the answers are looked at."""

    measure: Measure | None = None
    """What they are sorted and filtered by."""
    order: Order = "number"
    filter: Filter = field(default_factory=Filter)
    folded: bool = False

    @property
    def as_asked(self) -> bool:
        """Whether every answer has the row of its number."""
        return self.order == "number" and self.filter == Filter() and not self.folded


class SampleRow(NamedTuple):
    """One row: an answer of each side, or none where a side has none there."""

    number: int
    """From 1."""
    samples: tuple[Sample | None, ...]
    coming: bool = False
    """Whether an answer that is not there is on its way."""


def sort(samples: Iterable[Sample], order: Order, measure: Measure | None = None) -> list[Sample]:
    """The answers in an order; those that are alike in it stay in the order of their numbers."""
    keys: Mapping[Order, Callable[[Sample], tuple[object, ...]]] = {
        "number": lambda sample: (),
        "finding": lambda sample: (_rank(sample.finding(measure)),),
        "bucket": lambda sample: _bucket(sample.finding(measure)),
        "length": lambda sample: (-sample.answer.tokens, -len(sample.answer.text)),
    }
    return sorted(samples, key=lambda sample: (*keys[order](sample), *sample.key))


def _rank(finding: Finding | None) -> int:
    return _OUTCOMES.index(finding.outcome) if finding is not None else len(_OUTCOMES)


def _bucket(finding: Finding | None) -> tuple[object, ...]:
    """Excluded ones first, by their buckets."""
    return (not (finding and finding.bucket), finding.bucket if finding else "")


def fold(samples: Iterable[Sample]) -> list[Sample]:
    """One row for answers that say the same and ended alike, where the first of them stands."""
    folded: dict[tuple[str, str, str], Sample] = {}
    for sample in samples:
        first = folded.get(sample.said)
        folded[sample.said] = replace(first, copies=first.copies + sample.copies) if first is not None else sample
    return list(folded.values())


def sample_rows(
    sides: Sequence[Sequence[Sample]], options: TableOptions, coming: Iterable[Key] = ()
) -> list[SampleRow]:
    """The answers of all sides as rows.

    As they were asked for, samples that belong together share a row, and those that are `coming` have theirs already.
    In any other order or choice each side has its own, and rows are ranks; folded ones begin with the most frequent.
    """
    if options.as_asked:
        by_key = [{sample.key: sample for sample in samples} for samples in sides]
        to_come = set(coming)
        keys = sorted({key for samples in by_key for key in samples} | to_come)
        return [
            SampleRow(number, tuple(own.get(key) for own in by_key), key in to_come)
            for number, key in enumerate(keys, 1)
        ]
    columns = [_column(samples, options) for samples in sides]
    length = max(map(len, columns), default=0)
    return [
        SampleRow(place + 1, tuple(column[place] if place < len(column) else None for column in columns))
        for place in range(length)
    ]


def _column(samples: Iterable[Sample], options: TableOptions) -> list[Sample]:
    chosen = [sample for sample in samples if options.filter.passes(sample, options.measure)]
    ordered = sort(chosen, options.order, options.measure)
    if not options.folded:
        return ordered
    folded = fold(ordered)
    return sorted(folded, key=lambda sample: -sample.copies) if options.order == "number" else folded


def opposite(table: Sequence[SampleRow], place: int, side: int, other: int) -> Sample | None:
    """The answer of another side that one is read beside: to the same prompt, in its row, else asked for together with
    it, else the first there is."""
    sample = table[place].samples[side]
    if sample is None:
        return table[place].samples[other]
    others = [row.samples[other] for row in (table[place], *table)]
    same = [one for one in others if one is not None and one.answer.prompt == sample.answer.prompt]
    if same and same[0] is table[place].samples[other]:
        return same[0]
    return next((one for one in same if one.key == sample.key), same[0] if same else None)


class Frequent(NamedTuple):
    """The answer that a side gives most often."""

    text: str
    times: int
    of_others: tuple[int, ...]
    """How often each side gives it, itself included."""


class Agreement(NamedTuple):
    """What the sides have in common."""

    finished: tuple[int, ...]
    """Answers of each side that came to their end."""
    distinct: tuple[int, ...]
    """Different ones among them."""
    frequent: tuple[Frequent | None, ...]
    """Of each side; None where no answer comes twice."""


def agreement(sides: Sequence[Sequence[Sample]]) -> Agreement:
    """What the sides have in common over finished answers, each of them counted once."""
    finished = [[sample for sample in samples if sample.answer.finished] for samples in sides]
    said = [Counter(sample.answer.text for sample in samples) for samples in finished]
    frequent = []
    for own in said:
        ((text, times),) = own.most_common(1) or [("", 0)]
        frequent.append(Frequent(text, times, tuple(other[text] for other in said)) if times > 1 else None)
    return Agreement(tuple(map(len, finished)), tuple(map(len, said)), tuple(frequent))


def running_counts(samples: Iterable[Sample], measure: Measure) -> list[Trials]:
    """k of n after each answer that the measure could judge, in the order in which they were asked for."""
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
    """The exchanges that ask the same, and in the same way, as one of them does; with `all_wordings`, those too that
    ask it in other words. They are counted together."""
    same = [other for other in exchanges if other.group == exchange.group]
    return same if all_wordings else [other for other in same if other.prompt == exchange.prompt]


def wordings_of(exchange: Exchange, exchanges: Iterable[Exchange], probe: Probe | None) -> list[str]:
    """All prompts that ask what an exchange asks: those of its condition in the probe, and whatever was asked."""
    condition = probe.condition(exchange.condition) if probe is not None else None
    written = condition.prompts if condition is not None and exchange.prompt in condition.prompts else ()
    asked = (other.prompt for other in question_of(exchange, exchanges, all_wordings=True))
    return list(dict.fromkeys((*written, *asked)))
