"""Registers a plan: what it will ask, who counts it, and the one test that is to confirm."""

from collections.abc import Sequence
from typing import NamedTuple

from diptych.compare.answers import group_of
from diptych.compare.counts import (
    CROSSED,
    arms_of,
    design_of,
    power_sentences,
    rate_test_name,
    registered_condition,
    registered_detectors,
    sampling_values,
)
from diptych.compare.runs.plan import RunPlan
from diptych.compare.stats import Design
from diptych.errors import DiptychError
from diptych.probes import Condition
from diptych.sessions import AssumedRates, Primary, RegisteredArm, RegisteredJudge, Registration, digest, now

THRESHOLD = 0.05
"""The p-value below which a primary test confirms."""


class CannotRegisterError(DiptychError):
    """The primary test is not one of the plan. The message says what there is."""


def primary_for(plan: RunPlan, label: str, condition: str | None) -> Primary:
    """The primary test of a measure in a condition: None where it counts in one only. Raises CannotRegisterError."""
    measured = _measured(plan)
    of_label = [each for each in measured if each.label == label]
    if not of_label:
        labels = ", ".join(dict.fromkeys(repr(each.label) for each in measured))
        raise CannotRegisterError(f"--primary: expected a measure of {plan.probe.id} ({labels}), found {label!r}")
    found = [each for each in of_label if condition in (None, each.condition.name)]
    if len({each.condition.name for each in found}) != 1:
        names = ", ".join(dict.fromkeys(repr(each.condition.name) for each in of_label))
        named = repr(condition) if condition is not None else "none"
        expected = f"the condition in which {label!r} confirms ({names})"
        raise CannotRegisterError(f"--condition: expected {expected}, found {named}")
    base, side = _compared(plan)
    chosen = found[0]
    test = _test(plan, chosen, (base, side))
    return Primary(chosen.label, chosen.detector, group_of(chosen.condition), side, base, test, THRESHOLD)


def registration_of_plan(
    plan: RunPlan, primary: Primary, stop: str, bound_excluded: float, rates: AssumedRates | None = None
) -> Registration:
    """The registration of a plan, written now."""
    probe = plan.probe
    return Registration(
        written=now(),
        probe=probe.id,
        pair=plan.pair,
        samples=plan.samples,
        stop=stop,
        bound_excluded=bound_excluded,
        primary=primary,
        arms=tuple(
            RegisteredArm(
                side.name,
                side.model,
                side.endpoint,
                side.arm or "",
                digest(side.system),
                sampling_values(side.sampling),
            )
            for side in plan.sides
        ),
        conditions=tuple(registered_condition(condition, probe) for condition in probe.conditions),
        family=plan.family is not None,
        system=digest(probe.system),
        detectors=registered_detectors(probe),
        judges=tuple(RegisteredJudge(judge.detector, judge.side.model, judge.identity) for judge in plan.judges),
        rates=rates,
    )


def power_of_plan(plan: RunPlan, primary: Primary | None, rates: AssumedRates | None) -> list[str]:
    """What the samples of a plan can tell, in sentences: of its primary test, or without one of any single test."""
    if primary is None:
        return power_sentences(plan.samples, None, Design()) if plan.family is None else []
    records = [side.record() for side in plan.sides]
    if not {primary.side, primary.base} <= {record.arm_name for record in records}:
        return []
    wordings = next((c.prompts for c in plan.probe.conditions if group_of(c) == primary.condition), ("",))
    return power_sentences(plan.samples, rates, design_of(records, primary, min(plan.samples, len(wordings))))


class _Counted(NamedTuple):
    """A measure in a condition."""

    detector: str
    label: str
    condition: Condition


def _measured(plan: RunPlan) -> list[_Counted]:
    """Every measure that detectors and judges count, in each of its conditions."""
    probe = plan.probe
    read = [
        (each.name, each.measure, spec.reads)
        for each, spec in zip(registered_detectors(probe), probe.detectors, strict=True)
    ]
    read += [(judge.detector, judge.spec.measure, judge.spec.reads) for judge in plan.judges]
    return [
        _Counted(detector, label, condition)
        for detector, label, reads in read
        for condition in probe.conditions
        if reads(condition.name)
    ]


def _compared(plan: RunPlan) -> tuple[str, str]:
    """The names of the first side and the second, or of such arms. Raises CannotRegisterError."""
    names = list(dict.fromkeys(side.arm_name for side in plan.sides))
    if len(names) < 2:
        raise CannotRegisterError(f"{plan.pair} has one side; a registered test compares two")
    return names[0], names[1]


def _test(plan: RunPlan, counted: _Counted, compared: Sequence[str]) -> str:
    """The name of the test that the document of the run will have."""
    arms = {arm.name: arm for arm in arms_of([side.record() for side in plan.sides])}
    if plan.family is not None and any(len(arms[name].by_run) > 1 for name in compared):
        return CROSSED
    return rate_test_name(min(plan.samples, len(counted.condition.prompts)))
