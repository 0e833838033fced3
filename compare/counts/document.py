"""Counts as results: every measure and contrast with its intervals and tests.

The document of a run and that of a session that is kept say the same.
"""

from collections.abc import Mapping, Sequence

from diptych.compare.counts.condition_counts import counts_in, paired
from diptych.compare.counts.holm_correction import corrected
from diptych.compare.counts.measure_results import (
    ContrastResult,
    CountedMeasures,
    DifferenceResult,
    MeasureResult,
    RepeatedAnswers,
)
from diptych.compare.counts.measures import Count, Measure
from diptych.compare.counts.mirrored_reports import mirrored_reports
from diptych.compare.counts.summaries import difference_result, side_result
from diptych.compare.counts.tally import Tally
from diptych.probes import Contrast, Probe
from diptych.sessions import Primary


def counted_measures(
    tally: Tally, names: Sequence[str], probe: Probe | None, primary: Primary | None = None
) -> CountedMeasures:
    """All measures, and the contrasts of the probe. `names`: of all sides, the base first. `primary`: the test that was
    registered."""
    measures = [measure_result(measure, counts, names) for measure, counts in tally.measures()]
    contrasts = [_contrast(each, probe, tally, names) for each in probe.contrasts] if probe is not None else []
    draws = (
        RepeatedAnswers(each.side, each.question, each.answers, each.most, each.draws, each.verdict.words)
        for each in tally.repeated()
    )
    found = corrected(measures, contrasts, primary)
    mirrors = mirrored_reports(tally, probe, names)
    return CountedMeasures(found.measures, found.contrasts, tuple(draws), found.tests, found.score_tests, mirrors)


def measure_result(measure: Measure, counts: Mapping[str, Count], names: Sequence[str]) -> MeasureResult:
    """One measure. `names`: of all sides, the base first."""
    base, *others = names
    if measure.is_comparison:
        others = []
    differences = {
        other: difference_result(_of(counts, base), _of(counts, other), measure.of_values) for other in others
    }
    return MeasureResult(
        measure.detector,
        measure.label,
        measure.asked,
        {name: side_result(_of(counts, name)) for name in names},
        differences[others[0]] if others else None,
        differences if len(others) > 1 else {},
    )


def _of(counts: Mapping[str, Count], side: str) -> Count:
    return counts.get(side, Count())


def _contrast(contrast: Contrast, probe: Probe, tally: Tally, names: Sequence[str]) -> ContrastResult:
    """What a measure makes of two conditions, for each side on its own."""
    of, minus = (probe.condition(name) for name in (contrast.of, contrast.minus))
    assert of is not None
    assert minus is not None
    (with_of, of_values), (with_minus, _) = (counts_in(tally, contrast.measure, each) for each in (of, minus))

    def difference(side: str) -> DifferenceResult:
        first, second = paired(of, minus, _of(with_of, side), _of(with_minus, side))
        return difference_result(second, first, of_values)

    return ContrastResult(
        contrast.name, contrast.measure, contrast.of, contrast.minus, {name: difference(name) for name in names}
    )
