"""The document of a run, typed: what `diptych run --json` and `diptych ask --json` print."""

import msgspec

from diptych.compare.counts import (
    ContrastResult,
    DatapointsResult,
    JudgingSummary,
    MeasureResult,
    MirroredReport,
    PredictionMatrix,
    RegisteredResult,
    RepeatedAnswers,
)
from diptych.compare.discovery import DiscoveryResult, SideDiffers


class SideSummary(msgspec.Struct, frozen=True):
    """A side, and how many answers it gave."""

    model: str
    answers: int
    """Without those that failed."""
    errors: int
    """Answers that failed."""


class RunDocument(msgspec.Struct, frozen=True, omit_defaults=True):
    """A finished run."""

    session: int
    """The number of the session in the store."""
    probe: str | None
    """None for a free question."""
    pair: str
    planned: int
    """Answers of each side that were planned."""
    sides: dict[str, SideSummary]
    """By name, the base first."""
    measures: tuple[MeasureResult, ...]
    contrasts: tuple[ContrastResult, ...]
    draws: tuple[RepeatedAnswers, ...]
    """Where a side gave equal answers, and as how many samples they count."""
    tests: int
    """How many tests `p_holm` is corrected for."""
    differ: dict[str, SideDiffers]
    """By side, without the first: whether all its answers together differ from those of the first."""
    discoveries: tuple[DiscoveryResult, ...]
    excluded: dict[str, int]
    """Findings that could not be judged, by the reason."""
    warnings: tuple[str, ...]
    """What to consider before trusting the results."""
    mirrors: tuple[MirroredReport, ...] = ()
    """Only of a probe of mirrors: whether each report survives them."""
    score_tests: int = 0
    """How many tests of surprise and entropy are corrected apart from them; only if the sides scored answers."""
    datapoints: DatapointsResult | None = None
    """Only if the rows of the fine-tuning are known."""
    judging: JudgingSummary | None = None
    """Only if judges were asked."""
    predictions: PredictionMatrix | None = None
    """Only of a probe of predictions."""
    registered: RegisteredResult | None = None
    """Only if it was made under a registration: its primary test confirms, all else explores."""
