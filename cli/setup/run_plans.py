"""Plans a run from the names that the user gave, for `diptych run`, `diptych ask` and the Python API."""

import random
from collections.abc import Sequence
from pathlib import Path

from diptych.cli.setup.config import Config
from diptych.cli.setup.family_members import find_family
from diptych.cli.setup.run_defaults import ASK_SAMPLES, CONCURRENCY, RUN_SAMPLES
from diptych.cli.setup.wiring import build_judge, build_members, build_sides, find_pair, find_probe, find_rows
from diptych.compare import FreeQuestion, Judge, Resumed, RunPlan, Side
from diptych.probes import FileError, Probe
from diptych.sessions import RunRecord, RunRegistration


def plan_run(
    config: Config,
    probe_id: str,
    pair_name: str | None = None,
    samples: int | None = None,
    concurrency: int = CONCURRENCY,
    rows_file: Path | None = None,
    judging: bool = True,
    resumed: Resumed | None = None,
    registered: RunRegistration | None = None,
) -> RunPlan:
    """Plan a run of a probe on all sides of a pair. What is not given comes from the resumed run, or from the
    defaults. Raises FileError."""
    record = _record(resumed)
    if record is not None and record.rows is not None:
        rows_file = rows_file or Path(record.rows)
    probe = find_probe(config, probe_id)
    name, pair = find_pair(config, pair_name)
    rows = find_rows(config, pair, rows_file)
    sides = build_sides(config, pair)
    return RunPlan(
        name,
        sides,
        probe,
        _samples(samples, record),
        concurrency,
        _judges(config, sides, probe) if judging else (),
        rows,
        str(rows_file.resolve()) if rows_file is not None else None,
        _seed(record),
        registered=registered or _registered(record),
    )


def plan_family_run(
    config: Config,
    probe_id: str | None,
    family_name: str,
    samples: int | None = None,
    concurrency: int = CONCURRENCY,
    judging: bool = True,
    resumed: Resumed | None = None,
    registered: RunRegistration | None = None,
) -> RunPlan:
    """Plan a run of a probe on all members of a family; without a probe, of that of the family. What is not given comes
    from the resumed run, or from the defaults. Servers may be asked for their models: not to be called while an event
    loop runs in the thread. Raises FileError."""
    record = _record(resumed)
    family = find_family(config, family_name)
    chosen = probe_id or family.config.probe
    if chosen is None:
        raise FileError(
            f"config.toml: families.{family_name}.probe: expected a probe, found none; name one, or set this key"
        )
    probe, sides = find_probe(config, chosen), build_members(family)
    return RunPlan(
        family_name,
        sides,
        probe,
        _samples(samples, record),
        concurrency,
        _judges(config, sides, probe) if judging else (),
        seed=_seed(record),
        family=family.record,
        registered=registered or _registered(record),
    )


def plan_question(
    config: Config,
    question: FreeQuestion,
    pair_name: str | None = None,
    samples: int = ASK_SAMPLES,
    concurrency: int = CONCURRENCY,
) -> RunPlan:
    """Plan a free question to all sides of a pair. Raises ValueError for an invalid question, and FileError."""
    question.check()
    name, pair = find_pair(config, pair_name)
    sides, path = question.sides(build_sides(config, pair)), config.own_probes.parent
    probe = question.probe(config.own_detectors(path), config.own_judges(path))
    return RunPlan(
        name,
        sides,
        probe,
        samples,
        concurrency,
        _judges(config, sides, probe),
        rows=find_rows(config, pair),
        seed=_seed(None),
    )


def _record(resumed: Resumed | None) -> RunRecord | None:
    """What a resumed run was asked with; None for a new run."""
    return resumed.session.run if resumed is not None else None


def _samples(named: int | None, record: RunRecord | None) -> int:
    return named or (record.samples if record is not None else RUN_SAMPLES)


def _seed(record: RunRecord | None) -> int:
    return record.seed if record is not None else random.getrandbits(30)


def _registered(record: RunRecord | None) -> RunRegistration | None:
    return record.registered if record is not None else None


def _judges(config: Config, sides: Sequence[Side], probe: Probe) -> tuple[Judge, ...]:
    """The judges of a probe; none if the configuration names no model for them."""
    judge = build_judge(config, sides) if probe.judges else None
    return tuple(Judge(spec, judge) for spec in probe.judges) if judge is not None else ()
