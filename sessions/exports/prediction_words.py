"""Who predicts whose answers, in words: for the table of a run, the HTML export and the Markdown summary."""

from collections.abc import Iterator, Mapping
from typing import Any

from diptych.number_words import signed, signed_interval_words
from diptych.sessions.exports import rate_words
from diptych.sessions.interval_kinds import interval_names

_ITSELF, _RELABELLED = "itself", "itself, relabelled"
_VALUES = 4
"""How many of the commonest values are named."""


def prediction_heading(found: Mapping[str, Any]) -> str:
    """What is predicted. `found`: "predictions" as in `diptych run --json`."""
    items = found["items"]
    return f"own against other: {found['property']}, {items} item{'s' * (items != 1)}"


def prediction_target(name: str, found: Mapping[str, Any]) -> str:
    """Whose answers are predicted, and what they are, as "answers of tuned (e 12, a 8)"."""
    values = list(found["values"].items())
    said = [f"{' '.join(value.split())[:24]} {count}" for value, count in values[:_VALUES]]
    more = [f"{len(values) - _VALUES} more"] if len(values) > _VALUES else []
    return f"answers of {name} ({', '.join([*said, *more])})" if said else f"answers of {name}"


def predictors(found: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each predictor of a target with its rate."""
    yield _ITSELF, found["own"]
    yield from found["others"].items()
    yield "its commonest value", found["modal"]
    yield "the question alone", found["input_only"]
    if "relabelled" in found:
        yield _RELABELLED, found["relabelled"]


def prediction_comparisons(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the differences that can be told, as "itself − base" and "+.40 [+.18, +.62], 20 answers"."""
    named = [(f"{_ITSELF} − {other}", each) for other, each in found["own_minus"].items()]
    named.append((f"{_ITSELF} − the better baseline", found["own_minus_input"]))
    named += [
        (f"{_RELABELLED} − {other}, relabelled", each) for other, each in found.get("relabelled_minus", {}).items()
    ]
    for name, each in named:
        if each["estimate"] is not None:
            answers = f"{each['n']:,} answer{'s' * (each['n'] != 1)}"
            yield name, f"{signed(each['estimate'])} {signed_interval_words(*each['interval'])}, {answers}"


def prediction_intervals(found: Mapping[str, Any]) -> str:
    """Name the intervals."""
    rates = (rate for each in found["targets"].values() for _, rate in predictors(each) if rate_words.counted(rate))
    return interval_names(rate["interval_kind"] for rate in rates)
