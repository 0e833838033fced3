"""Introspection experiments as data: the TOML files here, their loader and their warnings."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from probes.judges import JudgeSpec
from probes.loader import load_probe, load_probes, probe_files, read_detector
from probes.typed_toml import FileError, read_toml, typed
from probes.types import Condition, Contrast, DetectorSpec, Probe, Reference
from probes.warnings import probe_warnings, prompt_note

if TYPE_CHECKING:
    from probes.importing import Imported, read_questions, write_probe
    from probes.rows import read_rows

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

_LATE = {
    "Imported": "probes.importing",
    "read_questions": "probes.importing",
    "read_rows": "probes.rows",
    "write_probe": "probes.importing",
}
"""Where the names are that are loaded when they are first asked for: most commands, and the console, never do."""


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATE[name]), name)
