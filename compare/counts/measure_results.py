"""Results of counting: the measures in the document of a run and of a saved session.

Rates are between 0 and 1. Every interval holds 95 % and names its kind: sessions.INTERVAL_KINDS says what each is. A
p-value is None where no valid one is known. `p_holm` is the p-value corrected for all tests of the document; those of
surprise and entropy are corrected apart, and a registered primary test is not corrected. Where `test` is None there was
no test: the counts allow no other outcome, and the p-value is 1.
"""

import msgspec
from msgspec import UNSET, UnsetType

from diptych.compare.counts.mirror_results import MirroredReport
from diptych.compare.counts.prediction_results import PredictionMatrix
from diptych.compare.counts.registered_results import RegisteredResult
from diptych.compare.stats import Interval


class CorrectedResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """A rate as people would have counted it, from their labels of answers that were picked at random."""

    rate: float
    interval: Interval
    labels: int
    """The labels that it rests on."""
    unsure: int = 0
    """Labels that say neither yes nor no; they are left out."""


class CorrectedDifference(msgspec.Struct, frozen=True):
    """A corrected rate minus the first side's."""

    estimate: float
    interval: Interval


class SideResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one side showed of a measure."""

    k: int
    """Answers that show it."""
    n: int
    """Answers that could be judged."""
    rate: float | None
    """k of n; None where n is 0."""
    interval: Interval
    interval_kind: str
    excluded: dict[str, int] = {}
    """Answers that could not be judged, by the reason."""
    mean: float | None = None
    """Of the numbers that were read in the answers, where there are any."""
    mean_of: int = 0
    """How many numbers these are."""
    mean_interval: Interval | UnsetType | None = UNSET
    """None where there are too few numbers; left out where there is no mean."""
    mean_interval_kind: str = ""
    values: dict[str, int] = {}
    """The commonest values, at most 20, with how often each was given."""
    corrected: CorrectedResult | None = None
    """If people labelled answers that were picked at random."""

    @property
    def is_empty(self) -> bool:
        """Whether no answer was counted or excluded."""
        return not self.n and not self.excluded and self.mean is None

    @property
    def mean_alone(self) -> bool:
        """Whether there are numbers and no rate, as for surprise and entropy."""
        return self.mean is not None and not self.n


class MeanDifference(msgspec.Struct, frozen=True):
    """A mean minus the first side's."""

    estimate: float
    interval: Interval | None
    interval_kind: str
    p_value: float | None
    p_holm: float | None
    test: str | None


class ValuesDifference(msgspec.Struct, frozen=True):
    """Whether two sides say different values."""

    distance: float | None
    """The share of answers, 0 to 1, that would have to give another value."""
    distance_by_chance: float | None
    """The expected distance if the sides do not differ."""
    p_value: float | None
    p_holm: float | None
    test: str | None


class DifferenceResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """A rate minus the first side's; in a contrast, the rate in one condition minus that in the other."""

    estimate: float | None
    """None where one of the rates has no answers."""
    interval: Interval
    interval_kind: str
    p_value: float | None
    p_holm: float | None
    test: str | None
    samples_needed: int | None
    """Answers a side that would tell such rates apart with 80 % power; None where there are as many."""
    mean: MeanDifference | None = None
    """Where both sides have numbers."""
    values: ValuesDifference | None = None
    """If the measure is one of values, and more than two different ones were given."""
    corrected: CorrectedDifference | None = None
    """If both rates are corrected."""


class MeasureResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that a detector or a judge looks for, in the answers to one question."""

    detector: str
    label: str
    condition: str
    """The condition of the probe, or a free question itself; with the form, prefill and settings where they differ."""
    sides: dict[str, SideResult]
    difference: DifferenceResult | None = None
    """Of the second side to the first; left out where there is one side."""
    differences: dict[str, DifferenceResult] = {}
    """Of every other side to the first, where there are more than two."""

    @property
    def of_means(self) -> bool:
        """Whether it has means and no rates."""
        return any(side.mean_alone for side in self.sides.values())


class ContrastResult(msgspec.Struct, frozen=True):
    """A measure in one condition minus the same in another, for each side."""

    name: str
    measure: str
    """The label of what is counted."""
    of: str
    minus: str
    sides: dict[str, DifferenceResult]


class RepeatedAnswers(msgspec.Struct, frozen=True):
    """Equal answers of one side to one question, and as how many samples they count."""

    side: str
    condition: str
    answers: int
    identical: int
    """How often the commonest text was given."""
    draws: int
    """Samples that the answers count as."""
    reason: str


class CountedMeasures(msgspec.Struct, frozen=True):
    """Everything that is counted."""

    measures: tuple[MeasureResult, ...]
    contrasts: tuple[ContrastResult, ...]
    draws: tuple[RepeatedAnswers, ...]
    """Where equal answers were given."""
    tests: int
    """How many tests `p_holm` is corrected for."""
    score_tests: int = 0
    """The same for surprise and entropy, whose tests are corrected apart."""
    mirrors: tuple[MirroredReport, ...] = ()
    """Only of a probe of mirrors: whether each report survives them."""


class StoredMeasures(CountedMeasures, frozen=True):
    """The measures of a saved session."""

    warnings: tuple[str, ...] = ()
    predictions: PredictionMatrix | None = None
    """Of a probe of predictions."""
    registered: RegisteredResult | None = None
    """If it was asked under a registration."""
