"""Warnings for the reader of counts, in sentences."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from diptych.compare.counts.measures import Count, Measure
from diptych.compare.counts.tally import Answered, Repeated, Tally
from diptych.compare.stats import samples_to_see, smallest_visible_rate

_WORTH_SEEING = 0.05
"""The warning says how many samples would show this rate."""
_UNPLANNED = (
    "fewer answers finished than were planned: the intervals concerned hold at every stopping time, and are wider"
)

_MAY_BE_WORDING = (
    "the detector finds some wordings more often than others, so that a difference between sides can be wording alone; "
    "label answers that are picked at random to correct it"
)


def count_warnings(tally: Tally, names: Sequence[str]) -> list[str]:
    """All warnings about the counts of a run. `names`: of all sides, the base first."""
    measures = [(measure, counts) for measure, counts in tally.measures() if not measure.of_scores]
    warnings = [*repetition_warnings(tally), *empty_warnings(tally.answered())]
    base = names[0]
    for measure, counts in measures:
        if (shown := counts.get(base)) and shown.k and not measure.of_value_alone:
            warnings.append(f"{measure.asked}: {base} shows {measure.label!r} too, {count_words(shown)}")
    warnings += [*wording_warnings(measures), *too_few_warnings(measures, names)]
    if any(not count.planned for _, counts in measures for count in counts.values()):
        warnings.append(_UNPLANNED)
    return warnings


def wording_warnings(measures: Iterable[tuple[Measure, Mapping[str, Count]]]) -> list[str]:
    """A sentence on the measures whose sides may differ in their wording alone."""
    labels = dict.fromkeys(measure.label for measure, counts in measures if may_be_wording(measure, counts))
    return [f"{', '.join(map(repr, labels))}: {_MAY_BE_WORDING}"] if labels else []


def may_be_wording(measure: Measure, counts: Mapping[str, Count]) -> bool:
    """Whether the sides of a measure differ, while its detector finds some wordings more often than others and no
    labels correct it."""
    rates = {count.k / count.n for count in counts.values() if count.n}
    return measure.of_meaning and len(rates) > 1 and not all(count.labelled.n for count in counts.values())


def count_words(count: Count) -> str:
    """For example "3 of 12, 8 excluded (refusal 8)"."""
    said = f"{count.k} of {count.n}"
    excluded = excluded_words(count.excluded)
    return f"{said}, {excluded}" if excluded else said


def excluded_words(excluded: Mapping[str, int]) -> str:
    """For example "8 excluded (refusal 6, truncated 2)"; "" if none are."""
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
    """A sentence for each side and question where equal answers count as one draw."""
    return [f"{each.question}: {repetition_note([each], [each.side])}{_draws(each)}" for each in tally.repeated()]


def repetition_note(found: Iterable[Repeated], names: Sequence[str]) -> str:
    """For example "base 20 of 20, tuned 20 of 20 identical: this endpoint does not sample"; "" if nothing is
    repeated. `names`: of the sides, in their order."""
    by_words: dict[str, list[str]] = {}
    for each in sorted(found, key=lambda one: names.index(one.side)):
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


class SmallestRate(NamedTuple):
    """The smallest rate that the answers of a side can show."""

    side: str
    """"" where it is the same for all sides."""
    samples: int
    """In the measure that counted fewest of the side's answers. Measures that counted none are left out."""

    @property
    def words(self) -> str:
        """A sentence, e.g. "with 20 samples, rates under 14 % can be missed"."""
        if not self.samples:
            return f"{self.side}: no answer could be counted" if self.side else "no answer could be counted"
        samples = f"{self.samples} sample" if self.samples == 1 else f"{self.samples} samples"
        missed = f"rates under {_percent(smallest_visible_rate(self.samples))}"
        return f"{self.side}: {samples} can miss {missed}" if self.side else f"with {samples}, {missed} can be missed"


def smallest_rates(measures: Iterable[Mapping[str, Count]]) -> list[SmallestRate]:
    """The smallest rates that these measures, which are counts by side, can show."""
    samples = _samples_by_side(measures)
    fewest = {side: min(filter(None, numbers), default=0) for side, numbers in samples.items()}
    if len(set(fewest.values())) == 1:
        return [SmallestRate("", next(iter(fewest.values())))]
    return [SmallestRate(side, n) for side, n in fewest.items()]


def too_few_warnings(measures: Iterable[tuple[Measure, Mapping[str, Count]]], names: Sequence[str]) -> list[str]:
    """Sentences on rates that so few answers cannot show, and on measures that counted no answer of a side."""
    counts = [{side: sides[side] for side in names if side in sides} for _, sides in measures]
    warnings = []
    for rate in smallest_rates(counts):
        needed = samples_to_see(_WORTH_SEEING)
        advice = f"; to see a rate of {_percent(_WORTH_SEEING)} at least once (95 % probability) takes {needed}"
        warnings.append(rate.words + (advice if 0 < rate.samples < needed else ""))
    for side, numbers in _samples_by_side(counts).items():
        if any(numbers) and (without := numbers.count(0)):
            warnings.append(f"{side}: no answer could be counted in {without} of {len(numbers)} measures")
    return warnings


def _samples_by_side(measures: Iterable[Mapping[str, Count]]) -> dict[str, list[int]]:
    """How many answers each measure counted."""
    samples: dict[str, list[int]] = {}
    for counts in measures:
        for side, count in counts.items():
            samples.setdefault(side, []).append(count.n)
    return samples


def _percent(rate: float) -> str:
    return f"{rate:.0%}".replace("%", " %")
