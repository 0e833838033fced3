"""The contrasts of a probe in a family, such as the compliance gap: two conditions of the same members, arm by arm."""

from collections.abc import Sequence

from diptych.compare.counts.condition_counts import counts_in, paired
from diptych.compare.counts.family_arms import (
    CROSSED,
    Arm,
    Counts,
    mean_sums,
    pooled_count,
    prompts_of,
    rate_cells,
    runs_with_answers,
    unit_of_one,
)
from diptych.compare.counts.family_results import ArmContrast, FamilyContrast
from diptych.compare.counts.measures import Count
from diptych.compare.counts.summaries import difference_result, mean_kind
from diptych.compare.counts.tally import Tally
from diptych.compare.stats import mean_gap, rate_gap
from diptych.probes import Condition, Contrast, Probe


def family_contrasts(probe: Probe | None, tally: Tally, arms: Sequence[Arm]) -> tuple[FamilyContrast, ...]:
    """The contrasts of the probe. P-values are not yet corrected for the number of tests."""
    return tuple(_contrast(contrast, probe, tally, arms) for contrast in probe.contrasts) if probe is not None else ()


def _contrast(contrast: Contrast, probe: Probe, tally: Tally, arms: Sequence[Arm]) -> FamilyContrast:
    of, minus = (probe.condition(name) for name in (contrast.of, contrast.minus))
    assert of is not None
    assert minus is not None
    with_of, with_minus = (counts_in(tally, contrast.measure, each)[0] for each in (of, minus))
    names = [member.name for arm in arms for member in arm.members]
    both = {name: _both(of, minus, with_of, with_minus, name) for name in names}
    own, other = ({name: counts[place] for name, counts in both.items()} for place in (0, 1))
    return FamilyContrast(
        contrast.name,
        contrast.measure,
        contrast.of,
        contrast.minus,
        {arm.name: _of_arm(arm, own, other, len(of.prompts) == len(minus.prompts)) for arm in arms},
    )


def _both(of: Condition, minus: Condition, with_of: Counts, with_minus: Counts, member: str) -> tuple[Count, Count]:
    return paired(of, minus, with_of.get(member, Count()), with_minus.get(member, Count()))


def _of_arm(arm: Arm, of: Counts, minus: Counts, same_prompts: bool) -> ArmContrast:
    """One arm: over its training runs, or as a side of a pair where there is one."""
    names = [member.name for member in arm.members]
    of_means = not any(counts[name].n for counts in (of, minus) for name in names)
    answered = [runs_with_answers(arm, counts) for counts in (of, minus)]
    runs = [members for members in arm.by_run.values() if any(members in found for found in answered)]
    if len(runs) <= 1:
        return _of_one(pooled_count(of, names), pooled_count(minus, names), of_means)
    asked = [prompts_of({name: counts[name] for name in names}) for counts in (of, minus)]
    if same_prompts:
        asked = [sorted({*asked[0], *asked[1]})] * 2
    if of_means:
        found = mean_gap(mean_sums(of, runs, asked[0]), mean_sums(minus, runs, asked[1]), same_prompts)
    else:
        found = rate_gap(rate_cells(of, runs, asked[0]), rate_cells(minus, runs, asked[1]), same_prompts)
    test = CROSSED if found.p_value is not None else None
    return ArmContrast(found.estimate, found.interval, CROSSED, "models", found.p_value, None, test)


def _of_one(of: Count, minus: Count, of_means: bool) -> ArmContrast:
    found = difference_result(minus, of, of_values=False)
    unit = unit_of_one(of)
    if not of_means:
        kind, test = found.interval_kind, found.test
        return ArmContrast(found.estimate, found.interval, kind, unit, found.p_value, found.p_holm, test)
    if (mean := found.mean) is None:
        return ArmContrast(None, None, mean_kind(of), unit, None, None, None)
    return ArmContrast(mean.estimate, mean.interval, mean.interval_kind, unit, mean.p_value, mean.p_holm, mean.test)
