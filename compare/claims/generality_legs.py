"""The legs that ask whether it would happen again: over fine-tunes, and with other readers of the answers."""

from collections.abc import Sequence
from typing import NamedTuple

from diptych.compare.claims.arm_contrasts import ArmContrast, ClaimArms, strongest
from diptych.compare.claims.asked_sessions import ClaimSession
from diptych.compare.claims.claim_commands import ClaimCommands
from diptych.compare.claims.claim_results import Leg, LegState
from diptych.compare.claims.leg_words import difference_words, estimate_words, measure_words
from diptych.compare.counts import CorrectedDifference, corrected_between
from diptych.compare.judges import JUDGE
from diptych.compare.stats import cohens_kappa, kappa_interval
from diptych.number_words import interval_words, short

_SUBSTANTIAL = 0.6
"""Agreement from here on is called substantial: Landis and Koch (1977), The measurement of observer agreement for
categorical data, Biometrics 33."""
_FEWEST = 10
"""Labels from which kappa is said."""


def seeds_leg(reports: Sequence[ArmContrast], arms: ClaimArms, commands: ClaimCommands) -> Leg:
    """Held where the report differs from the base with the training run as the unit: several runs of the side's arm
    were asked, and the interval over them, which is also one over questions, lies above 0 after Holm's correction over
    the reports. With one run nothing is known of others."""
    runs = len(arms.side.by_run)
    if runs < 2:
        return Leg("seeds", "not done", "1 training run", "a family of seeds would tell", commands.families())
    if not reports:
        return Leg("seeds", "not done", f"{runs} training runs", "no answers of both arms")
    shown = strongest(reports)
    held = any(each.holds and each.difference.unit == "models" for each in reports)
    held = held and not any(each.opposes for each in reports)
    reason = f"{runs} training runs, {measure_words(shown, reports)}"
    return Leg("seeds", "held" if held else "failed", difference_words(shown), reason)


class _Agreement(NamedTuple):
    """Labels of people beside what a detector of meaning saw, in one measure of the trait."""

    contrast: ArmContrast
    both: int
    only_label: int
    only_detector: int
    neither: int

    @property
    def labels(self) -> int:
        return self.both + self.only_label + self.only_detector + self.neither

    @property
    def kappa(self) -> float | None:
        labelled = self.both + self.only_label
        if self.labels < _FEWEST or labelled in (0, self.labels):
            return None
        return cohens_kappa(self.both, self.only_label, self.only_detector, self.neither)


def readers_leg(
    measured: Sequence[tuple[ArmContrast, ClaimSession]], arms: ClaimArms, commands: ClaimCommands, command: str
) -> Leg:
    """Held where detectors and judges that read what an answer means agree with people, on answers that were picked at
    random: the 95 % interval of Cohen's kappa lies above .6 in every measure of the trait with labels. Where people say
    the same of all answers kappa says nothing: then the difference that labels correct must lie above 0.

    Does not apply where only forms are read: letters, options, numbers.
    """
    if not measured:
        return Leg("readers", "not done", reason="no answers of both sides", command=command)
    of_meaning = [(each, asked) for each, asked in measured if _reads_meaning(each)]
    if not of_meaning:
        return Leg("readers", "does not apply", reason="only forms are read: letters, options, numbers")
    found = [_agreement(each, asked) for each, asked in of_meaning]
    labelled = [each for each in found if each.labels]
    if not labelled:
        contrast, asked = of_meaning[0]
        command = commands.label(asked.session.id, contrast.measure.label, contrast.measure.asked)
        return Leg("readers", "not done", "no labels", contrast.measure.label, command)
    held = [_holds(each, asked, arms) for each, (_, asked) in zip(found, of_meaning, strict=True) if each.labels]
    place = held.index(False) if False in held else 0
    shown = labelled[place]
    asked = next(asked for each, asked in of_meaning if each is shown.contrast)
    state: LegState = "held" if all(held) else "failed"
    return Leg("readers", state, _figure(shown), _reason(shown, asked, arms), answers=_labelled_answers(asked))


def _reads_meaning(contrast: ArmContrast) -> bool:
    return contrast.measure.of_meaning or contrast.measure.detector.startswith(JUDGE)


def _agreement(contrast: ArmContrast, asked: ClaimSession) -> _Agreement:
    counts = next((counts for measure, counts in asked.tally.measures() if measure == contrast.measure), {})
    both = only_detector = only_label = neither = 0
    for count in counts.values():
        (said, seen), (missed, unseen) = count.labelled.present, count.labelled.absent
        both, only_detector = both + said, only_detector + seen - said
        only_label, neither = only_label + missed, neither + unseen - missed
    return _Agreement(contrast, both, only_label, only_detector, neither)


def _holds(found: _Agreement, asked: ClaimSession, arms: ClaimArms) -> bool:
    if found.kappa is not None:
        interval = kappa_interval(found.both, found.only_label, found.only_detector, found.neither)
        return interval is not None and interval.low > _SUBSTANTIAL
    corrected = _corrected(found, asked, arms)
    if corrected is None:
        return False
    low, high = corrected.interval
    return low > 0 if found.contrast.toward > 0 else high < 0


def _corrected(found: _Agreement, asked: ClaimSession, arms: ClaimArms) -> CorrectedDifference | None:
    """The difference of the rates that labels correct, of arms with one member each."""
    counts = next((counts for measure, counts in asked.tally.measures() if measure == found.contrast.measure), {})
    names = [arm.members[0].name for arm in (arms.base, arms.side) if len(arm.members) == 1]
    own = [counts[name] for name in names if name in counts and counts[name].labelled.n]
    return corrected_between(*own) if len(own) == 2 else None


def _figure(found: _Agreement) -> str:
    number = f"{found.labels} label{'s' * (found.labels != 1)}"
    if found.kappa is None:
        return number
    interval = kappa_interval(found.both, found.only_label, found.only_detector, found.neither)
    return f"κ {short(found.kappa)} {interval_words(*interval)}, {number}" if interval is not None else number


def _reason(found: _Agreement, asked: ClaimSession, arms: ClaimArms) -> str:
    label, corrected = found.contrast.measure.label, _corrected(found, asked, arms)
    return (
        label if corrected is None else f"{label}, corrected {estimate_words(corrected.estimate, corrected.interval)}"
    )


def _labelled_answers(asked: ClaimSession) -> tuple[int, ...]:
    return tuple(dict.fromkeys(label.answer for label in asked.labels if label.question))[:100]
