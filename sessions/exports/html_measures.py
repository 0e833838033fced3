"""The measures in the HTML export: a line for each side, and a line for each difference."""

from collections.abc import Iterator, Mapping
from typing import Any

from diptych.sessions.exports import rate_words
from diptych.sessions.exports.html_mirrors import mirrors
from diptych.sessions.exports.html_registered import measures_parts
from diptych.sessions.exports.html_text import side_class, text
from diptych.sessions.interval_kinds import interval_names


def measures(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the section. `found`: as in `diptych run --json`."""
    yield "<h2>Measures</h2>"
    for part in measures_parts(found):
        yield part.above
        for measure in part.measures:
            yield from _measure(measure)
        yield part.below
    contrasts = rate_words.contrasts(found)
    if contrasts:
        yield "<h3>Contrasts</h3>"
    for name, side, words in contrasts:
        yield f'<p class="difference"><b class="{side_class(side)}">{text(side)}</b> {text(words)} '
        yield f'<span class="dim">{text(name)}</span></p>'
    yield f'<p class="dim">{text(rate_words.about(found))}</p>'
    yield from mirrors(found)
    yield from (f'<p class="warning">{text(warning)}</p>' for warning in found.get("warnings", ()))


def _measure(measure: Mapping[str, Any]) -> Iterator[str]:
    yield f'<div class="measure"><h3>{text(measure["label"])} <span>{text(measure["condition"])}</span></h3>'
    yield from (rate_row(name, side, name) for name, side in measure["sides"].items())
    yield from (_difference(*words) for words in rate_words.differences(measure))
    yield f'<p class="dim">{text(interval_names(rate_words.kinds(measure)))}</p></div>'


def rate_row(name: str, side: Mapping[str, Any], color: str) -> str:
    """Name, the interval as a bar from 0 to 1, k/n, the ends of the interval, what was excluded; or the mean alone.
    `color`: the side whose colour it has."""
    if rate_words.mean_alone(side) or not rate_words.counted(side):
        return (
            f'<div class="rate {side_class(color)}"><b>{text(name)}</b><span>{text(rate_words.rate(side))}</span></div>'
        )
    low, high = side["interval"]
    point = f'<circle cx="{side["rate"] * 200:.1f}" cy="5" r="3.5"/>' if side["rate"] is not None else ""
    bar = f'<rect x="{low * 200:.1f}" y="4" width="{max(high - low, 0.005) * 200:.1f}" height="2"/>'
    more = "; ".join(filter(None, (rate_words.corrected(side), rate_words.excluded(side), rate_words.mean(side))))
    return (
        f'<div class="rate {side_class(color)}"><b>{text(name)}</b>'
        f'<svg viewBox="-4 0 208 10" aria-hidden="true">'
        f'<path d="M0 5H200M0 2V8M200 2V8"/>{bar}{point}</svg>'
        f"<span>{side['k']}/{side['n']} {text(rate_words.interval(side))}</span>"
        f'<span class="dim">{text(more)}</span></div>'
    )


def _difference(of: str, words: str) -> str:
    estimate, _, rest = words.partition(" ")
    return f'<p class="difference">{text(of)} <b>{text(estimate)}</b> {text(rest)}</p>'
