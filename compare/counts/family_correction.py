"""Corrects the p-values of the document of a family for their number, with Holm's method."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from msgspec.structs import replace

from diptych.compare.counts.family_results import ArmContrast, ArmDifference, FamilyContrast, FamilyMeasure
from diptych.compare.counts.holm_correction import Corrected, by_family, holm_over, in_order
from diptych.sessions import Primary

_Test = TypeVar("_Test", ArmDifference, ArmContrast)


def corrected_family(
    measures: Sequence[FamilyMeasure], contrasts: Sequence[FamilyContrast], primary: Primary | None = None
) -> tuple[tuple[FamilyMeasure, ...], tuple[FamilyContrast, ...], int]:
    """The same with `p_holm` in every test, in the families of tests that the document of a pair has; and how many
    tests of what answers show there are, without the primary one, which stands alone."""
    members = by_family(measures)
    shown, with_arms, tests = _together(members["shown"], contrasts, primary)
    scores, *_ = _together(members["scores"], (), None)
    recognition, *_ = _together(members["recognition"], (), None)
    return in_order(measures, {"shown": shown, "scores": scores, "recognition": recognition}), with_arms, tests


def _together(
    measures: Sequence[FamilyMeasure], contrasts: Sequence[FamilyContrast], primary: Primary | None
) -> tuple[tuple[FamilyMeasure, ...], tuple[FamilyContrast, ...], int]:
    """One family of tests, and how many it has."""

    def visit(p_holm: Corrected) -> tuple[tuple[FamilyMeasure, ...], tuple[FamilyContrast, ...]]:
        tested = (
            replace(each, differences=_tests(each.differences, p_holm, _alone(each, primary))) for each in measures
        )
        return tuple(tested), tuple(replace(each, arms=_tests(each.arms, p_holm)) for each in contrasts)

    (found, with_arms), tests = holm_over(visit)
    return found, with_arms, tests


def _alone(measure: FamilyMeasure, primary: Primary | None) -> str:
    """The arm whose test is the primary one; "" if none is."""
    if primary is None or not primary.is_of(measure.detector, measure.label, measure.condition):
        return ""
    return primary.side


def _tests(tests: Mapping[str, _Test], p_holm: Corrected, alone: str = "") -> dict[str, _Test]:
    """A p-value of 1 without a test, and an unknown one, are not corrected; nor is that of the arm `alone`."""
    return {
        arm: replace(each, p_holm=each.p_value if arm == alone else p_holm(each.p_value))
        if each.test is not None and each.p_value is not None
        else each
        for arm, each in tests.items()
    }
