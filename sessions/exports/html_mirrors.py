"""Mirrored reports in the HTML export: a verdict for each form and side, and a row for everything that it rests on."""

from collections.abc import Iterator, Mapping
from typing import Any

from diptych.sessions.exports.html_text import side_class, text


def mirrors(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the section; nothing for a probe without mirrors. `found`: the measures with their `mirror_words`."""
    reports = found.get("mirror_words", ())
    if reports:
        yield "<h2>Does the report survive its mirrors?</h2>"
    for each in reports:
        yield f'<div class="measure"><h3>{text(each["report"])} <span>{text(each["verdict"])}</span></h3>'
        side = f'<b class="{side_class(each["side"])}">{text(each["side"])}</b>'
        yield from (f'<p class="difference">{side} {text(name)} {text(words)}</p>' for name, words in each["rows"])
        yield "</div>"
    if reports:
        yield f'<p class="dim">{text(found["mirrors_note"])}</p>'
