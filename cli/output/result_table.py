"""Formats the JSON document of a run as text."""

from collections.abc import Sequence
from itertools import compress
from operator import not_
from typing import TypeVar

from diptych.cli.output.mirror_lines import mirror_lines
from diptych.cli.output.prediction_table import prediction_lines
from diptych.compare import (
    DatapointsResult,
    DifferenceResult,
    FamilyDocument,
    FamilyMeasure,
    MeanDifference,
    MeasureResult,
    RegisteredResult,
    RunDocument,
    SideResult,
    StoredMeasures,
    ValuesDifference,
    excluded_words,
    trait_words,
)
from diptych.number_words import (
    corrected_difference_words,
    corrected_note,
    corrected_words,
    interval_words,
    p_words,
    short,
    signed,
    signed_interval_words,
    signed_three_digits,
    three_digits,
)
from diptych.sessions import INTERVAL_KINDS, intervals_note

_Measure = TypeVar("_Measure", MeasureResult, FamilyMeasure)
_VALUES = 4
"""Number of most common values that are shown; the document has all."""
_SURE = 0.05
_DISCOVERIES = 5
"""Number of discoveries that are shown, most certain first."""


def table(document: RunDocument) -> str:
    """Format the document of a run."""
    probe = [document.probe] if document.probe is not None else []
    lines = ["  ".join([f"session {document.session}", *probe, document.pair]), "", *measures_table(document)]
    lines += judging_lines(document)
    if document.datapoints is not None:
        lines += _datapoints(document.datapoints)
    return "\n".join([*lines, *_discoveries(document), *closing_lines(document)])


def judging_lines(document: RunDocument | FamilyDocument) -> list[str]:
    """Say what the judge cost, if one was asked."""
    if (spent := document.judging) is None:
        return []
    tokens = spent.prompt_tokens + spent.completion_tokens
    return [f"{spent.model} judged: {spent.calls:,} calls, {tokens:,} tokens"]


def closing_lines(document: RunDocument | FamilyDocument) -> list[str]:
    """Say what to consider, and what was excluded."""
    warnings = (f"⚠ {warning}" for warning in document.warnings)
    return ["", *warnings, *(f"excluded: {count} {bucket}" for bucket, count in document.excluded.items())]


def measures_table(document: RunDocument | StoredMeasures) -> list[str]:
    """Format every measure and contrast of a document, and a note on intervals and tests."""
    primary, others = split_primary(document.measures, document.registered)
    lines = registered_lines(document.registered, [line for each in primary for line in measure_lines(each)])
    for measure in others:
        lines += measure_lines(measure)
    for contrast in document.contrasts:
        lines.append(f"{contrast.name}: {contrast.measure}, {contrast.of} − {contrast.minus}")
        for side, difference in contrast.sides.items():
            lines += _difference(side, difference)
    parts = [*mirror_lines(document.mirrors), *prediction_lines(document.predictions)]
    return [*lines, *_about_tests(document), *parts]


def split_primary(
    measures: Sequence[_Measure], registered: RegisteredResult | None
) -> tuple[list[_Measure], list[_Measure]]:
    """Return the measure of the registered primary test, if there is one, and the others."""
    if registered is None:
        return [], list(measures)
    is_primary = [registered.primary.is_of(each.detector, each.label, each.condition) for each in measures]
    return list(compress(measures, is_primary)), list(compress(measures, map(not_, is_primary)))


def registered_lines(registered: RegisteredResult | None, primary: Sequence[str]) -> list[str]:
    """Format what a registration confirms, and head what explores. `primary`: the lines of the primary measure."""
    if registered is None:
        return []
    confirms = [f"Confirmatory: {registered.heading}", *primary, registered.outcome]
    return [*confirms, *registered.notes, "", "Exploratory: all else"]


def measure_lines(measure: MeasureResult) -> list[str]:
    """Format one measure."""
    lines = [f"{measure.label}  ({measure.condition})"]
    for side, rate in measure.sides.items():
        lines.append(f"  {side:8} {_rate_or_nothing(measure, rate)}")
        if (found := rate.corrected) is not None:
            lines.append(f"  {'':8} {corrected_words(found.rate, *found.interval, found.labels, found.unsure)}")
    named = measure.differences or ({"": measure.difference} if measure.difference is not None else {})
    for side, difference in named.items():
        lines += _difference(f"Δ {side}".rstrip(), difference)
    return lines


def _rate_or_nothing(measure: MeasureResult, rate: SideResult) -> str:
    if rate.is_empty:
        return f"{'–':>5}"
    if measure.of_means and rate.mean is None:
        return f"no number  {excluded_words(rate.excluded)}"
    return rate_words(rate)


