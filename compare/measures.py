"""How often each side shows what a detector looks for."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from backends import Form
from detectors import Finding, Kind
from sessions import Answer

GUESSING = "guessability"
"""The condition of answers in which the base goes on from another side's answer, to see what it can guess."""

_IN_ITS_VALUE = frozenset(("choice", "word-list", "language"))
"""Detectors whose value is the answer, also where it is not the one that is looked for."""


class Measure(NamedTuple):
    """One thing that is counted, for one group of answers to the same question."""

    detector: str
    label: str
    kind: Kind
    group: str
    """The condition, or for a free question the prompt itself: rates are compared on the same question only."""

    @property
    def of_values(self) -> bool:
        """Whether the value of each answer is what it said, so that sides may differ in what they say."""
        return self.detector in _IN_ITS_VALUE


@dataclass
class Count:
    """k of n answers, what was seen in them, and how many could not be judged."""

    k: int = 0
    n: int = 0
    excluded: Counter[str] = field(default_factory=Counter)
    numbers: list[float] = field(default_factory=list)
    """What was read as a number, or the probability of what was looked for."""
    values: Counter[str] = field(default_factory=Counter)
    """What was said, of a measure of values; of any other, what was seen where it was present."""
    by_prompt: dict[str, "Count"] = field(default_factory=dict)
    """The same of each wording of the question."""

    @property
    def mean(self) -> float | None:
        """Of the numbers."""
        return sum(self.numbers) / len(self.numbers) if self.numbers else None


class Tally:
    """Counts of every measure, side by side. An answer that failed or was stopped is no sample."""

    def __init__(self) -> None:
        self._counts: dict[Measure, dict[str, Count]] = {}

    def add(self, answer: Answer) -> None:
        """Count the findings of one finished answer."""
        if not answer.finished:
            return
        group = group_of(answer.condition, answer.prompt, answer.form, answer.prefill)
        self.count(answer.side, group, answer.prompt, answer.findings)

    def count(self, side: str, group: str, prompt: str, findings: Iterable[Finding]) -> None:
        """Count the findings of one answer of a side to a prompt of a group."""
        self._each(_add, side, group, prompt, findings)

    def take_back(self, side: str, group: str, prompt: str, findings: Iterable[Finding]) -> None:
        """Count findings no more that were counted."""
        self._each(_take_back, side, group, prompt, findings)

    def _each(self, work: "_Work", side: str, group: str, prompt: str, findings: Iterable[Finding]) -> None:
        for finding in findings:
            measure = Measure(finding.detector, finding.label, finding.kind, group)
            count = self._counts.setdefault(measure, {}).setdefault(side, Count())
            for each in (count, count.by_prompt.setdefault(prompt, Count())):
                work(each, finding, measure.of_values)

    def of_group(self, group: str) -> dict[Measure, dict[str, Count]]:
        """The measures of one group of answers."""
        return {measure: sides for measure, sides in self._counts.items() if measure.group == group}

    def measures(self) -> Iterable[tuple[Measure, dict[str, Count]]]:
        """Every measure with its counts by side, in the order in which they were first seen."""
        return self._counts.items()


def group_of(condition: str | None, prompt: str, form: Form = "chat", prefill: str = "") -> str:
    """The group that an answer is counted in: what was asked, and how.

    In the guessability control every answer begins differently, and all to one question are counted together: those
    whose beginning was given to the base apart from those in which it was quoted.
    """
    manner = f" ({form})" if form != "chat" else ""
    if condition == GUESSING:
        return f"{GUESSING}{manner} › {prompt}"
    group = (condition if condition is not None else prompt) + manner
    return f"{group} › {prefill}" if prefill else group


_Work = Callable[[Count, Finding, bool], None]


def _add(count: Count, finding: Finding, any_value: bool) -> None:
    if finding.outcome == "excluded":
        count.excluded[finding.bucket] += 1
        return
    count.n += 1
    count.k += finding.outcome == "present"
    if finding.number is not None:
        count.numbers.append(finding.number)
    if finding.value and (any_value or finding.outcome == "present"):
        count.values[finding.value] += 1


def _take_back(count: Count, finding: Finding, any_value: bool) -> None:
    if finding.outcome == "excluded":
        count.excluded -= Counter((finding.bucket,))
        return
    count.n -= 1
    count.k -= finding.outcome == "present"
    if finding.number is not None:
        count.numbers.remove(finding.number)
    if finding.value and (any_value or finding.outcome == "present"):
        count.values -= Counter((finding.value,))
