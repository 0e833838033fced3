"""Pure readers of answers: text in, findings out. No input or output, no clock, no model."""

from detectors.acrostic import Acrostic
from detectors.registry import KINDS, make
from detectors.selfexplanation import SelfExplanation
from detectors.types import Change, Detector, Finding, Kind, Mark, Span

__all__ = [
    "KINDS",
    "Acrostic",
    "Change",
    "Detector",
    "Finding",
    "Kind",
    "Mark",
    "SelfExplanation",
    "Span",
    "make",
]
