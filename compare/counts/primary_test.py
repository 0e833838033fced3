"""The primary test of a registration, made with the answers of a session."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from diptych.compare.counts.family_arms import arm_difference, arms_of
from diptych.compare.counts.family_results import ArmDifference
from diptych.compare.counts.measure_results import DifferenceResult
from diptych.compare.counts.measures import Count, Measure
from diptych.compare.counts.registered_results import Deviation
from diptych.compare.counts.summaries import difference_result
from diptych.compare.counts.tally import tally_of
from diptych.sessions import Answer, Primary, Session


class PrimaryTest(NamedTuple):
    """What the primary test says."""

    p_value: float | None = None
    name: str | None = None
    """None where there was nothing to test."""
    passed: bool | None = None
    """Whether the p-value is below the threshold; None where there is none."""
    deviations: tuple[Deviation, ...] = ()


def primary_test(session: Session, primary: Primary, answers: Iterable[Answer]) -> PrimaryTest:
    """Make the primary test."""
    for measure, counts in tally_of(session, answers).measures():
        if primary.is_of(measure.detector, measure.label, measure.asked):
            return _tested(_difference(session, primary, measure, counts), primary)
    missing = Deviation("primary", f"the primary measure was not counted: {primary.words}")
    return PrimaryTest(deviations=(missing,))


def _difference(
    session: Session, primary: Primary, measure: Measure, counts: Mapping[str, Count]
) -> DifferenceResult | ArmDifference | None:
    """The difference as the document has it; None where a side or an arm is gone."""
    if session.family is None:
        base, side = (counts.get(name, Count()) for name in (primary.base, primary.side))
        return difference_result(base, side, measure.of_values)
    arms = {arm.name: arm for arm in arms_of(session.sides)}
    if not {primary.base, primary.side} <= arms.keys():
        return None
    return arm_difference(arms[primary.base], arms[primary.side], counts, measure.of_means)


def _tested(found: DifferenceResult | ArmDifference | None, primary: Primary) -> PrimaryTest:
    if found is None or found.estimate is None:
        side = f"{primary.side} and {primary.base}"
        return PrimaryTest(deviations=(Deviation("primary", f"{side} have no answers to compare: {primary.words}"),))
    passed = found.p_value < primary.threshold if found.p_value is not None else None
    other = found.test not in (None, primary.test)
    words = f"the test {primary.test!r} was registered, {found.test!r} was made"
    return PrimaryTest(found.p_value, found.test, passed, (Deviation("primary", words),) if other else ())
