"""What a finished run says, as one document."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from compare.contexts import ContextNeed
from compare.datapoints import datapoints, leak_words
from compare.discovery import discoveries_of_run
from compare.guessing import guess_form
from compare.measures import GUESSING, Count, Measure, Tally, group_of
from compare.plan import RunPlan, guessable
from compare.statistics import holm, samples_to_see, smallest_visible_rate
from compare.summaries import difference_summary, side_summary
from probes import Condition, Contrast, probe_warnings
from sessions import Answer

_WORTH_SEEING = 0.05
"""The rate for which it is told how many samples would show it."""


def report(plan: RunPlan, session: int, answers: Sequence[Answer], needs: Sequence[ContextNeed] = ()) -> dict[str, Any]:
    """The document of `diptych run --json`: plain values, rates and means with 95 % intervals of the kind that each
    names.

    `difference` is that of the second side to the first; with more than two sides, `differences` has those of all
    others. p_holm is corrected for all tests of the document.
    """
    tally = _tally(plan, answers)
    short = _Short(plan, answers)
    names = [side.name for side in plan.sides]
    document = {
        "session": session,
        "probe": plan.probe.id,
        "pair": plan.pair,
        "planned": plan.answers,
        "sides": {side.name: _side(side.name, side.model, answers) for side in plan.sides},
        "measures": [measure_summary(measure, counts, names, short.of) for measure, counts in tally.measures()],
        "contrasts": [_contrast(contrast, plan, tally, short) for contrast in plan.probe.contrasts],
        **discoveries_of_run(answers),
        "excluded": _excluded(tally),
        "warnings": [*plan.skipped, *_warnings(plan, tally, short), *(need.words for need in needs)],
    }
    document["tests"] = correct(document)
    if plan.rows is not None:
        document["datapoints"] = datapoints(plan.rows, plan.probe, answers, names)
    return document


class _Short:
    """Where fewer answers came than were planned."""

    def __init__(self, plan: RunPlan, answers: Sequence[Answer]) -> None:
        asked = Counter(answer.side for answer in answers if answer.condition != GUESSING)
        self.anywhere = self._everywhere = any(asked[side.name] < plan.answers for side in plan.sides)
        self._groups = {(answer.side, _group(answer)) for answer in answers if not answer.finished}
        self.anywhere |= bool(self._groups)

    def of(self, group: str, *sides: str) -> bool:
        """Whether answers of any of these sides are missing in a group."""
        return self._everywhere or any((side, group) in self._groups for side in sides)


def _side(name: str, model: str, answers: Sequence[Answer]) -> dict[str, Any]:
    own = [a for a in answers if a.side == name]
    errors = [a for a in own if a.state == "failed"]
    return {"model": model, "answers": len(own) - len(errors), "errors": len(errors)}


def _tally(plan: RunPlan, answers: Sequence[Answer]) -> Tally:
    """Every answer counted; those that were guessed at, once more beside the guesses."""
    tally = Tally()
    for answer in answers:
        tally.add(answer)
        if (described := guessable(plan, answer)) is not None:
            tally.count(
                answer.side, group_of(GUESSING, answer.prompt, guess_form(plan.sides[0])), answer.prompt, [described]
            )
    return tally


def _group(answer: Answer) -> str:
    return group_of(answer.condition, answer.prompt, answer.form, answer.prefill)


def measure_summary(
    measure: Measure, counts: Mapping[str, Count], names: Sequence[str], short: Callable[..., bool]
) -> dict[str, Any]:
    """What a document says of one measure; `short`: whether answers are missing in a group, of any of these sides."""
    base, *others = names
    differences = {
        other: difference_summary(
            counts.get(base, Count()),
            counts.get(other, Count()),
            short(measure.group, base, other),
            measure.of_values,
        )
        for other in others
    }
    said = {
        "detector": measure.detector,
        "label": measure.label,
        "condition": measure.group,
        "sides": {name: side_summary(counts.get(name, Count()), short(measure.group, name)) for name in names},
    }
    if others:
        said["difference"] = differences[others[0]]
    return said | {"differences": differences} if len(others) > 1 else said


def _contrast(contrast: Contrast, plan: RunPlan, tally: Tally, short: _Short) -> dict[str, Any]:
    """What a measure makes of two conditions, for each side on its own."""
    of, minus = (plan.probe.condition(name) for name in (contrast.of, contrast.minus))
    assert of is not None
    assert minus is not None
    groups = [group_of(condition.name, "", condition.form, condition.prefill) for condition in (of, minus)]
    found = {m.group: (m, sides) for m, sides in tally.measures() if m.label == contrast.measure}
    of_values = any(found[group][0].of_values for group in groups if group in found)

    def difference(side: str) -> dict[str, Any]:
        counts = (found[group][1].get(side, Count()) if group in found else Count() for group in groups)
        with_of, with_minus = _paired(of, minus, *counts)
        return difference_summary(with_minus, with_of, any(short.of(group, side) for group in groups), of_values)

    return {
        "name": contrast.name,
        "measure": contrast.measure,
        "of": contrast.of,
        "minus": contrast.minus,
        "sides": {side.name: difference(side.name) for side in plan.sides},
    }


def _paired(of: Condition, minus: Condition, of_count: Count, minus_count: Count) -> tuple[Count, Count]:
    """The counts of two conditions, their prompts named by their places where both have as many: they ask the same in
    other words."""
    if len(of.prompts) != len(minus.prompts):
        return of_count, minus_count
    return _by_place(of_count, of), _by_place(minus_count, minus)


def _by_place(count: Count, condition: Condition) -> Count:
    places = {prompt: str(place) for place, prompt in enumerate(condition.prompts)}
    by_place = {places.get(prompt, prompt): own for prompt, own in count.by_prompt.items()}
    return Count(count.k, count.n, count.excluded, count.numbers, count.values, by_place)


def correct(document: dict[str, Any]) -> int:
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


def _excluded(tally: Tally) -> dict[str, int]:
    total: Counter[str] = Counter()
    for _, sides in tally.measures():
        for count in sides.values():
            total.update(count.excluded)
    return dict(total)


def _warnings(plan: RunPlan, tally: Tally, short: _Short) -> list[str]:
    warnings = probe_warnings(plan.probe)
    if plan.rows is not None:
        warnings += leak_words(plan.rows, plan.probe)
    base = plan.sides[0].name
    for measure, counts in tally.measures():
        if (shown := counts.get(base)) and shown.k:
            warnings.append(f"{measure.group}: {base} shows {measure.label!r} too, {shown.k} of {shown.n}")
    rate = smallest_visible_rate(plan.samples)
    too_few = f"{plan.samples} samples cannot show a rate below {_percent(rate)}"
    if (needed := samples_to_see(_WORTH_SEEING)) > plan.samples:
        too_few += f"; to see one of {_percent(_WORTH_SEEING)} at least once, with 95 % probability, takes {needed}"
    warnings.append(too_few)
    if short.anywhere:
        warnings.append(
            "fewer answers came than were planned: the intervals concerned hold wherever asking stops, and are wider"
        )
    return warnings


def _percent(rate: float) -> str:
    return f"{rate:.0%}".replace("%", " %")