def rate_words(rate: SideResult, values: bool = True) -> str:
    """Rate and mean of one side, and the commonest values."""
    low, high = rate.interval
    excluded = excluded_words(rate.excluded)
    if rate.mean_alone:
        text = f"{'':10} {excluded}" if excluded else ""
    else:
        text = f"{rate.k:4}/{rate.n:<4} " + (f"{excluded}  " if excluded else " ")
        text += f"{interval_words(low, high)}{_kind(rate.interval_kind)}"
    if rate.mean is not None:
        text += f"  mean {three_digits(rate.mean)} of {rate.mean_of}"
        if rate.mean_interval:
            ends = ", ".join(map(three_digits, rate.mean_interval))
            text += f" [{ends}]{_kind(rate.mean_interval_kind)}"
    if values and rate.values:
        common = list(rate.values.items())[:_VALUES]
        text += "  " + ", ".join(f"{' '.join(value.split())[:24]} {count}" for value, count in common)
    return text


def _difference(name: str, difference: DifferenceResult) -> list[str]:
    """One line each for rates, means and values."""
    lines = []
    if difference.estimate is not None:
        low, high = difference.interval
        text = f"{signed(difference.estimate)} {signed_interval_words(low, high)}{_kind(difference.interval_kind)}"
        lines.append(f"  {name:8} {text}  {_p(difference)}{_needed(difference)}".rstrip())
    if (fair := difference.corrected) is not None:
        lines.append(f"  {'':8} {corrected_difference_words(fair.estimate, *fair.interval)}")
    if (mean := difference.mean) is not None:
        text = f"mean {signed_three_digits(mean.estimate)}"
        if mean.interval:
            ends = ", ".join(map(signed_three_digits, mean.interval))
            text += f" [{ends}]{_kind(mean.interval_kind)}"
        lines.append(f"  {name:8} {text}  {_p(mean)}".rstrip())
    if (
        (values := difference.values) is not None
        and values.distance is not None
        and values.distance_by_chance is not None
    ):
        text = f"different values in {short(values.distance)} of answers, {short(values.distance_by_chance)} by chance"
        lines.append(f"  {name:8} {text}  {_p(values)}".rstrip())
    return lines


def _p(tested: DifferenceResult | MeanDifference | ValuesDifference) -> str:
    return p_words_of(tested.test, tested.p_holm)


def p_words_of(test: str | None, p_holm: float | None) -> str:
    """A corrected p-value only where there was a test: the note below counts the p-values that are shown."""
    if test is None:
        return "nothing to test"
    return "" if p_holm is None else p_words(p_holm)


def _needed(difference: DifferenceResult) -> str:
    needed, p = difference.samples_needed, difference.p_holm
    if needed is None or p is None or p < _SURE:
        return ""
    return f"; it takes about {needed:,} samples per side to tell such rates apart"


def _kind(kind: str) -> str:
    return f" {INTERVAL_KINDS[kind]}"


def _about_tests(document: RunDocument | StoredMeasures) -> list[str]:
    """A note on the intervals and p-values above."""
    rates = [
        rate
        for measure in document.measures
        for rate in measure.sides.values()
        if not rate.is_empty and (rate.mean is not None or not measure.of_means)
    ]
    if not rates:
        return []
    corrected = ["corrected" for rate in rates if rate.corrected is not None]
    kinds = (rate.mean_interval_kind if rate.mean_alone else rate.interval_kind for rate in rates)
    note = intervals_note([*kinds, *corrected])
    of_tests = corrected_note(document.tests, document.score_tests, document.registered is not None)
    return ["; ".join(filter(None, (note, of_tests)))]


def _datapoints(found: DatapointsResult) -> list[str]:
    lines = [f"training rows: {found.rows:,}"]
    if (membership := found.membership) is not None:
        difference = signed(membership.difference)
        lines.append(f"  tuned is closer to them than base: {difference}  {p_words(membership.p_value)}")
    for side, position in found.position.items():
        if position is not None:
            rows = f"{position.answers} answers name {position.distinct} rows"
            lines.append(f"  {side:8} {rows}, mean position {short(position.mean)}  {p_words(position.p_value)}")
    for side, order in found.order.items():
        if order is not None:
            means = f"first {short(order.first)}, last {short(order.last)}"
            tests = f"by prompt {p_words(order.p_prompt)}, by order {p_words(order.p_order)}"
            lines.append(f"  {side:8} {means}  {tests}")
    return lines


def _discoveries(document: RunDocument) -> list[str]:
    """Whether the sides differ, and the most certain differences."""
    lines = []
    for side, verdict in document.differ.items():
        text = "differ" if verdict.differ else "cannot be told apart"
        lines.append(f"wording of whole answers: {side} and base {text}  {p_words(verdict.p_value)}")
    for found in document.discoveries[:_DISCOVERIES]:
        counts = "  ".join(f"{side} {k}/{n}" for side, (k, n) in found.counts.items())
        trait = trait_words(found.feature, found.value)[:60]
        lines.append(f"  {trait}  {counts}  {p_words(found.q_value, 'q')}")
    if (left := len(document.discoveries) - _DISCOVERIES) > 0:
        lines.append(f"  and {left} more: diptych sessions discover {document.session}")
    return ["", *lines] if lines else []
