"""The engine: asks all sides the same question, runs the detectors, counts what they find."""

from compare.check import Fact, check_pair, check_side
from compare.comparison import Comparison
from compare.exchange import Exchange
from compare.likelihoods import Divergence, Likelihoods, Piece, own_likelihoods
from compare.live import Feed, LiveAnswer, Update
from compare.measures import Count, Measure, Tally, group_of
from compare.report import report
from compare.room import Room, rooms
from compare.run import Progress, RunPlan, run_probe
from compare.side import Side
from compare.statistics import (
    Interval,
    confidence_sequence,
    exact_test,
    newcombe,
    sequence_difference,
    smallest_visible_rate,
    wilson,
)

__all__ = [
    "Comparison",
    "Count",
    "Divergence",
    "Exchange",
    "Fact",
    "Feed",
    "Interval",
    "Likelihoods",
    "LiveAnswer",
    "Measure",
    "Piece",
    "Progress",
    "Room",
    "RunPlan",
    "Side",
    "Tally",
    "Update",
    "check_pair",
    "check_side",
    "confidence_sequence",
    "exact_test",
    "group_of",
    "newcombe",
    "own_likelihoods",
    "report",
    "rooms",
    "run_probe",
    "sequence_difference",
    "smallest_visible_rate",
    "wilson",
]
