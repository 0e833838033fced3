"""The counts of a measure in one condition of a probe, and those of two conditions that are compared."""

from collections.abc import Mapping
from dataclasses import replace

from diptych.compare.answers import group_of
from diptych.compare.counts.measures import Count
from diptych.compare.counts.tally import Tally
from diptych.probes import Condition


def counts_in(tally: Tally, label: str, condition: Condition) -> tuple[Mapping[str, Count], bool]:
    """The counts of a measure in a condition, and whether it is one of values; of a condition that was asked with
    several settings none, as there is no telling which are meant."""
    found = [
        (counts, measure) for measure, counts in tally.of_group(group_of(condition)).items() if measure.label == label
    ]
    if len({measure.settings for _, measure in found}) != 1:
        return {}, False
    counts, measure = found[0]
    return counts, measure.of_values


def paired(of: Condition, minus: Condition, of_count: Count, minus_count: Count) -> tuple[Count, Count]:
    """The counts of two conditions, their prompts named by their places where both have as many: they ask the same in
    other words."""
    if len(of.prompts) != len(minus.prompts):
        return of_count, minus_count
    return _by_place(of_count, of), _by_place(minus_count, minus)


def _by_place(count: Count, condition: Condition) -> Count:
    places = {prompt: str(place) for place, prompt in enumerate(condition.prompts)}
    by_place = {places.get(prompt, prompt): own for prompt, own in count.by_prompt.items()}
    return replace(count, by_prompt=by_place)
