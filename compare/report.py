"""What a finished run says, as one document."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from compare.datapoints import datapoints, leak_words
from compare.measures import GUESSING, Count, Tally, group_of
from compare.plan import RunPlan, guessable
from compare.room import Room
from compare.statistics import exact_test, mean_interval, newcombe, smallest_visible_rate, wilson
from probes import Contrast, probe_warnings
from sessions import Answer

_VALUES = 20
"""The commonest values that are told."""


def report(plan: RunPlan, session: int, answers: Sequence[Answer], rooms: Sequence[Room] = ()) -> dict[str, Any]:
    """The document of `diptych run --json`: plain values, rates with 95 % Wilson intervals, means with
    bootstrap intervals.

    The difference is that of the second side to the first; p-values are of Fisher's exact test.
    """
    tally = _tally(plan, answers)
    names = [side.name for side in plan.sides]
    document = {
        "session": session,
        "probe": plan.probe.id,
        "pair": plan.pair,
        "planned": plan.answers,
        "sides": {side.name: _side(side.name, side.model, answers) for side in plan.sides},
        "measures": [
            {
                "detector": measure.detector,
                "label": measure.label,
                "condition": measure.group,
                "sides": {name: _rate(counts.get(name, Count())) for name in names},
                "difference": _difference(counts.get(names[0], Count()), counts.get(names[1], Count())),
            }
            for measure, counts in tally.measures()
        ],
        "contrasts": [_contrast(contrast, plan, tally) for contrast in plan.probe.contrasts],
        "discoveries": [],
        "excluded": _excluded(tally),
        "warnings": [*_warnings(plan, tally), *(room.words for room in rooms)],
    }
    if plan.rows is not None:
        document["datapoints"] = datapoints(plan.rows, plan.probe, answers, names)
    return document


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
            tally.count(answer.side, group_of(GUESSING, answer.prompt), [described])
    return tally


def _rate(count: Count) -> dict[str, Any]:
    rate = count.k / count.n if count.n else None
    said: dict[str, Any] = {"k": count.k, "n": count.n, "rate": rate, "interval": list(wilson(count.k, count.n))}
    if count.excluded:
        said["excluded"] = dict(count.excluded)
    if count.numbers:
        interval = mean_interval(count.numbers)
        said |= {"mean": count.mean, "mean_of": len(count.numbers), "mean_interval": interval and list(interval)}
    if count.values:
        said["values"] = dict(count.values.most_common(_VALUES))
    return said


def _contrast(contrast: Contrast, plan: RunPlan, tally: Tally) -> dict[str, Any]:
    """What a measure makes of two conditions, for each side on its own."""
    groups = {c.name: group_of(c.name, "", c.form, c.prefill) for c in plan.probe.conditions}
    counts = {m.group: sides for m, sides in tally.measures() if m.label == contrast.measure}
    of, minus = (counts.get(groups[name], {}) for name in (contrast.of, contrast.minus))
    return {
        "name": contrast.name,
        "measure": contrast.measure,
        "of": contrast.of,
        "minus": contrast.minus,
        "sides": {
            side.name: _difference(minus.get(side.name, Count()), of.get(side.name, Count())) for side in plan.sides
        },
    }


def _difference(base: Count, tuned: Count) -> dict[str, Any]:
    known = base.n and tuned.n
    return {
        "estimate": tuned.k / tuned.n - base.k / base.n if known else None,
        "interval": list(newcombe(tuned.k, tuned.n, base.k, base.n)),
        "p_value": exact_test(tuned.k, tuned.n, base.k, base.n),
    }


def _excluded(tally: Tally) -> dict[str, int]:
    total: Counter[str] = Counter()
    for _, sides in tally.measures():
        for count in sides.values():
            total.update(count.excluded)
    return dict(total)


def _warnings(plan: RunPlan, tally: Tally) -> list[str]:
    warnings = probe_warnings(plan.probe)
    if plan.rows is not None:
        warnings += leak_words(plan.rows, plan.probe)
    base = plan.sides[0].name
    for measure, counts in tally.measures():
        if (shown := counts.get(base)) and shown.k:
            warnings.append(f"{measure.group}: {base} shows {measure.label!r} too, {shown.k} of {shown.n}")
    rate = smallest_visible_rate(plan.samples)
    warnings.append(f"{plan.samples} samples cannot show a rate below {rate:.0%}".replace("%", " %"))
    return warnings
