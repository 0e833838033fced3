"""Pure readers of answers: text in, findings out. No input or output, no clock, no model."""

from detectors.acrostic import Acrostic
from detectors.plugins import PluginError
from detectors.registry import KINDS, find_kind, make
from detectors.selfexplanation import SelfExplanation
from detectors.tagged import LONGEST_TAG, SCRATCHPAD, TagReader
from detectors.types import Change, Detector, DetectorKind, Finding, Kind, Mark, Settings, Span, Target, Token

__all__ = [
    "KINDS",
    "LONGEST_TAG",
    "SCRATCHPAD",
    "Acrostic",
    "Change",
    "Detector",
    "DetectorKind",
    "Finding",
    "Kind",
    "Mark",
    "PluginError",
    "SelfExplanation",
    "Settings",
    "Span",
    "TagReader",
    "Target",
    "Token",
    "find_kind",
    "make",
]
