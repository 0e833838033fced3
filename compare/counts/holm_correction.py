"""Corrects the p-values of a document for their number.

Tests of what answers show are corrected together. Those of surprise and entropy are a family of their own: they
explore, and are there only if the sides were made to score the answers, which must not change any other p-value. A
registered primary test stands alone: it was the only one that was to confirm, so it is not corrected, and the others
are corrected without it.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from msgspec.structs import replace

from diptych.compare.counts.measure_results import (
    ContrastResult,
    DifferenceResult,
    MeanDifference,
    MeasureResult,
    ValuesDifference,
)
from diptych.compare.counts.measures import is_of_scores
from diptych.compare.stats import holm
from diptych.sessions import Primary

Test = TypeVar("Test", DifferenceResult, MeanDifference, ValuesDifference)
_Corrected = Callable[[float], float]


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
    """Correct all tests, in two families, without the `primary` one."""
    scored = [is_of_scores(measure.detector) for measure in measures]
    not_scored = [m for m, of in zip(measures, scored, strict=True) if not of]
    shown, with_contrasts, tests = _together(not_scored, contrasts, primary)
    scores, _, score_tests = _together([m for m, of in zip(measures, scored, strict=True) if of], (), None)
    families = iter(shown), iter(scores)
    return CorrectedTests(tuple(next(families[of]) for of in scored), with_contrasts, tests, score_tests)


def _together(
    measures: Sequence[MeasureResult], contrasts: Sequence[ContrastResult], primary: Primary | None
) -> tuple[tuple[MeasureResult, ...], tuple[ContrastResult, ...], int]:
    """One family, and how many tests it has."""
    p_values: list[float] = []

    def collect(p_value: float) -> float:
        p_values.append(p_value)
        return p_value

    # Both passes visit the tests in the same order.
    _visit(measures, contrasts, primary, collect)
    found = iter(holm(p_values))
    return *_visit(measures, contrasts, primary, lambda p_value: next(found)), len(p_values)


def _visit(
    measures: Sequence[MeasureResult],
    contrasts: Sequence[ContrastResult],
    primary: Primary | None,
    p_holm: _Corrected,
) -> tuple[tuple[MeasureResult, ...], tuple[ContrastResult, ...]]:
    in_measures = tuple(_measure(each, primary, p_holm) for each in measures)
    return in_measures, tuple(_contrast(each, p_holm) for each in contrasts)


def _measure(measure: MeasureResult, primary: Primary | None, p_holm: _Corrected) -> MeasureResult:
    if measure.difference is None:
        return measure
    second = list(measure.sides)[1]
    named = measure.differences or {second: measure.difference}
    is_primary = primary is not None and primary.is_of(measure.detector, measure.label, measure.condition)
    alone = primary.side if primary is not None and is_primary else ""
    differences = {name: _difference(each, p_holm, name == alone) for name, each in named.items()}
    first = next(iter(differences.values()))
    return replace(measure, difference=first, differences=differences if measure.differences else {})


def _contrast(contrast: ContrastResult, p_holm: _Corrected) -> ContrastResult:
    return replace(contrast, sides={name: _difference(each, p_holm) for name, each in contrast.sides.items()})


def _difference(difference: DifferenceResult, p_holm: _Corrected, alone: bool = False) -> DifferenceResult:
    """`alone`: its test of the rates is the primary one, and not corrected."""
    own = _test(difference, (lambda p_value: p_value) if alone else p_holm)
    mean = _test(own.mean, p_holm) if own.mean is not None else None
    values = _test(own.values, p_holm) if own.values is not None else None
    return replace(own, mean=mean, values=values)


def _test(test: Test, p_holm: _Corrected) -> Test:
    """With its correction. A p-value of 1 without a test, and an unknown one, are not corrected."""
    if test.p_value is None or test.test is None:
        return test
    return replace(test, p_holm=p_holm(test.p_value))
