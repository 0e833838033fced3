"""What the document of a family says, in words, for the reports."""

from collections.abc import Iterator, Mapping
from typing import Any

from diptych.number_words import corrected_note
from diptych.sessions.exports import rate_words
from diptych.sessions.interval_kinds import INTERVAL_KINDS, intervals_note


def members(measure: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The members with an answer, by label."""
    found: Mapping[str, Mapping[str, Any]] = measure["members"]
    return {name: own for name, own in found.items() if own["n"] or "mean" in own or own.get("excluded")}


def arms(measure: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The arms of several members, with "all tuned (6)" as their names."""
    found: Mapping[str, Mapping[str, Any]] = measure["arms"]
    return {f"all {name} ({own['members']})": own for name, own in found.items() if own["members"] > 1}


def notes(measure: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield how each arm differs from the first, and what its curve says: a name and the words."""
    first = next(iter(measure["arms"]))
    for name, each in measure.get("differences", {}).items():
        if each.get("estimate") is not None:
            yield f"{name} − {first}", _estimate(each, _of_rates(measure))
    yield from measure.get("curve_words", {}).items()


def contrasts(found: Mapping[str, Any]) -> Iterator[tuple[str, Iterator[tuple[str, str]]]]:
    """Yield each contrast of the probe: its title, and of each arm its name and the difference in words."""
    for each in found.get("contrasts", ()):
        of_rates = all(_of_rates(measure) for measure in found["measures"] if measure["label"] == each["measure"])
        answered = ((arm, own) for arm, own in each["arms"].items() if own["estimate"] is not None)
        yield (
            f"{each['name']}: {each['measure']}, {each['of']} − {each['minus']}",
            ((arm, _estimate(own, of_rates)) for arm, own in answered),
        )


def together(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield which of two measures rises first, and how they go together over the members: the two, and the words."""
    for order in found["orders"]:
        yield f"{_pair(order)}, {order['arm']}", order["words"]
    for scatter in found["scatter"]:
        yield _pair(scatter), scatter["words"]


def about(found: Mapping[str, Any]) -> str:
    """Explain the intervals and p-values."""
    shown = [own for measure in found["measures"] for own in (*members(measure).values(), *measure["arms"].values())]
    kinds = (own["mean_interval_kind" if rate_words.mean_alone(own) else "interval_kind"] for own in shown)
    text = f"k/n with {intervals_note(kinds)}"
    corrected = corrected_note(found["tests"], registered=bool(found.get("registered")))
    return "; ".join(filter(None, (text, corrected)))


def _estimate(difference: Mapping[str, Any], of_rates: bool) -> str:
    return f"{rate_words.estimate(difference, of_rates=of_rates)} {INTERVAL_KINDS[difference['interval_kind']]}"


def _of_rates(measure: Mapping[str, Any]) -> bool:
    return not any(rate_words.mean_alone(own) for own in measure["members"].values())


def _pair(order: Mapping[str, Any]) -> str:
    does, says = order["does"], order["says"]
    if does["condition"] == says["condition"]:
        return f"{says['label']} against {does['label']} ({does['condition']})"
    return f"{says['label']} ({says['condition']}) against {does['label']} ({does['condition']})"
