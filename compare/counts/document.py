"""Counts as plain values: every measure and contrast with its intervals and tests.

The document of a run and that of a session that is kept say the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from diptych.compare.answers import Question
from diptych.compare.counts.measures import Count, Measure
from diptych.compare.counts.summaries import difference_summary, side_summary
from diptych.compare.counts.tally import Tally
from diptych.compare.stats import holm
from diptych.probes import Condition, Contrast, Probe


def measures_document(tally: Tally, names: Sequence[str], probe: Probe | None) -> dict[str, Any]:
    """ "measures", the "contrasts" of the probe, and how many "tests" these are; p_holm is corrected for all of them.
    `names`: of all sides, the base first. "draws" says where equal answers are one draw."""
    document: dict[str, Any] = {
        "measures": [_measure(measure, counts, names) for measure, counts in tally.measures()],
        "contrasts": [_contrast(each, probe, tally, names) for each in probe.contrasts] if probe is not None else [],
        "draws": [
            {
                "side": each.side,
                "condition": each.question,
                "answers": each.answers,
                "identical": each.most,
                "draws": each.draws,
                "reason": each.verdict.words,
            }
            for each in tally.repeated()
        ],
    }
    document["tests"] = _correct(document)
    return document


def _measure(measure: Measure, counts: Mapping[str, Count], names: Sequence[str]) -> dict[str, Any]:
    base, *others = names
    differences = {
        other: difference_summary(_of(counts, base), _of(counts, other), measure.of_values) for other in others
    }
    said = {
        "detector": measure.detector,
        "label": measure.label,
        "condition": measure.asked,
        "sides": {name: side_summary(_of(counts, name)) for name in names},
    }
    if others:
        said["difference"] = differences[others[0]]
    return said | {"differences": differences} if len(others) > 1 else said


def _of(counts: Mapping[str, Count], side: str) -> Count:
    return counts.get(side, Count())


def _contrast(contrast: Contrast, probe: Probe, tally: Tally, names: Sequence[str]) -> dict[str, Any]:
    """What a measure makes of two conditions, for each side on its own."""
    of, minus = (probe.condition(name) for name in (contrast.of, contrast.minus))
    assert of is not None
    assert minus is not None
    (with_of, of_values), (with_minus, _) = (_counts(tally, contrast.measure, each) for each in (of, minus))

    def difference(side: str) -> dict[str, Any]:
        first, second = _paired(of, minus, _of(with_of, side), _of(with_minus, side))
        return difference_summary(second, first, of_values)

    return {
        "name": contrast.name,
        "measure": contrast.measure,
        "of": contrast.of,
        "minus": contrast.minus,
        "sides": {name: difference(name) for name in names},
    }


def _counts(tally: Tally, label: str, condition: Condition) -> tuple[Mapping[str, Count], bool]:
    """The counts of a measure in a condition, and whether it is one of values; of a condition that was asked with
    several settings none, as there is no telling which are meant."""
    group = Question("", condition.name, condition.mode, condition.prefill).group
    found = [(counts, measure) for measure, counts in tally.of_group(group).items() if measure.label == label]
    if len({measure.settings for _, measure in found}) != 1:
        return {}, False
    counts, measure = found[0]
    return counts, measure.of_values


def _paired(of: Condition, minus: Condition, of_count: Count, minus_count: Count) -> tuple[Count, Count]:
    """The counts of two conditions, their prompts named by their places where both have as many: they ask the same in
    other words."""
    if len(of.prompts) != len(minus.prompts):
        return of_count, minus_count
    return _by_place(of_count, of), _by_place(minus_count, minus)


def _by_place(count: Count, condition: Condition) -> Count:
    places = {prompt: str(place) for place, prompt in enumerate(condition.prompts)}
    by_place = {places.get(prompt, prompt): own for prompt, own in count.by_prompt.items()}
    return replace(count, by_prompt=by_place)


def _correct(document: dict[str, Any]) -> int:
    """Give each p-value of the document its correction for all of them; returns how many tests they are."""
    tests = [t for t in _tests(document) if t["p_value"] is not None and "p_holm" not in t]
    for test, corrected in zip(tests, holm([t["p_value"] for t in tests]), strict=True):
        test["p_holm"] = corrected
    for test in _tests(document):
        test.setdefault("p_holm", None)
    return len(tests)


def _tests(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All differences, of rates, means and values."""
    for measure in document["measures"]:
        if "difference" in measure:
            yield from _parts(measure.get("differences", {"": measure["difference"]}))
    for contrast in document["contrasts"]:
        yield from _parts(contrast["sides"])


def _parts(differences: dict[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for difference in differences.values():
        yield difference
        yield from (difference[key] for key in ("mean", "values") if key in difference)
