"""Who predicts whose answers, in the HTML export: a part for each side, with a line for each predictor."""

from collections.abc import Iterator, Mapping
from typing import Any

from diptych.sessions.exports.html_measures import rate_row
from diptych.sessions.exports.html_text import text
from diptych.sessions.exports.prediction_words import (
    prediction_comparisons,
    prediction_heading,
    prediction_intervals,
    prediction_target,
    predictors,
)


def predictions(found: Mapping[str, Any] | None) -> Iterator[str]:
    """Yield the section. `found`: "predictions" as in `diptych run --json`, if there are any."""
    if found is None:
        return
    heading = prediction_heading(found)
    yield f"<h2>{text(heading[0].upper() + heading[1:])}</h2>"
    for name, target in found["targets"].items():
        yield f'<div class="measure family"><h3>{text(prediction_target(name, target))}</h3>'
        for predictor, rate in predictors(target):
            yield rate_row(predictor, rate, name if rate in (target["own"], target.get("relabelled")) else predictor)
        for of, words in prediction_comparisons(target):
            estimate, _, rest = words.partition(" ")
            yield f'<p class="difference">{text(of)} <b>{text(estimate)}</b> {text(rest)}</p>'
        yield "</div>"
    yield f'<p class="dim">{text(prediction_intervals(found))}</p>'
