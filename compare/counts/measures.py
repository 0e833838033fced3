"""How often each side shows what a detector looks for."""

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from diptych.compare.stats import Trials
from diptych.detectors import Finding, Kind
from diptych.sessions import UNSURE, YES

_IN_ITS_VALUE = frozenset(("choice", "yes-no", "word-list", "language", "answer-property"))
"""Detectors whose value is what the answer said, even if it is not the value that they look for."""
OF_MEANING = frozenset(("refusal", "accepts", "self-claim", "self-explanation", "early-explanation", "faking-lexicon"))
"""Detectors that read what an answer means. Their recall differs by model and register."""

_OF_VALUE_ALONE = frozenset(("answer-property",))
"""Detectors of which only the value counts: every answer has a first word."""

OWN_TEXT = "own text"
"""The detector of the findings of the own-text test."""
SCORED_BY = "scored by "
"""How the detectors of the findings begin that are means of a side's scores."""
RECOGNITION = "recognition"
"""The detector of the answers in which a side says which of two texts is its own."""
PICKS_OWN = "picks its own text"
PICKS_FIRST = "picks the first text"


def is_of_scores(detector: str) -> bool:
    """Whether findings of that name come from scores of sides, and not from a detector or a judge."""
    return detector == OWN_TEXT or detector.startswith(SCORED_BY)


class Measure(NamedTuple):
    """One thing that is counted, for one group of answers to the same question."""

    detector: str
    label: str
    kind: Kind
    group: str
    """The condition, or the prompt of a free question. Rates are only compared within one group."""
    settings: str = ""
    """The settings that set these answers apart from others to the same question, e.g. "temperature 1"; "" if none
    do."""

    @property
    def asked(self) -> str:
        """The group and the settings that set it apart, for a reader."""
        return asked_as(self.group, self.settings)

    @property
    def of_meaning(self) -> bool:
        """Whether the detector reads what an answer means, and so finds some wordings more often than others."""
        return self.detector in OF_MEANING

    @property
    def of_means(self) -> bool:
        """Whether only the mean of its numbers counts: nothing is there or not, so there is no rate."""
        return self.kind == "quantity"

    @property
    def of_scores(self) -> bool:
        """Whether it comes from scores of sides. Nobody can label it, and it says nothing of what an answer shows."""
        return is_of_scores(self.detector)

    @property
    def of_value_alone(self) -> bool:
        """Whether it says nothing that an answer shows it, because only its value counts."""
        return self.detector in _OF_VALUE_ALONE

    @property
    def is_comparison(self) -> bool:
        """Whether the rate of each side already compares it with another side, or with even chances. The difference of
        two such rates says which side is surer of everything, or has the better texts, and nothing of its own text."""
        if self.detector == RECOGNITION:
            return self.label.startswith((PICKS_OWN, PICKS_FIRST))
        return self.detector == OWN_TEXT

    @property
    def of_recognition(self) -> bool:
        """Whether it counts what sides call their own."""
        return self.detector == RECOGNITION

    @property
    def of_values(self) -> bool:
        """Whether the value of each answer is what it said, so that the sides' values can be compared."""
        return self.detector in _IN_ITS_VALUE


class Labelled(NamedTuple):
    """What people said of counted answers that were picked at random."""

    present: Trials = Trials(0, 0)
    """Of those in which the detector saw the pattern: in how many people see it."""
    absent: Trials = Trials(0, 0)
    """Of those in which the detector did not see it: in how many people do."""
    unsure: int = 0
    """Of how many people could not say it. They are left out."""

    @property
    def n(self) -> int:
        """How many labels there are that say yes or no."""
        return self.present.n + self.absent.n

    def with_label(self, present: bool, said: str) -> "Labelled":
        """The same with one more label. `present`: whether the detector saw the pattern."""
        if said == UNSURE:
            return self._replace(unsure=self.unsure + 1)
        k, n = self.present if present else self.absent
        more = Trials(k + (said == YES), n + 1)
        return self._replace(present=more) if present else self._replace(absent=more)


@dataclass
class Count:
    """k of n answers that show a pattern, what they said, and how many could not be judged. Of a measure of means n is
    0: it has numbers alone."""

    k: int = 0
    n: int = 0
    excluded: Counter[str] = field(default_factory=Counter)
    numbers: list[float] = field(default_factory=list)
    """The numbers that were read in the answers, or the probabilities of the target."""
    values: Counter[str] = field(default_factory=Counter)
    """How often each value was given. Unless this is a measure of values, only answers that show the pattern have
    one."""
    by_prompt: dict[str, "Count"] = field(default_factory=dict)
    """The same counts for each wording of the question."""
    planned: bool = False
    """Whether as many answers finished as were planned beforehand. The kind of interval depends on it."""
    labelled: Labelled = field(default_factory=Labelled)
    """Labels that correct the rate. Only the count over all wordings has them."""

    @property
    def mean(self) -> float | None:
        """The mean of the numbers; None if there are none."""
        return math.fsum(self.numbers) / len(self.numbers) if self.numbers else None


def asked_as(group: str, settings: str) -> str:
    """A group and the settings that set it apart, for a reader."""
    return f"{group} · {settings}" if settings else group


def add_to(count: Count, finding: Finding, any_value: bool) -> None:
    """Count a finding. `any_value`: count its value even if the pattern is absent."""
    if finding.outcome == "excluded":
        count.excluded[finding.bucket] += 1
        return
    if finding.number is not None:
        count.numbers.append(finding.number)
    if finding.kind == "quantity":
        return
    count.n += 1
    count.k += finding.outcome == "present"
    if finding.value and (any_value or finding.outcome == "present"):
        count.values[finding.value] += 1


def take_from(count: Count, finding: Finding, any_value: bool) -> None:
    """Undo `add_to` for a finding that was counted."""
    if finding.outcome == "excluded":
        count.excluded -= Counter((finding.bucket,))
        return
    if finding.number is not None:
        count.numbers.remove(finding.number)
    if finding.kind == "quantity":
        return
    count.n -= 1
    count.k -= finding.outcome == "present"
    if finding.value and (any_value or finding.outcome == "present"):
        count.values -= Counter((finding.value,))
