"""The arms of a family: the rate or mean of each over its members, and how it differs from the first.

With several training runs the unit is the run: members and prompts both count as drawn. With one run an arm has the
interval and the test that a side of a pair has, and they speak of these models alone.

NumPy is imported late, as it costs start-up time.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import UNSET

from diptych.compare.counts.family_results import ArmDifference, ArmResult
from diptych.compare.counts.measures import Count
from diptych.compare.counts.summaries import difference_result, mean_interval_of, mean_kind, rate_interval, rate_result
from diptych.compare.stats import Cells, Interval, Sums, Unit, crossed_mean, crossed_rate, mean_contrast, rate_contrast
from diptych.sessions import SideRecord

CROSSED = "crossed"
"""The kind of an interval over training runs and prompts, and the name of its test."""
_NOTHING_KNOWN = Interval(0.0, 1.0)


@dataclass(frozen=True)
class Arm:
    """The members of a family that belong together."""

    name: str
    members: tuple[SideRecord, ...]

    @property
    def runs(self) -> tuple[str, ...]:
        """The training run of each member. Members at several x belong to the run of their seed: they are doses of one
        adapter, or checkpoints of one training. So do members without a seed, unless two share an x."""
        if any(member.x is None for member in self.members):
            return tuple(member.name for member in self.members)
        without = [member.x for member in self.members if member.training_seed is None]
        one_run = len(set(without)) == len(without)
        return tuple(
            f"seed {member.training_seed}" if member.training_seed is not None else "" if one_run else member.name
            for member in self.members
        )

    @property
    def xs(self) -> tuple[float, ...]:
        """The x that its members have, each once, the smallest first."""
        return tuple(sorted({member.x for member in self.members if member.x is not None}))

    @property
    def by_run(self) -> dict[str, list[str]]:
        """The names of the members of each run."""
        found: dict[str, list[str]] = {}
        for run, member in zip(self.runs, self.members, strict=True):
            found.setdefault(run, []).append(member.name)
        return found


def arms_of(sides: Sequence[SideRecord]) -> list[Arm]:
    """The arms in the order of their first members."""
    names = dict.fromkeys(side.arm_name for side in sides)
    return [Arm(name, tuple(side for side in sides if side.arm_name == name)) for name in names]


Counts = Mapping[str, Count]
"""The counts of one measure, by member."""


def arm_result(arm: Arm, counts: Counts) -> ArmResult:
    """What the members of an arm showed of a measure."""
    runs, pooled = runs_with_answers(arm, counts), pooled_count(counts, [member.name for member in arm.members])
    members = sum(_has_answers(counts.get(member.name)) for member in arm.members)
    unit: Unit = unit_of_one(pooled)
    kind, interval = rate_interval(pooled)
    rate = pooled.k / pooled.n if pooled.n else None
    if len(runs) > 1 and pooled.n:
        found = crossed_rate(rate_cells(counts, runs, prompts_of(counts)))
        kind, interval, unit, rate = CROSSED, found.interval or _NOTHING_KNOWN, found.unit, found.estimate
    if not pooled.numbers:
        return ArmResult(members, pooled.k, pooled.n, rate, interval, kind, unit)
    if len(runs) > 1:
        means = crossed_mean(mean_sums(counts, runs, prompts_of(counts)))
        mean, mean_interval, mean_interval_kind = means.estimate, means.interval, CROSSED
        unit = unit if pooled.n else means.unit
    else:
        mean, mean_interval, mean_interval_kind = pooled.mean, mean_interval_of(pooled), mean_kind(pooled)
    return ArmResult(
        members,
        pooled.k,
        pooled.n,
        rate,
        interval,
        kind,
        unit,
        mean,
        len(pooled.numbers),
        mean_interval if mean is not None else UNSET,
        mean_interval_kind,
    )


def arm_difference(first: Arm, arm: Arm, counts: Counts, of_means: bool) -> ArmDifference:
    """How an arm differs from the first. The p-value is not yet corrected for the number of tests."""
    groups, first_groups = runs_with_answers(arm, counts), runs_with_answers(first, counts)
    if len(groups) <= 1 and len(first_groups) <= 1:
        return _difference_of_two(first, arm, counts, of_means)
    prompts = prompts_of(counts)
    if of_means:
        found = mean_contrast(mean_sums(counts, groups, prompts), mean_sums(counts, first_groups, prompts))
    else:
        found = rate_contrast(rate_cells(counts, groups, prompts), rate_cells(counts, first_groups, prompts))
    test = CROSSED if found.p_value is not None else None
    return ArmDifference(
        found.estimate, found.interval, CROSSED, found.unit, found.first_unit, found.p_value, None, test
    )


def _difference_of_two(first: Arm, arm: Arm, counts: Counts, of_means: bool) -> ArmDifference:
    """The difference of two arms of one run each: the same as that of two sides of a pair."""
    own, base = (pooled_count(counts, [member.name for member in each.members]) for each in (arm, first))
    units = unit_of_one(own), unit_of_one(base)
    if not of_means:
        found = rate_result(base, own)
        return ArmDifference(
            found.estimate, found.interval, found.interval_kind, *units, found.p_value, found.p_holm, found.test
        )
    mean = difference_result(base, own, of_values=False).mean
    if mean is None:
        return ArmDifference(None, None, mean_kind(own), *units, None, None, None)
    return ArmDifference(mean.estimate, mean.interval, mean.interval_kind, *units, mean.p_value, mean.p_holm, mean.test)


def runs_with_answers(arm: Arm, counts: Counts) -> list[list[str]]:
    """The members of each training run that has an answer which counts."""
    return [names for names in arm.by_run.values() if any(_has_answers(counts.get(name)) for name in names)]


def pooled_count(counts: Counts, names: Sequence[str]) -> Count:
    """The answers of several members as one count."""
    own = [counts[name] for name in names if name in counts]
    pooled = _sum(own)
    for prompt in dict.fromkeys(prompt for count in own for prompt in count.by_prompt):
        pooled.by_prompt[prompt] = _sum([count.by_prompt[prompt] for count in own if prompt in count.by_prompt])
    return pooled


def prompts_of(counts: Counts) -> list[str]:
    """The prompts that any member was asked, sorted: the columns of cells."""
    return sorted({prompt for count in counts.values() for prompt in count.by_prompt})


def rate_cells(counts: Counts, rows: Sequence[Sequence[str]], prompts: Sequence[str]) -> Cells:
    """k and n of each row, which are members that are taken together, and prompt."""
    import numpy

    table = [[_sum(_counts_at(counts, names, prompt)) for prompt in prompts] for names in rows]
    shape = len(rows), len(prompts)
    k, n = ([getattr(count, key) for row in table for count in row] for key in ("k", "n"))
    return Cells(numpy.array(k).reshape(shape), numpy.array(n).reshape(shape))


def mean_sums(counts: Counts, rows: Sequence[Sequence[str]], prompts: Sequence[str]) -> Sums:
    """The sums of the numbers, and of their squares, of each row and prompt."""
    import numpy

    table: list[Any] = [
        [number for count in _counts_at(counts, names, prompt) for number in count.numbers]
        for names in rows
        for prompt in prompts
    ]
    shape = len(rows), len(prompts)
    sums = ([sum(own) for own in table], [sum(x * x for x in own) for own in table], [len(own) for own in table])
    total, squares, n = (numpy.array(each).reshape(shape) for each in sums)
    return Sums(total, squares, n)


def _counts_at(counts: Counts, names: Sequence[str], prompt: str) -> list[Count]:
    found = (counts[name].by_prompt.get(prompt) for name in names if name in counts)
    return [count for count in found if count is not None]


def _sum(counts: Sequence[Count]) -> Count:
    """The sum of counts, without those by prompt."""
    return Count(
        sum(count.k for count in counts),
        sum(count.n for count in counts),
        sum((count.excluded for count in counts), Counter()),
        [number for count in counts for number in count.numbers],
        planned=all(count.planned for count in counts),
    )


def _has_answers(count: Count | None) -> bool:
    return count is not None and bool(count.n or count.numbers)


def unit_of_one(pooled: Count) -> Unit:
    """What the interval of one training run speaks of."""
    asked = sum(bool(count.n or count.numbers) for count in pooled.by_prompt.values())
    return "questions" if asked > 1 else "answers"
