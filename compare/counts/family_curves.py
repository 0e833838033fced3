"""Curves of a family: the rate of an arm over x, which of two rises first, and report against behaviour by member."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from diptych.compare.counts.family_arms import (
    CROSSED,
    Arm,
    Counts,
    mean_sums,
    pooled_count,
    prompts_of,
    rate_cells,
    runs_with_answers,
)
from diptych.compare.counts.family_results import (
    CrossingOrder,
    CurvePoint,
    CurveResult,
    FamilyMeasure,
    ReportScatter,
)
from diptych.compare.counts.summaries import mean_interval_of, mean_kind, rate_interval
from diptych.compare.stats import (
    Cells,
    Curve,
    Interval,
    Sums,
    crossed_mean,
    crossed_rate,
    crossing_lag,
    first_above,
    half_crossing,
    monotone_fit,
    rank_correlation,
)

LEAST_X = 3
"""With fewer different x there is no curve."""


class CountedMeasure(NamedTuple):
    """A measure of the document with the counts that it is made of."""

    result: FamilyMeasure
    counts: Counts


def curve_result(first: Arm, arm: Arm, counts: Counts, of_means: bool, log_x: bool) -> CurveResult | None:
    """The rate, or the mean, of an arm over x; None where fewer than three x have an answer."""
    asked = {member.x for member in arm.members if (count := counts.get(member.name)) and (count.n or count.numbers)}
    if len(asked) < LEAST_X:
        return None
    curve = _curve(arm, counts, of_means)
    fit = monotone_fit(curve)
    fitted = dict(zip(fit.x, fit.fitted, strict=True))
    base = _cells(counts, runs_with_answers(first, counts), of_means)
    above = first_above(curve, base, fit.direction) if arm is not first and runs_with_answers(first, counts) else None
    return CurveResult(
        tuple(_point(arm, x, counts, of_means, fitted.get(x)) for x in arm.xs),
        fit.direction,
        half_crossing(curve, log_x=log_x),
        above,
    )


def orders(measures: Sequence[CountedMeasure], arms: Sequence[Arm], log_x: bool) -> tuple[CrossingOrder, ...]:
    """For each arm with curves: which rises first, what is done or what is said of it."""
    return tuple(
        CrossingOrder(
            arm.name,
            does.result.name,
            says.result.name,
            crossing_lag(
                _curve(arm, does.counts, of_means=False),
                _curve(arm, says.counts, of_means=False),
                same_prompts=does.result.condition == says.result.condition,
                log_x=log_x,
            ),
        )
        for does, says in _does_and_says(measures)
        for arm in arms
        if arm.name in does.result.curves and arm.name in says.result.curves
    )


def scatters(measures: Sequence[CountedMeasure]) -> tuple[ReportScatter, ...]:
    """What the members say against what they do. Pairs of measures with fewer than two points are left out."""
    found = []
    for does, says in _does_and_says(measures):
        points = {
            name: (done.rate, said.rate)
            for name, done in does.result.members.items()
            if done.rate is not None and (said := says.result.members[name]).rate is not None
        }
        if len(points) > 1:
            together = rank_correlation([x for x, _ in points.values()], [y for _, y in points.values()])
            rho, interval = (together.rho, together.interval) if together is not None else (None, None)
            found.append(ReportScatter(does.result.name, says.result.name, points, rho, interval))
    return tuple(found)


def _does_and_says(measures: Sequence[CountedMeasure]) -> Iterator[tuple[CountedMeasure, CountedMeasure]]:
    """Each measure of behaviour with each self-report in the answers to the same question. One that has no other there
    is paired with those of the whole probe: behaviour and report are then asked for in different questions."""
    does = [measure for measure in measures if measure.result.role == "does"]
    says = [measure for measure in measures if measure.result.role == "says"]
    done_in, said_in = ({measure.result.condition for measure in each} for each in (does, says))
    for one in does:
        for other in says:
            asked, reported = one.result.condition, other.result.condition
            if asked == reported or asked not in said_in or reported not in done_in:
                yield one, other


def _curve(arm: Arm, counts: Counts, of_means: bool) -> Curve:
    rows = [[member.name] for member in arm.members]
    return Curve([member.x or 0.0 for member in arm.members], _cells(counts, rows, of_means), list(arm.runs))


def _cells(counts: Counts, rows: Sequence[Sequence[str]], of_means: bool) -> Cells | Sums:
    return (mean_sums if of_means else rate_cells)(counts, rows, prompts_of(counts))


def _point(arm: Arm, x: float, counts: Counts, of_means: bool, fitted: float | None) -> CurvePoint:
    names = [member.name for member in arm.members if member.x == x]
    pooled = pooled_count(counts, names)
    with_answers = [[name] for name in names if (count := counts.get(name)) and (count.n or count.numbers)]
    cells = _cells(counts, with_answers, of_means)
    interval: Interval | None
    if len(with_answers) > 1:
        found = crossed_mean(cells) if isinstance(cells, Sums) else crossed_rate(cells)
        rate, kind, interval = found.estimate, CROSSED, found.interval
    elif of_means:
        rate, kind, interval = pooled.mean, mean_kind(pooled), mean_interval_of(pooled)
    else:
        kind, interval = rate_interval(pooled)
        rate = pooled.k / pooled.n if pooled.n else None
    n = len(pooled.numbers) if of_means else pooled.n
    return CurvePoint(x, pooled.k, n, rate, interval, kind, tuple(names), fitted)
