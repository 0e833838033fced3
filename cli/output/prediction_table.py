"""Formats who predicts whose answers as text."""

import msgspec

from diptych.compare import PredictionMatrix, excluded_words
from diptych.number_words import interval_words
from diptych.sessions import (
    prediction_comparisons,
    prediction_heading,
    prediction_intervals,
    prediction_target,
    predictors,
)

_WIDEST = 24
"""Longer names are cut."""


def prediction_lines(matrix: PredictionMatrix | None) -> list[str]:
    """Format the matrix: a part for each side, whose answers are predicted by itself, others and the baselines."""
    if matrix is None:
        return []
    found = msgspec.to_builtins(matrix)
    lines = [prediction_heading(found)]
    for name, target in found["targets"].items():
        lines.append(f"  {prediction_target(name, target)}")
        for predictor, rate in predictors(target):
            excluded = f"  {words}" if (words := excluded_words(rate.get("excluded", {}))) else ""
            ends = f"{rate['k']:4}/{rate['n']:<4} {interval_words(*rate['interval'])}" if rate["n"] else f"{'–':>5}"
            lines.append(f"    {predictor[:_WIDEST]:{_WIDEST}} {ends}{excluded}")
        lines += [f"    {of}  {words}" for of, words in prediction_comparisons(target)]
    return [*lines, prediction_intervals(found)]
