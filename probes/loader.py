"""Finds probe files, reads them and checks them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import msgspec

from diptych.detectors import KINDS, PluginError, find_kind, make_detector
from diptych.probes.derived_probes import derived_probes
from diptych.probes.judge_spec import JudgeSpec, check_judges
from diptych.probes.lettered_options import lettered, orders
from diptych.probes.prediction_checks import with_prediction
from diptych.probes.probe import Condition, DetectorSpec, Probe
from diptych.probes.trait_checks import check_trait
from diptych.probes.typed_toml import FileError, check_known, line_suffix, read_toml, typed

_SHIPPED = Path(__file__).parent


@cache
def load_probes(own: Path | None = None) -> dict[str, Probe]:
    """Return every probe by id: those that ship with diptych, then those in the folder `own`, which may replace one.
    After each follow those that the program makes from its trait, unless there is a file of that name.

    Raises FileError.
    """
    files = probe_files(own)
    found: dict[str, Probe] = {}
    for probe_id, path in files.items():
        probe = load_probe(path)
        found[probe_id] = probe
        found |= {part.id: part for part in derived_probes(probe) if part.id not in files}
    return found


def load_probe_of_id(probe_id: str, own: Path | None = None) -> Probe | None:
    """Return one probe of `load_probes`, without reading other files; None where there is none of that id.

    Raises FileError.
    """
    files = probe_files(own)
    if probe_id in files:
        return load_probe(files[probe_id])
    whole = probe_id.rpartition(".")[0]
    parts = derived_probes(load_probe(files[whole])) if whole in files else ()
    return next((part for part in parts if part.id == probe_id), None)


def probe_files(own: Path | None = None) -> dict[str, Path]:
    """Return the path of every probe by id."""
    folders = [_SHIPPED] if own is None or not own.is_dir() else [_SHIPPED, own]
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*.toml"))}


def load_probe(path: Path) -> Probe:
    """Read one probe file. Raises FileError that names the file, the line and the key."""
    values = read_toml(path)
    detectors = values.pop("detectors", [])
    probe = typed(values, Probe, path)
    if probe.id != path.stem:
        raise FileError(f"{path}: id: expected the file's name {path.stem!r}, found {probe.id!r}")
    if probe.id.startswith("-"):
        raise FileError(f"{path}: id: {probe.id!r} begins with '-', as an option of a command does")
    probe = with_prediction(probe, path)
    if not probe.conditions:
        raise FileError(f"{path}: conditions: expected at least one, found none")
    conditions = tuple(
        _RawCondition(probe, c, path, f"conditions[{i}]").complete() for i, c in enumerate(probe.conditions)
    )
    names = [condition.name for condition in conditions]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise FileError(f"{path}: conditions[{index}].name: {name!r} is used twice")
    read = _detectors(detectors, names, path)
    specs = (*probe.detectors, *(spec for spec in read if isinstance(spec, DetectorSpec)))
    probe = msgspec.structs.replace(probe, judges=(*probe.judges, *(j for j in read if isinstance(j, JudgeSpec))))
    check_judges(probe.judges, f"{path}: judges")
    for index, judge in enumerate(probe.judges):
        for name in judge.conditions:
            check_known(name, names, path, f"judges[{index}].conditions")
    for index, contrast in enumerate(probe.contrasts):
        for key, name in (("of", contrast.of), ("minus", contrast.minus)):
            check_known(name, names, path, f"contrasts[{index}].{key}")
    if probe.references or probe.trait is not None:
        labels = list(dict.fromkeys([*map(measure_of, specs), *(judge.measure for judge in probe.judges)]))
        _check_references(probe, labels, names, path)
        check_trait(probe.trait, labels, names, path)
    if len(probe.order) not in (0, 2):
        raise FileError(f"{path}: order: expected two conditions, found {len(probe.order)}")
    for name in probe.order:
        check_known(name, names, path, "order")
    return msgspec.structs.replace(probe, conditions=conditions, detectors=specs)


@dataclass(frozen=True)
class _RawCondition:
    """A condition as the file has it."""

    probe: Probe
    condition: Condition
    path: Path
    where: str

    def complete(self) -> Condition:
        """Return the condition with its final prompts and system prompt. Raises FileError."""
        self._check_before()
        return msgspec.structs.replace(self.condition, prompts=tuple(self._prompts()), system=self._system())

    def _check_before(self) -> None:
        before, where = self.condition.before, f"{self.path}: {self.where}.before"
        if before and self.condition.mode == "text":
            raise FileError(f"{where}: expected none for the form 'text', which has no turns")
        for index, message in enumerate(before):
            if message.role == "system":
                raise FileError(f"{where}[{index}].role: expected user or assistant; the system prompt is system")

    def _prompts(self) -> Sequence[str]:
        written = self._questions()
        if not written:
            raise FileError(f"{self.path}: {self.where}.prompts: expected at least one, found none")
        template = self.condition.template
        if template and "{question}" not in template:
            raise FileError(f"{self.path}: {self.where}.template: expected {{question}} somewhere in it")
        prompts = [template.replace("{question}", prompt) for prompt in written] if template else written
        options = self.condition.options
        if not options:
            return prompts
        if len(options) > len(ascii_uppercase):
            raise FileError(
                f"{self.path}: {self.where}.options: expected at most {len(ascii_uppercase)}, as many as there are"
                f" letters, found {len(options)}"
            )
        for prompt in prompts:
            if "{options}" not in prompt:
                raise FileError(f"{self.path}: {self.where}.prompts: expected {{options}} in {prompt!r}")
        return [p.replace("{options}", lettered(order)) for p in prompts for order in orders(options)]

    def _questions(self) -> Sequence[str]:
        named, own = self.condition.questions, self.condition.prompts
        if not named:
            return own
        if own:
            raise FileError(f"{self.path}: {self.where}.prompts: expected none together with questions = {named!r}")
        check_known(named, self.probe.questions, self.path, f"{self.where}.questions")
        return self.probe.questions[named]

    def _system(self) -> str | None:
        name = self.condition.system_file
        if name is None:
            return self.condition.system
        if self.condition.system is not None:
            raise FileError(f"{self.path}: {self.where}.system: expected none together with system_file")
        file = self.path.parent / name
        try:
            return file.read_text("utf-8").strip()
        except OSError as error:
            raise FileError(
                f"{self.path}: {self.where}.system_file: {file} cannot be read: {error.strerror}"
            ) from error
        except UnicodeDecodeError as error:
            raise FileError(f"{self.path}: {self.where}.system_file: {file} is not UTF-8 text") from error


def read_detector(table: dict[str, Any], names: Sequence[str], path: Path, where: str) -> DetectorSpec | JudgeSpec:
    """Read the table of a detector: its kind, its conditions, which must be among `names`, and the settings of its
    kind. If it has a rubric, `judge`, return the judge that stands in for the detector. Raises FileError."""
    settings = dict(table)
    kind, conditions = settings.pop("kind", None), settings.pop("conditions", [])
    rubric = typed(settings.pop("judge", ""), str, path, f"{where}.judge")
    try:
        found = find_kind(kind) if isinstance(kind, str) else None
    except PluginError as error:
        raise FileError(f"{path}: {where}.kind: {error}") from error
    if found is None:
        raise FileError(f"{path}: {where}.kind: expected one of {', '.join(KINDS)}, found {kind!r}")
    read = typed(conditions, tuple[str, ...], path, f"{where}.conditions")
    for name in read:
        check_known(name, names, path, f"{where}.conditions")
    spec = DetectorSpec(kind, typed(settings, found.settings, path, where), read)
    return judge_of(rubric, measure_of(spec), read, path, where) if rubric else spec


def judge_of(rubric: str, measure: str, conditions: tuple[str, ...], path: Path, where: str) -> JudgeSpec:
    """Return a judge that says yes or no to a rubric in the table of a detector. Raises FileError."""
    if "{answer}" not in rubric:
        raise FileError(
            f"{path}{line_suffix(path, f'{where}.judge')}: {where}.judge: expected {{answer}} somewhere in it"
        )
    return JudgeSpec(measure, "yes-no", rubric, conditions, label=measure)


def measure_of(spec: DetectorSpec) -> str:
    """Return the name of the measure of a detector."""
    return make_detector(spec.kind, spec.settings, "").live().label


def without_judged(detectors: Sequence[DetectorSpec], judges: Sequence[JudgeSpec]) -> tuple[DetectorSpec, ...]:
    """Return the detectors whose measures no judge counts."""
    judged = {judge.measure for judge in judges}
    return tuple(spec for spec in detectors if not judged or measure_of(spec) not in judged)


def _detectors(tables: Any, names: Sequence[str], path: Path) -> list[DetectorSpec | JudgeSpec]:
    listed = typed(tables, list[dict[str, Any]], path, "detectors")
    return [read_detector(table, names, path, f"detectors[{index}]") for index, table in enumerate(listed)]


def _check_references(probe: Probe, labels: Sequence[str], names: Sequence[str], path: Path) -> None:
    """Raises FileError for a reference to a measure or condition that the probe does not have."""
    for index, reference in enumerate(probe.references):
        where = f"references[{index}]"
        check_known(reference.measure, labels, path, f"{where}.measure")
        if reference.condition:
            check_known(reference.condition, names, path, f"{where}.condition")
        if reference.of == "rate" and not 0 <= reference.value <= 1:
            at = f"{path}{line_suffix(path, f'{where}.value')}: {where}.value"
            raise FileError(f"{at}: expected a rate from 0 to 1, found {reference.value:g}")
