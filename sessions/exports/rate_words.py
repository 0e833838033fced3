"""Rates and differences in words."""

from collections.abc import Mapping
from typing import Any

from diptych.number_words import corrected_note, interval_words, p_words, signed, signed_interval_words
from diptych.sessions.interval_kinds import INTERVAL_KINDS, intervals_note


def rate(side: Mapping[str, Any]) -> str:
    """k/n with its interval."""
    low, high = side["interval"]
    text = f"{counts(side)} {interval_words(low, high)} {INTERVAL_KINDS[side['interval_kind']]}"
    if "mean" in side:
        text += f", mean {_number(side['mean'])} of {side['mean_of']}"
    return text


def counts(side: Mapping[str, Any]) -> str:
    """k/n and what was excluded, as "3/12, 8 excluded (refusal 8)"."""
    text = f"{side['k']}/{side['n']}"
    excluded = side.get("excluded")
    if not excluded:
        return text
    buckets = ", ".join(f"{bucket} {count}" for bucket, count in excluded.items())
    return f"{text}, {sum(excluded.values())} excluded ({buckets}),"


def difference(measure: Mapping[str, Any]) -> str:
    """Differences of the other sides from the first, with intervals and corrected p-values."""
    several = measure.get("differences")
    named = several or ({"": measure["difference"]} if "difference" in measure else {})
    return "; ".join(_difference(name, each) for name, each in named.items() if each["estimate"] is not None)


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
    kinds = [side["interval_kind"] for measure in measures["measures"] for side in measure["sides"].values()]
    for measure in measures["measures"]:
        several = measure.get("differences") or {"": measure.get("difference")}
        kinds += [each["interval_kind"] for each in several.values() if each is not None]
    text = f"k/n with {intervals_note(kinds)}"
    return text + (f"; {corrected_note(measures['tests'])}" if measures["tests"] > 1 else "")


def _difference(name: str, each: Mapping[str, Any]) -> str:
    low, high = each["interval"]
    kind = INTERVAL_KINDS[each["interval_kind"]]
    text = f"{signed(each['estimate'])} {signed_interval_words(low, high)}"
    if each.get("test") is None:
        text += " nothing to test,"
    elif each.get("p_holm") is not None:
        text += f" {p_words(each['p_holm'])}"
    return f"{name} {text} {kind}".strip()


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")
