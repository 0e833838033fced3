"""How the arms of a claim differ in the measures of the trait.

A pair is a family with one member an arm: both are compared here alike, with the intervals and tests that `counts`
gives them.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from diptych.compare.answers import group_of
from diptych.compare.claims.asked_sessions import AskedGroup, ClaimSession
from diptych.compare.counts import Arm, ArmDifference, Count, Measure, arm_difference, arms_of, pooled_count
from diptych.compare.stats import Design, Interval, holm
from diptych.probes import TraitMeasure

LEVEL = 0.05
"""The level of every test on the card."""


class ClaimArms(NamedTuple):
    """The arms that a claim compares."""

    base: Arm
    side: Arm
    """The one of which the claim is made."""
    control: Arm | None
    """One that was trained in another way."""

    @classmethod
    def of(cls, group: AskedGroup, side: str) -> "ClaimArms":
        """Those of a pair or family. Raises KeyError where it has no arm `side`."""
        arms = {arm.name: arm for arm in arms_of(group.sides)}
        base = next(iter(arms.values()))
        return cls(base, arms[side], arms.get("control") if side != "control" else None)


class ArmContrast(NamedTuple):
    """An arm minus another one in one measure of the trait."""

    asked: ClaimSession
    """The session in which it was counted."""
    measure: Measure
    condition: str
    toward: int
    """1 where the trait raises the measure, −1 where it lowers it."""
    difference: ArmDifference
    own: Count
    """The answers of the arm, all members together."""
    other: Count
    design: Design
    """What its test takes as drawn: with one training run an arm, it is about these wordings alone."""
    p_holm: float | None = None
    """Corrected for all measures that the leg looks at; None where no valid p-value is known."""

    @property
    def estimate(self) -> float:
        """How far the arm stands from the other one in the direction of the trait."""
        return self.toward * (self.difference.estimate or 0.0)

    @property
    def interval(self) -> Interval | None:
        """The 95 % interval of that."""
        found = self.difference.interval
        if found is None or self.toward > 0:
            return found
        return Interval(-found.high, -found.low)

    @property
    def holds(self) -> bool:
        """Whether the arm differs in the direction of the trait."""
        return self.differs and self.estimate > 0

    @property
    def opposes(self) -> bool:
        """Whether it differs in the other direction."""
        return self.differs and self.estimate < 0

    @property
    def differs(self) -> bool:
        """Whether it differs at all, after correction."""
        return self.p_holm is not None and self.p_holm <= LEVEL

    @property
    def lies_above(self) -> bool:
        """Whether the interval lies above 0 in the direction of the trait."""
        return self.interval is not None and self.interval.low > 0


class Counted(NamedTuple):
    """Measures of the trait, and the session that has them; None where it was not asked."""

    asked: ClaimSession | None
    measures: Sequence[TraitMeasure]


def contrasts(sources: Sequence[Counted], arm: Arm, other: Arm) -> tuple[ArmContrast, ...]:
    """The arm minus the other one in each of these measures that both were counted in, corrected together (Holm)."""
    found = [
        each
        for asked, measures in sources
        if asked is not None
        for measure in measures
        for each in _of_measure(asked, measure, arm, other)
    ]
    return corrected_together(found)


def corrected_together(found: Sequence[ArmContrast]) -> tuple[ArmContrast, ...]:
    """The same with `p_holm` in each, corrected for all of them (Holm)."""
    p_values = {
        place: each.difference.p_value
        for place, each in enumerate(found)
        if each.difference.test is not None and each.difference.p_value is not None
    }
    corrected = dict(zip(p_values, holm(list(p_values.values())), strict=True))
    return tuple(each._replace(p_holm=corrected.get(place, each.difference.p_holm)) for place, each in enumerate(found))


def _of_measure(asked: ClaimSession, wanted: TraitMeasure, arm: Arm, other: Arm) -> Iterator[ArmContrast]:
    conditions = {group_of(each): each.name for each in asked.probe.conditions}
    names = [[member.name for member in each.members] for each in (arm, other)]
    for measure, counts in asked.tally.measures():
        condition = conditions.get(measure.group)
        if measure.label != wanted.measure or condition is None or wanted.condition not in ("", condition):
            continue
        own, others = (pooled_count(counts, each) for each in names)
        if any(not count.n and not count.numbers for count in (own, others)):
            continue
        difference = arm_difference(other, arm, counts, measure.of_means)
        toward = 1 if wanted.expected == "higher" else -1
        yield ArmContrast(asked, measure, condition, toward, difference, own, others, _design(arm, other, own))


def _design(arm: Arm, other: Arm, own: Count) -> Design:
    sizes = len(arm.by_run), len(other.by_run), len(arm.members), len(other.members)
    of_runs = max(sizes[:2]) > 1
    return Design(max(1, len(own.by_prompt)) if of_runs else 1, *sizes)


def strongest(found: Sequence[ArmContrast]) -> ArmContrast:
    """The contrast that says most for the trait: the smallest p-value in its direction; if all stand in the other one,
    that with the greatest estimate."""
    return min(found, key=lambda each: (each.estimate <= 0, _p(each) if each.estimate > 0 else 0.0, -each.estimate))


def _p(contrast: ArmContrast) -> float:
    p_value = contrast.difference.p_value
    return p_value if p_value is not None else 1.0
