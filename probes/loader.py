"""Probe files, found and checked."""

from functools import cache
from pathlib import Path

from detectors import KINDS
from probes.typed_toml import FileError, read_toml, typed
from probes.types import Probe


@cache
def load_probes() -> dict[str, Probe]:
    """Every probe that ships with diptych, by id. Raises FileError."""
    return {path.stem: load_probe(path) for path in sorted(Path(__file__).parent.glob("*.toml"))}


def load_probe(path: Path) -> Probe:
    """One probe file. Raises FileError that names the file and the key."""
    probe = typed(read_toml(path), Probe, path)
    if probe.id != path.stem:
        raise FileError(f"{path}: id: expected the file's name {path.stem!r}, found {probe.id!r}")
    if not probe.conditions:
        raise FileError(f"{path}: conditions: expected at least one, found none")
    for index, condition in enumerate(probe.conditions):
        if not condition.prompts:
            raise FileError(f"{path}: conditions[{index}].prompts: expected at least one, found none")
    for index, detector in enumerate(probe.detectors):
        if detector.kind not in KINDS:
            raise FileError(
                f"{path}: detectors[{index}].kind: expected one of {', '.join(KINDS)}, found {detector.kind!r}"
            )
    return probe
