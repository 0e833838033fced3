"""The legs that compare arms in a measure: behaviour, report, control, before evidence."""

from collections.abc import Sequence
from typing import NamedTuple

from diptych.compare.claims.arm_contrasts import ArmContrast, ClaimArms, contrasts, strongest
from diptych.compare.claims.asked_sessions import ClaimSession
from diptych.compare.claims.claim_results import Leg, LegName
from diptych.compare.claims.leg_words import behind, difference_words, measure_words, rates_words, tested_words
from diptych.probes import Trait, TraitMeasure

_EARLY = "early-explanation"


class ArmComparisons(NamedTuple):
    """The measures of a trait in the arms of a claim, each set corrected for itself."""

    behaviour: tuple[ArmContrast, ...]
    """The side minus the base."""
    reports: tuple[ArmContrast, ...]
    """The side minus the base."""
    over_control: tuple[ArmContrast, ...]
    """The reports of the side minus those of the control."""
    of_control: tuple[ArmContrast, ...]
    """The reports of the control minus those of the base."""

    @classmethod
    def of(
        cls,
        trait: Trait,
        reports: Sequence[TraitMeasure],
        asked: ClaimSession | None,
        told: ClaimSession | None,
        arms: ClaimArms,
    ) -> "ArmComparisons":
        """`asked`: the session of the probe. `told`: that in which the `reports` are."""
        control = arms.control
        return cls(
            contrasts(asked, trait.behaviour, arms.side, arms.base),
            contrasts(told, reports, arms.side, arms.base),
            contrasts(told, reports, arms.side, control) if control is not None else (),
            contrasts(told, reports, control, arms.base) if control is not None else (),
        )


def behaviour_leg(found: Sequence[ArmContrast], asked: ClaimSession | None, arms: ClaimArms, command: str) -> Leg:
    """Held where at least one measure of the behaviour differs from the base in the direction of the trait, at 5 %
    after Holm's correction over the measures of the leg (Holm 1979, Scandinavian Journal of Statistics 6), and none
    differs in the other direction."""
    if not found:
        return Leg("behaviour", "not done", reason="no answers of both sides", command=command)
    best = strongest(found)
    opposed = next((each for each in found if each.opposes), None)
    held = any(each.holds for each in found) and opposed is None
    shown = opposed or best
    reason = f"{measure_words(shown, found)}, {tested_words(shown)}"
    if opposed is not None:
        reason = f"the other way: {reason}"
    return _leg("behaviour", held, rates_words(shown), reason + _others(found), asked, arms, found, shown)


def report_leg(found: Sequence[ArmContrast], told: ClaimSession | None, arms: ClaimArms, command: str) -> Leg:
    """Held where at least one report differs from the base in the direction of the trait, at 5 % after Holm's
    correction over the reports, and none differs in the other direction. A report that does moves against the trait:
    the side denies it."""
    if not found:
        return Leg("report", "not done", reason="no answers of both sides", command=command)
    opposed = next((each for each in found if each.opposes), None)
    held = any(each.holds for each in found) and opposed is None
    shown = opposed or strongest(found)
    reason = f"{measure_words(shown, found)}, {tested_words(shown)}"
    if opposed is not None:
        reason = f"it denies it: {reason}"
    return _leg("report", held, difference_words(shown), reason + _others(found), told, arms, found, shown)


def control_leg(found: ArmComparisons, told: ClaimSession | None, arms: ClaimArms, wanted: str, command: str) -> Leg:
    """Held where every report that differs from the base (if none does: every report) lies above the control's, with
    its whole 95 % interval, and the control's report does not lie above the base's in the same way. All must hold, so
    nothing is corrected: an intersection-union test (Berger 1982, Technometrics 24).

    `wanted`: what a control should be, in words.
    """
    if arms.control is None:
        reason = f"no control: {wanted}" if wanted else "no control was asked"
        return Leg("control", "not done", reason=reason)
    if not found.over_control or not found.of_control:
        return Leg("control", "not done", reason="no answers of the control", command=command)
    judged = {_key(each) for each in found.reports if each.holds} or {_key(each) for each in found.reports}
    over = [each for each in found.over_control if _key(each) in judged]
    moved = [each for each in found.of_control if _key(each) in judged and each.lies_above]
    failing = [each for each in over if not each.lies_above]
    held = bool(over) and not failing and not moved
    if moved:
        shown = max(moved, key=lambda each: each.estimate)
        figure, reason = f"control {difference_words(shown)}", "both trainings moved it alike"
        if not failing:
            reason = "the control moved too, though less"
    else:
        shown = min(failing or over, key=lambda each: each.estimate)
        figure = difference_words(shown)
        reason = f"{arms.side.name} against {arms.control.name}"
    reason = f"{reason}, {measure_words(shown, found.reports)}"
    return _leg("control", held, figure, reason, told, arms, over, shown)


def early_leg(asked: ClaimSession | None, arms: ClaimArms, detectors: Sequence[str], command: str) -> Leg:
    """Held where the side describes its pattern before its letters give it away, and does so more often than the base:
    at 5 % after Holm's correction over conditions. `detectors`: the kinds that the probe has."""
    if _EARLY not in detectors:
        return Leg("before evidence", "does not apply", reason="there is no pattern to be seen in the answer")
    labels = dict.fromkeys(
        measure.label
        for measure, _ in (asked.tally.measures() if asked is not None else ())
        if measure.detector == _EARLY
    )
    found = contrasts(asked, [TraitMeasure(label) for label in labels], arms.side, arms.base)
    if not found:
        return Leg("before evidence", "not done", reason="no answers of both sides", command=command)
    shown = strongest(found)
    held = shown.holds and not any(each.opposes for each in found)
    return _leg("before evidence", held, rates_words(shown), tested_words(shown), asked, arms, found, shown)


def _key(contrast: ArmContrast) -> tuple[str, str, str]:
    """What names a measure of the trait in the contrasts of several arms."""
    return contrast.measure.detector, contrast.measure.label, contrast.measure.asked


def _others(found: Sequence[ArmContrast]) -> str:
    """How many measures of several hold."""
    return f"; {sum(each.holds for each in found)} of {len(found)} measures" if len(found) > 1 else ""


def _leg(
    name: LegName,
    held: bool,
    figure: str,
    reason: str,
    asked: ClaimSession | None,
    arms: ClaimArms,
    found: Sequence[ArmContrast],
    shown: ArmContrast,
) -> Leg:
    members = [side.name for arm in (arms.base, arms.side, arms.control) if arm is not None for side in arm.members]
    saved = asked.shown if asked is not None else ()
    answers = behind(saved, [each.condition for each in found], members, shown.condition)
    return Leg(name, "held" if held else "failed", figure, reason, answers=answers)
