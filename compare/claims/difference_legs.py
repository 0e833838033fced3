"""The legs that compare arms in a measure: behaviour, report, control, before evidence."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from diptych.compare.claims.arm_contrasts import ArmContrast, ClaimArms, Counted, contrasts, strongest
from diptych.compare.claims.asked_questions import Asked
from diptych.compare.claims.asked_sessions import ClaimSession
from diptych.compare.claims.claim_results import Leg, LegName
from diptych.compare.claims.leg_words import difference_words, measure_words, rates_words, tested_words
from diptych.probes import Probe, Trait, TraitMeasure, measure_of

_EARLY = "early-explanation"
DENIES = "it denies it"
CONTRADICTS = "others hold, but the other way"
"""How the reason begins where reports move against the trait: all that differ, or some of them."""


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
    def of(cls, behaviour: Counted, reports: Sequence[Counted], arms: ClaimArms) -> "ArmComparisons":
        """Compare the arms in these measures."""
        control = arms.control
        return cls(
            contrasts([behaviour], arms.side, arms.base),
            contrasts(reports, arms.side, arms.base),
            contrasts(reports, arms.side, control) if control is not None else (),
            contrasts(reports, control, arms.base) if control is not None else (),
        )


def behaviour_leg(found: Sequence[ArmContrast], trait: Trait, asked: Asked) -> Leg:
    """Held where at least one measure of the behaviour differs from the base in the direction of the trait, at 5 %
    after Holm's correction over the measures of the leg (Holm 1979, Scandinavian Journal of Statistics 6), and none
    differs in the other direction."""
    if not trait.behaviour:
        return Leg("behaviour", "does not apply", reason="the trait names no behaviour")
    return _differs("behaviour", found, asked, rates_words, "the other way")


def report_leg(found: Sequence[ArmContrast], asked: Asked) -> Leg:
    """Held where at least one report differs from the base in the direction of the trait, at 5 % after Holm's
    correction over the reports, and none differs in the other direction. If only such ones differ, the side denies the
    trait; if others hold, its reports contradict each other."""
    return _differs("report", found, asked, difference_words, DENIES)


def early_leg(probe: Probe, asked: Asked) -> Leg:
    """Held where the side describes its pattern before its letters give it away, and does so more often than the base:
    at 5 % after Holm's correction over conditions. They are those of the reports, where one of them is of that kind.
    """
    labels = {measure_of(spec) for spec in probe.detectors if spec.kind == _EARLY}
    if not labels:
        return Leg("before evidence", "does not apply", reason="there is no pattern to be seen in the answer")
    reports = probe.trait.reports if probe.trait is not None else ()
    wanted = [each for each in reports if each.measure in labels] or [TraitMeasure(label) for label in labels]
    found = contrasts([Counted(asked.session, wanted)], asked.arms.side, asked.arms.base)
    return _differs("before evidence", found, asked, rates_words, "the other way")


def control_leg(found: ArmComparisons, wanted: str, asked: Asked) -> Leg:
    """Held where every report that differs from the base (if none does: the strongest one) lies above the control's,
    with its whole 95 % interval, and the control's report does not lie above the base's in the same way. All must hold,
    so nothing is corrected: an intersection-union test (Berger 1982, Technometrics 24).

    `wanted`: what a control should be, in words.
    """
    side, control = asked.arms.side, asked.arms.control
    if control is None:
        return Leg("control", "not done", reason=f"no control: {wanted}" if wanted else "no control was asked")
    if not found.reports:
        return asked.missing("control")
    judged = {_key(each) for each in found.reports if each.holds} or {_key(strongest(found.reports))}
    over = [each for each in found.over_control if _key(each) in judged]
    moved = [each for each in found.of_control if _key(each) in judged and each.lies_above]
    if len(over) < len(judged):
        return asked.missing("control")
    lowest = min(over, key=lambda each: (each.lies_above, each.estimate))
    held = lowest.lies_above and not moved
    if moved:
        shown = max(moved, key=lambda each: each.estimate)
        figure = f"control {difference_words(shown)}"
        reason = _moved_words(shown, lowest, found.reports, side.name)
    else:
        shown, figure, reason = lowest, difference_words(lowest), f"{side.name} against {control.name}"
    reason = f"{reason}, {measure_words(shown, found.reports)}"
    conditions = [shown.condition, *(each.condition for each in over)]
    return asked.leg("control", held, figure, reason, conditions, None if moved else _waiting(over))


def _moved_words(moved: ArmContrast, lowest: ArmContrast, reports: Sequence[ArmContrast], side: str) -> str:
    """What the side did in the report in which the control moved."""
    if lowest.lies_above:
        return "the control moved too, though less"
    alike = any(each.lies_above and _key(each) == _key(moved) for each in reports)
    return "both fine-tunes moved alike" if alike else f"{side} did not move"


def _differs(
    name: LegName, found: Sequence[ArmContrast], asked: Asked, words: Callable[[ArmContrast], str], otherwise: str
) -> Leg:
    """A leg that is held where a measure differs in the direction of the trait, and none in the other one."""
    if not found:
        return asked.missing(name)
    opposed = next((each for each in found if each.opposes), None)
    shown = opposed or strongest(found)
    reason = f"{measure_words(shown, found)}, {tested_words(shown)}"
    if opposed is not None:
        reason = f"{CONTRADICTS if any(each.holds for each in found) else otherwise}: {reason}"
    if len(found) > 1:
        reason += f"; {sum(each.holds for each in found)} of {len(found)} measures"
    conditions = [shown.condition, *(each.condition for each in found)]
    waits = _waiting(found) if opposed is None else None
    return asked.leg(name, shown.holds, words(shown), reason, conditions, waits)


def _waiting(found: Sequence[ArmContrast]) -> ClaimSession | None:
    """A session in which fewer answers finished than were planned."""
    return next((each.asked for each in found if not (each.own.planned and each.other.planned)), None)


def _key(contrast: ArmContrast) -> tuple[str, str, str]:
    """What names a measure of the trait in the contrasts of several arms."""
    return contrast.measure.detector, contrast.measure.label, contrast.measure.asked
