"""Results of a family: the document of `diptych run --family` and of a saved session of a family.

Rates are between 0 and 1. Every interval holds 95 % and names its kind: sessions.INTERVAL_KINDS says what each is. x is
in the unit of the family ("dose", "training step"). Members are named by their labels, which are the names of their
sides. `p_holm` is the p-value corrected for all tests of the document; a registered primary test is not corrected.
"""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from diptych.compare.counts.judging_summary import JudgingSummary
from diptych.compare.counts.measure_results import RepeatedAnswers, SideResult
from diptych.compare.counts.mirror_results import MirroredReport
from diptych.compare.counts.prediction_results import PredictionMatrix
from diptych.compare.counts.registered_results import RegisteredResult
from diptych.compare.stats import Crossing, CrossingLag, Direction, Interval, Unit
from diptych.sessions import Scale

Role = Literal["does", "says"]
"""does: the model shows the pattern, its behaviour. says: it talks about the pattern, its self-report."""


class MemberSummary(msgspec.Struct, frozen=True, omit_defaults=True):
    """A member, and how many answers it gave."""

    label: str
    arm: str
    endpoint: str
    model: str
    answers: int
    """Without those that failed."""
    errors: int
    """Answers that failed."""
    x: float | None = None
    seed: int | None = None
    """Of its training run."""


class MeasureName(msgspec.Struct, frozen=True):
    """Names a measure of the document."""

    detector: str
    label: str
    condition: str


class ArmResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """What all members of an arm showed of a measure."""

    members: int
    """Members with an answer that could be judged."""
    k: int
    """Answers that show it."""
    n: int
    """Answers that could be judged."""
    rate: float | None
    """k of n; None where n is 0."""
    interval: Interval
    interval_kind: str
    unit: Unit
    """What the interval speaks of: "models", fine-tunes like these; "questions" and "answers", these models alone."""
    mean: float | None = None
    """Of the numbers that were read in the answers, where there are any."""
    mean_of: int = 0
    """How many numbers these are."""
    mean_interval: Interval | UnsetType | None = UNSET
    """None where there are too few numbers; left out where there is no mean."""
    mean_interval_kind: str = ""


class ArmDifference(msgspec.Struct, frozen=True, omit_defaults=True):
    """An arm minus the first arm: of rates, or of means where a measure has no rates."""

    estimate: float | None
    """None where one of the arms has no answers."""
    interval: Interval | None
    """None where there are too few numbers."""
    interval_kind: str
    unit: Unit
    """What the interval speaks of on the side of this arm."""
    first_unit: Unit
    """And on the side of the first one."""
    p_value: float | None
    """None where no valid one is known."""
    p_holm: float | None
    test: str | None
    """None where there was no test."""


class ArmContrast(msgspec.Struct, frozen=True, omit_defaults=True):
    """An arm in one condition minus the same arm in another: of rates, or of means where a measure has no rates."""

    estimate: float | None
    """None where the arm has no answers in one of them."""
    interval: Interval | None
    """None where there are too few numbers."""
    interval_kind: str
    unit: Unit
    """What the interval speaks of."""
    p_value: float | None
    """None where no valid one is known."""
    p_holm: float | None
    test: str | None
    """None where there was no test."""


class FamilyContrast(msgspec.Struct, frozen=True):
    """What a measure makes of two conditions of the probe, for each arm on its own."""

    name: str
    """For example "compliance gap"."""
    measure: str
    """The label of the measure."""
    of: str
    """The condition from which the other one is subtracted."""
    minus: str
    arms: dict[str, ArmContrast]
    """By name, in the order of the family."""


class CurvePoint(msgspec.Struct, frozen=True, omit_defaults=True):
    """All members of an arm at one x."""

    x: float
    k: int
    n: int
    rate: float | None
    """k of n, or the mean where a measure has no rates; None where there is no answer."""
    interval: Interval | None
    """None where a mean has too few numbers."""
    interval_kind: str
    members: tuple[str, ...]
    """Their labels."""
    fit: float | None = None
    """The isotonic fit at this x; None where there is no answer."""


class CurveResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """The rate of an arm over x. There is one for each arm whose members have at least three x."""

    points: tuple[CurvePoint, ...]
    """By x, the smallest first."""
    direction: Direction
    """Whether the fit rises or falls with x."""
    half: Crossing
    """The x at which the fit crosses half of its own range."""
    first_above: float | None = None
    """The smallest x from which on, up to the greatest, the rate is above that of the first arm."""


class FamilyMeasure(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that a detector or a judge looks for, in the answers to one question."""

    detector: str
    label: str
    condition: str
    """The condition of the probe, or a free question itself; with the form, prefill and settings where they differ."""
    role: Role | None
    """None where it is neither, as surprise and entropy."""
    members: dict[str, SideResult]
    """By label, in the order of the family."""
    arms: dict[str, ArmResult]
    """By name, in the order of the family: the others are compared with the first."""
    differences: dict[str, ArmDifference] = {}
    """Of each other arm to the first."""
    curves: dict[str, CurveResult] = {}
    """Of each arm with at least three x."""

    @property
    def name(self) -> MeasureName:
        """What names it in the document."""
        return MeasureName(self.detector, self.label, self.condition)

    @property
    def of_means(self) -> bool:
        """Whether it has means and no rates."""
        return any(member.mean_alone for member in self.members.values())


class CrossingOrder(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which of two curves of an arm rises first: what the models do, or what they say of it."""

    arm: str
    does: MeasureName
    says: MeasureName
    lag: CrossingLag
    """How much later over x the report crosses half of its range than the behaviour: above 0 the report follows. With a
    scale of "log" it is in units of log10 x."""


class ReportScatter(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the members say against what they do: a point a member."""

    does: MeasureName
    says: MeasureName
    points: dict[str, tuple[float, float]]
    """By label: the rate of what is done, and of what is said."""
    rho: float | None
    """Spearman's rank correlation over members; None where there are too few, or all are alike."""
    interval: Interval | None = None


class FamilyDocument(msgspec.Struct, frozen=True, omit_defaults=True):
    """A family that was asked."""

    session: int
    """The number of the session in the store."""
    probe: str | None
    family: str
    x: str
    """What x is, e.g. "dose"."""
    scale: Scale
    planned: int | None
    """Answers of each member that were planned; None if that is not known."""
    members: tuple[MemberSummary, ...]
    """In the order of the family."""
    measures: tuple[FamilyMeasure, ...]
    orders: tuple[CrossingOrder, ...]
    scatter: tuple[ReportScatter, ...]
    draws: tuple[RepeatedAnswers, ...]
    """Where a member gave equal answers, and as how many samples they count."""
    tests: int
    """How many tests `p_holm` is corrected for."""
    excluded: dict[str, int]
    """Findings that could not be judged, by the reason."""
    warnings: tuple[str, ...]
    """What to consider before trusting the results."""
    judging: JudgingSummary | None = None
    """Only if judges were asked."""
    predictions: PredictionMatrix | None = None
    """Of a probe of predictions: by arm. Members predict themselves and the members of other arms."""
    mirrors: tuple[MirroredReport, ...] = ()
    """Only of a probe of mirrors: whether the report of each arm survives them."""
    registered: RegisteredResult | None = None
    """Only if it was asked under a registration."""
    contrasts: tuple[FamilyContrast, ...] = ()
    """Those of the probe, if it has any."""

    @property
    def arms(self) -> tuple[str, ...]:
        """The names of the arms; the others are compared with the first."""
        return tuple(dict.fromkeys(member.arm for member in self.members))

    def measure(self, name: MeasureName) -> FamilyMeasure:
        """The measure of that name. Raises KeyError."""
        return {measure.name: measure for measure in self.measures}[name]
