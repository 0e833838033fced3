"""Rates and differences in words."""

from collections.abc import Mapping
from typing import Any

from diptych.number_words import (
    corrected_difference_words,
    corrected_note,
    corrected_words,
    interval_words,
    p_words,
    signed,
    signed_interval_words,
    signed_three_digits,
    three_digits,
)
from diptych.sessions.interval_kinds import INTERVAL_KINDS, intervals_note


def rate(side: Mapping[str, Any]) -> str:
    """k/n with its interval, what was excluded, and the mean; the mean alone where there is no rate."""
    if not counted(side):
        return "–"
    if mean_alone(side):
        return ", ".join(filter(None, (mean(side), excluded(side))))
    excluded_words = f", {words}," if (words := excluded(side)) else ""
    kind = INTERVAL_KINDS[side["interval_kind"]]
    text = f"{side['k']}/{side['n']}{excluded_words} {interval(side)} {kind}"
    return ", ".join(filter(None, (text, corrected(side), mean(side))))


def mean_alone(side: Mapping[str, Any]) -> bool:
    """Whether there are numbers and no rate."""
    return "mean" in side and not side["n"]


def counted(side: Mapping[str, Any]) -> bool:
    """Whether the measure counted or excluded any answer of the side."""
    return bool(side["n"] or side.get("excluded") or "mean" in side)


def interval(side: Mapping[str, Any]) -> str:
    """The ends of the interval of a rate."""
    low, high = side["interval"]
    return interval_words(low, high)


def excluded(side: Mapping[str, Any]) -> str:
    """What was excluded, as "8 excluded (refusal 8)"; "" for nothing."""
    buckets = side.get("excluded") or {}
    reasons = ", ".join(f"{bucket} {count}" for bucket, count in buckets.items())
    return f"{sum(buckets.values())} excluded ({reasons})" if buckets else ""


def corrected(side: Mapping[str, Any]) -> str:
    """The rate as labels of people correct it; "" without any."""
    found = side.get("corrected")
    if not found:
        return ""
    low, high = found["interval"]
    return corrected_words(found["rate"], low, high, found["labels"], found.get("unsure", 0))


def mean(side: Mapping[str, Any]) -> str:
    """The mean of the numbers in the answers with its interval; "" where there is none."""
    if "mean" not in side:
        return ""
    text = f"mean {three_digits(side['mean'])} of {side['mean_of']}"
    if side.get("mean_interval"):
        low, high = side["mean_interval"]
        text += f" [{three_digits(low)}, {three_digits(high)}] {INTERVAL_KINDS[side['mean_interval_kind']]}"
    return text


def difference(measure: Mapping[str, Any]) -> str:
    """Differences of the other sides from the first, with intervals and corrected p-values."""
    return "; ".join(
        _difference(name if measure.get("differences") else "", each)
        for name, each in _differences(measure).items()
        if _compared(each)
    )


def differences(measure: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The same in pairs: "tuned − base", "+.95 [+.72, +.99] p < .001"."""
    first = next(iter(measure["sides"]))
    return [
        (f"{name} − {first}", _estimate(_compared(each)))
        for name, each in _differences(measure).items()
        if _compared(each)
    ]


def kinds(measure: Mapping[str, Any]) -> list[str]:
    """The kinds of the intervals of a measure."""
    sides = measure["sides"].values()
    rates = [side["mean_interval_kind" if mean_alone(side) else "interval_kind"] for side in sides if counted(side)]
    differences = [(_compared(each) or each)["interval_kind"] for each in _differences(measure).values()]
    corrected = ["corrected" for side in measure["sides"].values() if side.get("corrected")]
    return [*rates, *differences, *corrected]


def contrasts(measures: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return contrast, side and difference, each in words."""
    return [
        (f"{each['name']}: {each['measure']}, {each['of']} − {each['minus']}", side, _difference("", found))
        for each in measures.get("contrasts", ())
        for side, found in each["sides"].items()
        if found["estimate"] is not None
    ]


def about(measures: Mapping[str, Any]) -> str:
    """Explain the intervals and p-values."""
    text = f"k/n with {intervals_note(kind for measure in measures['measures'] for kind in kinds(measure))}"
    registered = bool(measures.get("registered"))
    note = corrected_note(measures["tests"], measures.get("score_tests", 0), registered)
    return "; ".join(filter(None, (text, note)))


def _differences(measure: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The difference of each other side from the first."""
    if several := measure.get("differences"):
        return dict(several)
    second = list(measure["sides"])[1:2]
    return {name: measure["difference"] for name in second if measure.get("difference")}


def _compared(each: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is shown of a difference: that of the rates, else that of the means; nothing where there is neither."""
    return each if each.get("estimate") is not None else each.get("mean") or {}


def _difference(name: str, each: Mapping[str, Any]) -> str:
    shown = _compared(each)
    return f"{name} {_estimate(shown)} {INTERVAL_KINDS[shown['interval_kind']]}".strip()


def _estimate(each: Mapping[str, Any]) -> str:
    return estimate(each, of_rates="samples_needed" in each)


def estimate(each: Mapping[str, Any], of_rates: bool) -> str:
    """A difference of rates or of means, with its interval and its corrected p-value."""
    if of_rates:
        low, high = each["interval"]
        text = f"{signed(each['estimate'])} {signed_interval_words(low, high)}"
    else:
        text = f"mean {signed_three_digits(each['estimate'])}"
        if each["interval"] is not None:
            text += f" [{', '.join(map(signed_three_digits, each['interval']))}]"
    if each.get("p_holm") is not None:
        text += f" {p_words(each['p_holm'])}"
    if fair := each.get("corrected"):
        text += f", {corrected_difference_words(fair['estimate'], *fair['interval'])}"
    return text
