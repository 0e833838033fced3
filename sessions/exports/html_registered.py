"""What a registration confirms, and what explores, in the HTML export."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from diptych.sessions.exports.html_text import text


class MeasuresPart(NamedTuple):
    """Some measures of a document, with what stands above and below them."""

    above: str
    measures: Sequence[Mapping[str, Any]]
    below: str = ""


def measures_parts(found: Mapping[str, Any]) -> Iterator[MeasuresPart]:
    """Yield the measure of the registered primary test and then all others; without a registration all at once.
    `found`: as in `diptych run --json`, with the registration in words."""
    registered = found.get("registered")
    if not registered:
        yield MeasuresPart("", found["measures"])
        return
    notes = "".join(f"<p>{text(note)}</p>" for note in registered["notes"])
    yield MeasuresPart(
        f'<h3 class="part">Confirmatory: {text(registered["heading"])}</h3>',
        [each for each in found["measures"] if _is_primary(each, registered["primary"])],
        f"<p><b>{text(registered['outcome'])}</b></p>{notes}",
    )
    others = [each for each in found["measures"] if not _is_primary(each, registered["primary"])]
    yield MeasuresPart('<h3 class="part">Exploratory: all else</h3>', others)


def _is_primary(measure: Mapping[str, Any], primary: Mapping[str, Any]) -> bool:
    names = ("detector", "detector"), ("label", "measure"), ("condition", "condition")
    return all(measure[own] == primary[registered] for own, registered in names)
