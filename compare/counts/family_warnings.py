"""Warnings for the reader of a family's counts, in sentences. There are many members: each warning names a few."""

from collections.abc import Iterable, Sequence

from diptych.compare.answers import is_guess
from diptych.compare.counts.family_arms import Arm, pooled_count
from diptych.compare.counts.reader_warnings import SmallestRate, count_words, wording_warnings
from diptych.compare.counts.tally import Tally

_NAMED = 3
_FEW_RUNS = 3
_UNPLANNED = (
    "fewer answers finished than were planned: the intervals of the members concerned hold at every stopping time,"
    " those of arms and curves only for a number of answers fixed in advance"
)


_BY_LUCK = "can agree by luck, and p-values are then too small"


def is_about_few_runs(warning: str) -> bool:
    """Whether a warning of a document says that few training runs can agree by luck."""
    return warning.endswith(_BY_LUCK)


def family_warnings(tally: Tally, arms: Sequence[Arm]) -> list[str]:
    """All warnings about the counts of a family."""
    measures = [(measure, counts) for measure, counts in tally.measures() if not measure.of_means]
    warnings = [
        *_one_run_warnings(arms),
        *_few_runs_warnings(arms),
        *_repetition_warnings(tally),
        *_empty_warnings(tally),
    ]
    first = arms[0]
    for measure, counts in measures:
        shown = pooled_count(counts, [member.name for member in first.members])
        if shown.k and not is_guess(measure.group):
            warnings.append(f"{measure.asked}: {first.name} shows {measure.label!r} too, {count_words(shown)}")
    warnings += wording_warnings(measures)
    fewest = [count.n for measure, counts in measures if not is_guess(measure.group) for count in counts.values()]
    if smallest := min(filter(None, fewest), default=0):
        warnings.append(f"of a single member, {SmallestRate('', smallest).words}")
    if any(not count.planned for _, counts in measures for count in counts.values()):
        warnings.append(_UNPLANNED)
    return warnings


def _one_run_warnings(arms: Sequence[Arm]) -> list[str]:
    """What intervals speak of where there is one training run."""
    trained = arms[1:] or arms
    single = [arm.name for arm in trained if len(arm.by_run) == 1]
    if not single:
        return []
    if len(single) == len(trained):
        return [
            "one training run in each arm: intervals and tests speak of these models alone, not of others like them"
        ]
    return [f"{_some(single)}: one training run, so that intervals and tests speak of these models alone"]


def _few_runs_warnings(arms: Sequence[Arm]) -> list[str]:
    """What two or three training runs cannot show. `rate_contrast` has the figure."""
    few = {arm.name: len(arm.by_run) for arm in arms if 1 < len(arm.by_run) <= _FEW_RUNS}
    if not few:
        return []
    numbers = " or ".join(map(str, sorted(set(few.values()))))
    return [f"{_some(few)}: {numbers} training runs {_BY_LUCK}"]


def _repetition_warnings(tally: Tally) -> list[str]:
    """What equal answers mean, with the members that gave them."""
    by_words: dict[tuple[str, bool], dict[str, None]] = {}
    for each in tally.repeated():
        by_words.setdefault((each.verdict.words, each.verdict.one_draw), {}).setdefault(each.side)
    return [
        f"{_some(list(members))}: equal answers {'count as one draw' if one_draw else 'still count'}; {words}"
        for (words, one_draw), members in by_words.items()
    ]


def _empty_warnings(tally: Tally) -> list[str]:
    empty = {member: answered.empty for member, answered in tally.answered().items() if answered.empty}
    if not empty:
        return []
    return [f"{_some(list(empty))}: {sum(empty.values()):,} answers are empty and not counted"]


def _some(names: Iterable[str]) -> str:
    named = list(names)
    shown = ", ".join(named[:_NAMED])
    return f"{shown} and {len(named) - _NAMED} more" if len(named) > _NAMED else shown
