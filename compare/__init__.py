"""The engine: asks all sides the same question, runs the detectors, counts what they find."""

from compare.answering import Asked
from compare.asking import DEFAULT_DETECTORS, chosen_sampling
from compare.check import Fact, check_pair, check_side
from compare.comparison import Comparison
from compare.contexts import context_needs
from compare.discovery import Discovery, Found, Judgement, NotEnough, calls_of_judge, discover, judge_differences
from compare.discovery import document as discovery_document
from compare.exchange import Exchange
from compare.judge import FAILED, Judge, Spent, is_verdict
from compare.judging import estimate, judged
from compare.labels import LabelAgreement, cohens_kappa, label_agreement
from compare.likelihoods import Divergence, Likelihoods, Piece, own_likelihoods
from compare.live import LiveAnswer
from compare.measures import Count, Measure, Tally
from compare.more import MoreSamples
from compare.plan import RunPlan
from compare.positions import Scores, membership, order, position
from compare.rates import MeasureRates, SessionRates, SideRate
from compare.redetect import redetect
from compare.replay import FASTEST, SLOWEST, Replay, sides_of
from compare.report import report
from compare.run import Progress, Resumed, run_probe
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
from compare.session_measures import BestMeasure, best_measure, stored_measures
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
from compare.summaries import rate_interval

__all__ = [
    "DEFAULT_DETECTORS",
    "FAILED",
    "FASTEST",
    "ORDERS",
    "SLOWEST",
    "Agreement",
    "Asked",
    "BestMeasure",
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
    "Outlook",
    "Piece",
    "Progress",
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
    "discover",
    "discovery_document",
    "estimate",
    "exact_test",
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
    "rate_interval",
    "redetect",
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
