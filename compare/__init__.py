"""The engine: asks all sides the same question, runs the detectors, counts what they find."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from compare.answering import Asked
from compare.asking import DEFAULT_DETECTORS, chosen_sampling
from compare.comparison import Comparison
from compare.contexts import context_needs
from compare.count_warnings import empty_warnings, excluded_words, repetition_note
from compare.discovery import Discovery, Found, Judgement, NotEnough, calls_of_judge, discover, judge_differences
from compare.discovery import document as discovery_document
from compare.exchange import Exchange
from compare.judge import FAILED, Judge, Spent, is_verdict
from compare.judging import estimate, judged
from compare.labels import LabelAgreement, cohens_kappa, label_agreement
from compare.likelihoods import Divergence, Likelihoods, Piece, own_likelihoods
from compare.live import LiveAnswer
from compare.measures import Count, Measure
from compare.more import MoreSamples
from compare.plan import RunPlan
from compare.positions import Scores, membership, order, position
from compare.rates import MeasureRates, SessionRates, SideRate
from compare.redetect import redetect
from compare.replay import FASTEST, SLOWEST, Replay, sides_of
from compare.report import report
from compare.sampler import Outlook, Sampler, SamplingProgress
from compare.samples import (
    ORDERS,
    Agreement,
    Filter,
    Sample,
    SampleRow,
    View,
    agreement,
    opposite,
    question_of,
    running_counts,
    sample_rows,
    samples_of,
)
from compare.session_measures import BestMeasure, best_measure, counted_as, stored_measures
from compare.side import Side, backends_of
from compare.statistics import (
    Interval,
    confidence_sequence,
    exact_test,
    newcombe,
    sequence_difference,
    smallest_visible_rate,
    wilson,
)
from compare.summaries import RateDifference, difference_kind, rate_difference, rate_interval, rate_kind
from compare.tally import Repeated, Tally

if TYPE_CHECKING:
    from compare.check import Fact, check_side
    from compare.pair_check import check_pair
    from compare.preflight import CannotAskError, Obstacle, feasible
    from compare.run import Progress, Resumed, run_probe

__all__ = [
    "DEFAULT_DETECTORS",
    "FAILED",
    "FASTEST",
    "ORDERS",
    "SLOWEST",
    "Agreement",
    "Asked",
    "BestMeasure",
    "CannotAskError",
    "Comparison",
    "Count",
    "Discovery",
    "Divergence",
    "Exchange",
    "Fact",
    "Filter",
    "Found",
    "Interval",
    "Judge",
    "Judgement",
    "LabelAgreement",
    "Likelihoods",
    "LiveAnswer",
    "Measure",
    "MeasureRates",
    "MoreSamples",
    "NotEnough",
    "Obstacle",
    "Outlook",
    "Piece",
    "Progress",
    "RateDifference",
    "Repeated",
    "Replay",
    "Resumed",
    "RunPlan",
    "Sample",
    "SampleRow",
    "Sampler",
    "SamplingProgress",
    "Scores",
    "SessionRates",
    "Side",
    "SideRate",
    "Spent",
    "Tally",
    "View",
    "agreement",
    "backends_of",
    "best_measure",
    "calls_of_judge",
    "check_pair",
    "check_side",
    "chosen_sampling",
    "cohens_kappa",
    "confidence_sequence",
    "context_needs",
    "counted_as",
    "difference_kind",
    "discover",
    "discovery_document",
    "empty_warnings",
    "estimate",
    "exact_test",
    "excluded_words",
    "feasible",
    "is_verdict",
    "judge_differences",
    "judged",
    "label_agreement",
    "membership",
    "newcombe",
    "opposite",
    "order",
    "own_likelihoods",
    "position",
    "question_of",
    "rate_difference",
    "rate_interval",
    "rate_kind",
    "redetect",
    "repetition_note",
    "report",
    "run_probe",
    "running_counts",
    "sample_rows",
    "samples_of",
    "sequence_difference",
    "sides_of",
    "smallest_visible_rate",
    "stored_measures",
    "wilson",
]

_LATE = {
    "CannotAskError": "compare.preflight",
    "Fact": "compare.check",
    "Obstacle": "compare.preflight",
    "Progress": "compare.run",
    "Resumed": "compare.run",
    "check_pair": "compare.pair_check",
    "check_side": "compare.check",
    "feasible": "compare.preflight",
    "run_probe": "compare.run",
}
"""Where the names are that are loaded when they are first asked for: the console never does."""


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATE[name]), name)
