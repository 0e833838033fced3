"""What the reader of counts should mind, in sentences."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from diptych.compare.counts.measures import Count, Measure
from diptych.compare.counts.tally import Answered, Repeated, Tally
from diptych.compare.stats import samples_to_see, smallest_visible_rate

_WORTH_SEEING = 0.05
"""The rate for which it is told how many samples would show it."""
_UNPLANNED = "fewer answers came than were planned: the intervals concerned hold wherever asking stops, and are wider"


def count_warnings(tally: Tally, names: Sequence[str]) -> list[str]:
    """What to mind in the counts of a run; `names`: of all sides, the base first."""
    measures = list(tally.measures())
    warnings = [*repetition_warnings(tally), *empty_warnings(tally.answered())]
    base = names[0]
    for measure, counts in measures:
        if (shown := counts.get(base)) and shown.k:
            warnings.append(f"{measure.asked}: {base} shows {measure.label!r} too, {count_words(shown)}")
    warnings += too_few_warnings(measures, names)
    if any(not count.planned for _, counts in measures for count in counts.values()):
        warnings.append(_UNPLANNED)
    return warnings


def count_words(count: Count) -> str:
    """As "3 of 12, 8 excluded (refusal 8)"."""
    said = f"{count.k} of {count.n}"
    excluded = excluded_words(count.excluded)
    return f"{said}, {excluded}" if excluded else said


def excluded_words(excluded: Mapping[str, int]) -> str:
    """As "8 excluded (refusal 6, truncated 2)", "" where none are."""
    if not excluded:
        return ""
    buckets = ", ".join(f"{bucket} {times}" for bucket, times in Counter(excluded).most_common())
    return f"{sum(excluded.values())} excluded ({buckets})"


def total_excluded(tally: Tally) -> dict[str, int]:
    """How many findings could not be judged, by the reason."""
    total: Counter[str] = Counter()
    for _, sides in tally.measures():
        for count in sides.values():
            total.update(count.excluded)
    return dict(total)


def repetition_warnings(tally: Tally) -> list[str]:
    """Where equal answers are one draw, a sentence for each side and question."""
    return [f"{each.question}: {repetition_note([each])}{_draws(each)}" for each in tally.repeated()]


def repetition_note(found: Iterable[Repeated]) -> str:
    """As "base 20 of 20, tuned 20 of 20 identical: this endpoint does not sample", "" where nothing is repeated."""
    by_words: dict[str, list[str]] = {}
    for each in found:
        by_words.setdefault(each.verdict.words, []).append(f"{each.side} {each.most} of {each.answers}")
    return "; ".join(f"{', '.join(sides)} identical: {words}" for words, sides in by_words.items())


def _draws(found: Repeated) -> str:
    draws = f"{found.draws} draw" if found.draws == 1 else f"{found.draws} draws"
    whose = "they" if found.most == found.answers else f"all {found.answers}"
    return f", so that {whose} count as {draws}" if found.verdict.one_draw else f"; {whose} still count as {draws}"


def empty_warnings(sides: Mapping[str, Answered]) -> list[str]:
    """A sentence for each side that gave answers without text."""
    return [_empty(side, answered) for side, answered in sides.items() if answered.empty]


def _empty(side: str, of: Answered) -> str:
    said = f"{side}: {of.empty} of {of.finished} answers {'is' if of.empty == 1 else 'are'} empty and not counted"
    if not of.thinking:
        return said
    some = "" if of.thinking == of.empty else f" of {of.thinking}"
    return f"{said}; the token limit{some} went into thinking: raise max_tokens"


def too_few_warnings(measures: Iterable[tuple[Measure, Mapping[str, Count]]], names: Sequence[str]) -> list[str]:
    """What rates cannot be seen in so few answers: each side by the least n of the measures that counted any of its."""
    numbers: dict[str, list[int]] = {}
    for _, counts in measures:
        for side, count in counts.items():
            numbers.setdefault(side, []).append(count.n)
    least = {side: min(filter(None, numbers[side]), default=0) for side in names if side in numbers}
    uncounted = [_uncounted(side, numbers[side].count(0), len(numbers[side])) for side in names if least.get(side)]
    if len(set(least.values())) == 1:
        return [_too_few("", next(iter(least.values()))), *filter(None, uncounted)]
    return [*(_too_few(f"{side}: ", n) for side, n in least.items()), *filter(None, uncounted)]


def _uncounted(side: str, without: int, measures: int) -> str:
    return f"{side}: no answer could be counted in {without} of {measures} measures" if without else ""


def _too_few(whose: str, n: int) -> str:
    if not n:
        return f"{whose}no answer could be counted"
    answers = f"{n} sample" if n == 1 else f"{n} samples"
    said = f"{whose}{answers} cannot show a rate below {_percent(smallest_visible_rate(n))}"
    if (needed := samples_to_see(_WORTH_SEEING)) > n:
        said += f"; to see one of {_percent(_WORTH_SEEING)} at least once, with 95 % probability, takes {needed}"
    return said


def _percent(rate: float) -> str:
    return f"{rate:.0%}".replace("%", " %")
