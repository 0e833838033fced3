"""Pure readers of answers: text in, findings out. No input or output, no clock, no model."""

from detectors.initials import LineReader, Unit, initials_of
from detectors.leaks import Leak, leaks, rows_by_level
from detectors.nearest import nearest
from detectors.plugins import PluginError
from detectors.registry import KINDS, find_kind, make
from detectors.rows import TrainingRows
from detectors.tagged import LONGEST_TAG, SCRATCHPAD, TagReader
from detectors.types import Change, Detector, DetectorKind, Finding, Kind, Mark, Outcome, Settings, Span, Target, Token

__all__ = [
    "KINDS",
    "LONGEST_TAG",
    "SCRATCHPAD",
    "Change",
    "Detector",
    "DetectorKind",
    "Finding",
    "Kind",
    "Leak",
    "LineReader",
    "Mark",
    "Outcome",
    "PluginError",
    "Settings",
    "Span",
    "TagReader",
    "Target",
    "Token",
    "TrainingRows",
    "Unit",
    "find_kind",
    "initials_of",
    "leaks",
    "make",
    "nearest",
    "rows_by_level",
]
