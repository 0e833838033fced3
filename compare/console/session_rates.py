"""Every rate of a session with its interval, and the published rates beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

from diptych.compare.answers import group_of
from diptych.compare.console.sample_table import Sample, samples_of
from diptych.compare.console.session_view import SessionView
from diptych.compare.counts import (
    CorrectedDifference,
    CorrectedResult,
    Count,
    Measure,
    RateDifference,
    corrected_between,
    corrected_result,
    rate_difference,
    rate_interval,
)
from diptych.compare.stats import Interval
from diptych.probes import Reference


@dataclass(frozen=True)
class SideRate:
    """One side of a measure."""

    side: str
    count: Count
    kind: str
    """The kind of the interval, a key of sessions.INTERVAL_KINDS."""
    interval: Interval
    difference: RateDifference | None
    """The difference to the first side; None for the first side itself, and where a rate is itself a comparison."""
    references: tuple[Reference, ...]
    corrected: CorrectedResult | None = None
    """The rate as labels of picked answers correct it."""
    corrected_difference: CorrectedDifference | None = None

    @property
    def mean_alone(self) -> bool:
        """Whether it has numbers and no rate."""
        return self.count.mean is not None and not self.count.n


@dataclass(frozen=True)
class MeasureRates:
    """A measure in one condition, or of one free question."""

    measure: Measure
    sides: tuple[SideRate, ...]


class SessionRates:
    """Computes the rates of a session. It is asked again and again while samples come, and computes only what has
    changed."""

    def __init__(self, view: SessionView) -> None:
        self._view = view
        self._known: dict[Measure, tuple[object, MeasureRates]] = {}

    def all(self) -> list[MeasureRates]:
        """The rates of every measure of the session, those of one condition together. A question is left out while an
        answer to it is hidden: a count would show which side is which."""
        exchanges = self._view.exchanges
        hidden = {exchange.group for exchange in exchanges if exchange.hidden}
        counted = [(m, counts) for m, counts in self._view.tally.measures() if m.group not in hidden]
        return [
            self._rates(measure, [counts.get(side, Count()) for side in self._sides]) for measure, counts in counted
        ]

    def samples(self, measure: Measure, side: str) -> list[Sample]:
        """The answers of a side that a measure counts."""
        tally = self._view.tally
        if side not in tally.of_group(measure.group, measure.settings).get(measure, {}):
            # A guess is compared with the description in an answer; no other measure of that answer counts.
            return []
        drawn = tally.drawn(measure.group, measure.settings).get(side, set())
        return [sample for sample in samples_of(self._view.exchanges, side) if sample.key in drawn]

    @property
    def _sides(self) -> list[str]:
        return [side.name for side in self._view.sides]

    def _rates(self, measure: Measure, counts: Sequence[Count]) -> MeasureRates:
        state = [(c.k, c.n, len(c.numbers), c.excluded.total(), c.planned, c.labelled) for c in counts]
        known = self._known.get(measure)
        if known is None or known[0] != state:
            sides = tuple(self._side(measure, place, counts) for place in range(len(counts)))
            known = self._known[measure] = state, MeasureRates(measure, sides)
        return known[1]

    def _side(self, measure: Measure, place: int, counts: Sequence[Count]) -> SideRate:
        base, own, name = counts[0], counts[place], self._sides[place]
        kind, interval = rate_interval(own)
        compared = place > 0 and not measure.is_comparison
        references = tuple(r for r in self._references(measure) if r.side == name)
        return SideRate(
            name,
            own,
            kind,
            interval,
            rate_difference(base, own) if compared else None,
            references,
            corrected_result(own),
            corrected_between(base, own) if compared else None,
        )

    def _references(self, measure: Measure) -> tuple[Reference, ...]:
        probe = self._view.probe
        if probe is None:
            return ()
        name = next((each.name for each in probe.conditions if group_of(each) == measure.group), None)
        return probe.references_of(measure.label, name) if name is not None else ()
