"""Introspection experiments as data: the TOML files here, their loader and their warnings."""

from probes.importing import Imported, read_questions, write_probe
from probes.judges import JudgeSpec
from probes.loader import load_probe, load_probes, probe_files, read_detector
from probes.rows import read_rows
from probes.typed_toml import FileError, read_toml, typed
from probes.types import Condition, Contrast, DetectorSpec, Probe, Reference
from probes.warnings import probe_warnings, prompt_note

__all__ = [
    "Condition",
    "Contrast",
    "DetectorSpec",
    "FileError",
    "Imported",
    "JudgeSpec",
    "Probe",
    "Reference",
    "load_probe",
    "load_probes",
    "probe_files",
    "probe_warnings",
    "prompt_note",
    "read_detector",
    "read_questions",
    "read_rows",
    "read_toml",
    "typed",
    "write_probe",
]
