"""The measures of a family in the HTML export: a line for each member and each arm, and what their curves say."""

from collections.abc import Iterator, Mapping
from typing import Any

from diptych.sessions.exports import family_words
from diptych.sessions.exports.html_measures import rate_row
from diptych.sessions.exports.html_mirrors import mirrors
from diptych.sessions.exports.html_registered import measures_parts
from diptych.sessions.exports.html_text import text

_ROLES = {"does": "what it does", "says": "what it says of itself"}


def family_measures(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the section. `found`: as in `diptych run --json`, with what curves say in words."""
    yield "<h2>Measures</h2>"
    arm_of = {member["label"]: member["arm"] for member in found["members"]}
    for part in measures_parts(found):
        yield part.above
        for measure in part.measures:
            yield from _measure(measure, arm_of)
        yield part.below
    for title, notes in family_words.contrasts(found):
        yield f"<h3>{text(title)}</h3>"
        yield from _notes(notes)
    if found["orders"] or found["scatter"]:
        yield "<h3>What it does and what it says</h3>"
        yield from _notes(family_words.together(found))
    yield f'<p class="dim">{text(family_words.about(found))}</p>'
    yield from mirrors(found)
    yield from (f'<p class="warning">{text(warning)}</p>' for warning in found["warnings"])


def _measure(measure: Mapping[str, Any], arm_of: Mapping[str, str]) -> Iterator[str]:
    role = _ROLES.get(measure["role"] or "", "")
    about = " · ".join(filter(None, (measure["condition"], role)))
    yield f'<div class="measure family"><h3>{text(measure["label"])} <span>{text(about)}</span></h3>'
    for name, own in family_words.members(measure).items():
        yield rate_row(name, own, arm_of.get(name, name))
    for (name, own), arm in zip(family_words.arms(measure).items(), _arms(measure), strict=True):
        yield rate_row(name, own, arm)
    yield from _notes(family_words.notes(measure))
    yield "</div>"


def _arms(measure: Mapping[str, Any]) -> list[str]:
    return [name for name, own in measure["arms"].items() if own["members"] > 1]


def _notes(notes: Iterator[tuple[str, str]]) -> Iterator[str]:
    return (f'<p class="difference">{text(name)} <b>{text(words)}</b></p>' for name, words in notes)
