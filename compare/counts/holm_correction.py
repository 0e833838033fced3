"""Corrects the p-values of all tests of a document together."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec.structs import replace

from diptych.compare.counts.measure_results import (
    ContrastResult,
    DifferenceResult,
    MeanDifference,
    MeasureResult,
    ValuesDifference,
)
from diptych.compare.stats import holm

Test = TypeVar("Test", DifferenceResult, MeanDifference, ValuesDifference)
_Corrected = Callable[[float], float]


def corrected(
    measures: Sequence[MeasureResult], contrasts: Sequence[ContrastResult]
) -> tuple[tuple[MeasureResult, ...], tuple[ContrastResult, ...], int]:
    """The same with `p_holm` in every test, and how many tests these are."""
    p_values: list[float] = []

    def collect(p_value: float) -> float:
        p_values.append(p_value)
        return p_value

    # Both passes visit the tests in the same order.
    _visit(measures, contrasts, collect)
    found = iter(holm(p_values))
    return *_visit(measures, contrasts, lambda p_value: next(found)), len(p_values)


def _visit(
    measures: Sequence[MeasureResult], contrasts: Sequence[ContrastResult], p_holm: _Corrected
) -> tuple[tuple[MeasureResult, ...], tuple[ContrastResult, ...]]:
    return tuple(_measure(each, p_holm) for each in measures), tuple(_contrast(each, p_holm) for each in contrasts)


def _measure(measure: MeasureResult, p_holm: _Corrected) -> MeasureResult:
    if measure.difference is None:
        return measure
    if not measure.differences:
        return replace(measure, difference=_difference(measure.difference, p_holm))
    differences = {name: _difference(each, p_holm) for name, each in measure.differences.items()}
    return replace(measure, difference=next(iter(differences.values())), differences=differences)


def _contrast(contrast: ContrastResult, p_holm: _Corrected) -> ContrastResult:
    return replace(contrast, sides={name: _difference(each, p_holm) for name, each in contrast.sides.items()})


def _difference(difference: DifferenceResult, p_holm: _Corrected) -> DifferenceResult:
    own = _test(difference, p_holm)
    mean = _test(own.mean, p_holm) if own.mean is not None else None
    values = _test(own.values, p_holm) if own.values is not None else None
    return replace(own, mean=mean, values=values)


def _test(test: Test, p_holm: _Corrected) -> Test:
    """With its correction. A p-value of 1 without a test, and an unknown one, are not corrected."""
    if test.p_value is None or test.test is None:
        return test
    return replace(test, p_holm=p_holm(test.p_value))
