"""The leg that asks whether the report holds over fine-tunes."""

from collections.abc import Sequence

from diptych.compare.claims.arm_contrasts import ArmContrast, ClaimArms, strongest
from diptych.compare.claims.claim_commands import ClaimCommands
from diptych.compare.claims.claim_results import Leg
from diptych.compare.claims.leg_words import difference_words, measure_words


def seeds_leg(reports: Sequence[ArmContrast], arms: ClaimArms, commands: ClaimCommands) -> Leg:
    """Held where the report differs from the base with the training run as the unit: several runs of the side's arm
    were asked, and the interval over them, which is also one over questions, lies above 0 after Holm's correction over
    the reports. With one run nothing is known of others."""
    runs = len(arms.side.by_run)
    if runs < 2:
        return Leg("seeds", "not done", "1 training run", "a family of seeds would tell", commands.families())
    if not reports:
        return Leg("seeds", "not done", f"{runs} training runs", "no answers of both arms")
    over_runs = [each for each in reports if each.difference.unit == "models"]
    if not over_runs:
        return Leg("seeds", "not done", f"{runs} training runs", "one of them was asked")
    shown = strongest(over_runs)
    held = any(each.holds for each in over_runs) and not any(each.opposes for each in reports)
    reason = f"{runs} training runs, {measure_words(shown, reports)}"
    return Leg("seeds", "held" if held else "failed", difference_words(shown), reason)
