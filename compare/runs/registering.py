"""Registers a plan: what it will ask, who counts it, and the one test that is to confirm."""

from collections.abc import Sequence
from typing import NamedTuple

from diptych.compare.answers import Question
from diptych.compare.counts import (
    CROSSED,
    arms_of,
    rate_test_name,
    registered_condition,
    registered_detectors,
    sampling_values,
)
from diptych.compare.runs.plan import RunPlan
from diptych.probes import Condition
from diptych.sessions import AssumedRates, Primary, RegisteredArm, RegisteredJudge, Registration, digest

THRESHOLD = 0.05
"""The p-value below which a primary test confirms."""


class RegistrationWish(NamedTuple):
    """What a person decides before the answers are there."""

    measure: str
    """The label of the primary measure."""
    condition: str | None
    """The condition in which it counts; None if it counts in one only."""
    stop: str
    bound_excluded: float
    rates: AssumedRates | None = None


class CannotRegisterError(ValueError):
    """The primary test is not one of the plan. The message says what there is."""


def registration_for(plan: RunPlan, wish: RegistrationWish, written: str) -> Registration:
    """The registration of a plan. `written`: the time, UTC, ISO 8601. Raises CannotRegisterError."""
    probe = plan.probe
    return Registration(
        written=written,
        probe=probe.id,
        pair=plan.pair,
        samples=plan.samples,
        stop=wish.stop,
        bound_excluded=wish.bound_excluded,
        primary=_primary(plan, wish),
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
        rates=wish.rates,
    )


class _Counted(NamedTuple):
    """A measure in a condition."""

    detector: str
    label: str
    condition: Condition


def _primary(plan: RunPlan, wish: RegistrationWish) -> Primary:
    measured = _measured(plan)
    of_label = [each for each in measured if each.label == wish.measure]
    if not of_label:
        labels = ", ".join(dict.fromkeys(repr(each.label) for each in measured))
        raise CannotRegisterError(f"{plan.probe.id} has no measure {wish.measure!r}; it has: {labels}")
    found = [each for each in of_label if wish.condition in (None, each.condition.name)]
    if len({each.condition.name for each in found}) != 1:
        names = ", ".join(dict.fromkeys(repr(each.condition.name) for each in of_label))
        raise CannotRegisterError(f"{wish.measure!r} counts in the conditions {names}; name one of them")
    base, side = _compared(plan)
    chosen = found[0]
    asked = Question("", chosen.condition.name, chosen.condition.mode, chosen.condition.prefill).group
    return Primary(chosen.label, chosen.detector, asked, side, base, _test(plan, chosen, (base, side)), THRESHOLD)


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
