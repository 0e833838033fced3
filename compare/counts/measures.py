"""How often each side shows what a detector looks for."""

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from diptych.detectors import Finding, Kind

_IN_ITS_VALUE = frozenset(("choice", "word-list", "language"))
"""Detectors whose value is the answer, also where it is not the one that is looked for."""


class Measure(NamedTuple):
    """One thing that is counted, for one group of answers to the same question."""

    detector: str
    label: str
    kind: Kind
    group: str
    """The condition, or for a free question the prompt itself: rates are compared on the same question only."""
    settings: str = ""
    """What sets these answers apart from others to the same question, as "temperature 1"; "" where nothing does."""

    @property
    def asked(self) -> str:
        """The group with what sets it apart, for a reader."""
        return asked_as(self.group, self.settings)

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
    planned: bool = False
    """Whether so many answers were asked for as were planned before: what interval the count has depends on it."""

    @property
    def mean(self) -> float | None:
        """Of the numbers."""
        return math.fsum(self.numbers) / len(self.numbers) if self.numbers else None


def asked_as(group: str, settings: str) -> str:
    """A group with what sets it apart, for a reader."""
    return f"{group} · {settings}" if settings else group


def add_to(count: Count, finding: Finding, any_value: bool) -> None:
    """Count a finding; `any_value`: its value is what was said, also where it is not what was looked for."""
    if finding.outcome == "excluded":
        count.excluded[finding.bucket] += 1
        return
    count.n += 1
    count.k += finding.outcome == "present"
    if finding.number is not None:
        count.numbers.append(finding.number)
    if finding.value and (any_value or finding.outcome == "present"):
        count.values[finding.value] += 1


def take_from(count: Count, finding: Finding, any_value: bool) -> None:
    """Count a finding no more that was counted."""
    if finding.outcome == "excluded":
        count.excluded -= Counter((finding.bucket,))
        return
    count.n -= 1
    count.k -= finding.outcome == "present"
    if finding.number is not None:
        count.numbers.remove(finding.number)
    if finding.value and (any_value or finding.outcome == "present"):
        count.values -= Counter((finding.value,))
