"""Corrects the p-values of a document for their number.

Tests of what answers show are corrected together. Those of surprise and entropy are a family of their own: they
explore, and are there only if the sides were made to score the answers, which must not change any other p-value. So
are those of own-text recognition, for the same reason. A registered primary test stands alone: it was the only one that
was to confirm, so it is not corrected, and the others are corrected without it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple, TypeVar, get_args

from msgspec.structs import replace

from diptych.compare.counts.family_results import FamilyMeasure
from diptych.compare.counts.measure_results import (
    ContrastResult,
    DifferenceResult,
    MeanDifference,
    MeasureResult,
    ValuesDifference,
)
from diptych.compare.counts.measures import RECOGNITION, is_of_scores
from diptych.compare.stats import holm
from diptych.sessions import Primary

Test = TypeVar("Test", DifferenceResult, MeanDifference, ValuesDifference)
_Visited = TypeVar("_Visited")
_Measured = TypeVar("_Measured", MeasureResult, FamilyMeasure)
Corrected = Callable[[float], float]
"""Gives the corrected p-value for one as it was found."""
Family = Literal["shown", "scores", "recognition"]
_FAMILIES: tuple[Family, ...] = get_args(Family)


class CorrectedTests(NamedTuple):
    """Measures and contrasts with `p_holm` in every test."""

    measures: tuple[MeasureResult, ...]
    contrasts: tuple[ContrastResult, ...]
    tests: int
    """How many tests were corrected together."""
    score_tests: int
    """How many of surprise and entropy were, apart from these."""


def corrected(
    measures: Sequence[MeasureResult], contrasts: Sequence[ContrastResult], primary: Primary | None = None
) -> CorrectedTests:
    """Correct all tests, in their families, without the `primary` one."""
    members = by_family(measures)
    shown, with_contrasts, tests = _together(members["shown"], contrasts, primary)
    scores, _, score_tests = _together(members["scores"], (), None)
    recognition, _, _ = _together(members["recognition"], (), None)
    found = in_order(measures, {"shown": shown, "scores": scores, "recognition": recognition})
    return CorrectedTests(found, with_contrasts, tests, score_tests)


def by_family(measures: Sequence[_Measured]) -> dict[Family, Sequence[_Measured]]:
    """The measures of each family of tests."""
    return {name: [each for each in measures if _family(each.detector) == name] for name in _FAMILIES}


def in_order(measures: Sequence[_Measured], members: Mapping[Family, Sequence[_Measured]]) -> tuple[_Measured, ...]:
    """The measures of all families, in the order in which they are among `measures`."""
    left = {name: iter(own) for name, own in members.items()}
    return tuple(next(left[_family(each.detector)]) for each in measures)


def _family(detector: str) -> Family:
    if is_of_scores(detector):
        return "scores"
    return "recognition" if detector == RECOGNITION else "shown"


def _together(
    measures: Sequence[MeasureResult], contrasts: Sequence[ContrastResult], primary: Primary | None
) -> tuple[tuple[MeasureResult, ...], tuple[ContrastResult, ...], int]:
    """One family, and how many tests it has."""

    def visit(p_holm: Corrected) -> tuple[tuple[MeasureResult, ...], tuple[ContrastResult, ...]]:
        in_measures = tuple(_measure(each, primary, p_holm) for each in measures)
        return in_measures, tuple(_contrast(each, p_holm) for each in contrasts)

    (found, with_contrasts), tests = holm_over(visit)
    return found, with_contrasts, tests


def holm_over(visit: Callable[[Corrected], _Visited]) -> tuple[_Visited, int]:
    """What `visit` returns with the corrected p-values, and how many these are. It is called twice, and must ask for
    the correction of the same p-values in the same order."""
    p_values: list[float] = []

    def collect(p_value: float) -> float:
        p_values.append(p_value)
        return p_value

    visit(collect)
    found = iter(holm(p_values))
    return visit(lambda p_value: next(found)), len(p_values)


def _measure(measure: MeasureResult, primary: Primary | None, p_holm: Corrected) -> MeasureResult:
    if measure.difference is None:
        return measure
    second = list(measure.sides)[1]
    named = measure.differences or {second: measure.difference}
    is_primary = primary is not None and primary.is_of(measure.detector, measure.label, measure.condition)
    alone = primary.side if primary is not None and is_primary else ""
    differences = {name: _difference(each, p_holm, name == alone) for name, each in named.items()}
    first = next(iter(differences.values()))
    return replace(measure, difference=first, differences=differences if measure.differences else {})


def _contrast(contrast: ContrastResult, p_holm: Corrected) -> ContrastResult:
    return replace(contrast, sides={name: _difference(each, p_holm) for name, each in contrast.sides.items()})


def _difference(difference: DifferenceResult, p_holm: Corrected, alone: bool = False) -> DifferenceResult:
    """`alone`: its test of the rates is the primary one, and not corrected."""
    own = _test(difference, (lambda p_value: p_value) if alone else p_holm)
    mean = _test(own.mean, p_holm) if own.mean is not None else None
    values = _test(own.values, p_holm) if own.values is not None else None
    return replace(own, mean=mean, values=values)


def _test(test: Test, p_holm: Corrected) -> Test:
    """With its correction. A p-value of 1 without a test, and an unknown one, are not corrected."""
    if test.p_value is None or test.test is None:
        return test
    return replace(test, p_holm=p_holm(test.p_value))
