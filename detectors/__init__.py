"""Pure readers of answers: text in, findings out. No input or output, no clock, no model."""

from detectors.acrostic import Acrostic
from detectors.registry import KINDS, DetectorKind, make
from detectors.selfexplanation import SelfExplanation
from detectors.types import Change, Detector, Finding, Kind, Mark, Settings, Span, Target, Token

__all__ = [
    "KINDS",
    "Acrostic",
    "Change",
    "Detector",
    "DetectorKind",
    "Finding",
    "Kind",
    "Mark",
    "SelfExplanation",
    "Settings",
    "Span",
    "Target",
    "Token",
    "make",
]
