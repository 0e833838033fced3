"""Curves over x as they might have come out with other questions and other trainings, for intervals of what is read off
a curve.

NumPy is imported late, as it costs start-up time.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from diptych.compare.stats.crossed import crossed_interaction, within_variance
from diptych.compare.stats.monotone_curve import Curve, Point, points_of

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

DRAWS = 2_000


class Multipliers:
    """How strongly each question and each training run counts in each draw; the same for all curves that share them.

    `measure` tells curves apart: 0 for the first, 1 for the second. With `same_prompts` both share their questions.
    """

    def __init__(self, measure: int = 0, same_prompts: bool = True) -> None:
        self._prompts = 0 if same_prompts else measure
        self._measure = measure

    def prompts(self, count: int, freedom: int) -> "NDArray[Any]":
        """One row a draw, one column a prompt."""
        return _t_multipliers(self._generator(1, self._prompts), count, freedom)

    def runs(self, count: int, freedom: int) -> "NDArray[Any]":
        """One row a draw, one column a training run."""
        return _t_multipliers(self._generator(2, 0), count, freedom)

    def answers(self) -> "numpy.random.Generator":
        """For what is never shared."""
        return self._generator(3, self._measure)

    def _generator(self, *seed: int) -> "numpy.random.Generator":
        import numpy

        return numpy.random.default_rng(seed)


def drawn_curves(curve: Curve, multipliers: Multipliers) -> "NDArray[Any]":
    """Curves over the points of `points_of`, one row a draw.

    A multiplier bootstrap: the deviation of each question from the curve is added with a random weight, the same for
    all x, and so is that of each training run (Cameron, Gelbach and Miller 2008, Bootstrap-based improvements for
    inference with clustered errors, Review of Economics and Statistics 90). All weights of a draw are divided by the
    root of one χ² number over its degrees of freedom, so that the mean at any one x has the t interval of so many
    questions or runs. To draw the questions themselves with replacement gives intervals for 3 questions that hold in
    65 to 80 % of cases; these hold in 93 to 98 %.

    Where questions and runs vary less than answers alone would make them, as at rates of 0 and 1, the difference is
    added as the noise of answers. Of what members vary, the part that their cells explain is taken off, so that it does
    not count twice.
    """
    import numpy

    points = points_of(curve)
    middle = numpy.array([point.table.mean for point in points])
    drawn = numpy.tile(middle, (DRAWS, 1))
    variance = numpy.zeros(len(points))
    for deviations, weights in (_of_prompts(points, multipliers), _of_runs(curve, points, multipliers)):
        drawn = drawn + weights @ deviations
        variance = variance + (deviations**2).sum(axis=0)
    least = numpy.array([within_variance(point.table).sum() for point in points])
    noise = numpy.sqrt(numpy.maximum(0.0, least - variance))
    drawn = drawn + multipliers.answers().normal(size=drawn.shape) * noise
    return numpy.clip(drawn, 0.0, 1.0) if points and points[0].table.binary else drawn


def _of_prompts(points: Sequence[Point], multipliers: Multipliers) -> tuple["NDArray[Any]", "NDArray[Any]"]:
    """The deviations of each prompt (rows) at each point, scaled for the number of prompts, and their weights."""
    import numpy

    prompts = points[0].table.n.shape[1] if points else 0
    deviations = numpy.zeros((prompts, len(points)))
    most = 1
    for place, point in enumerate(points):
        asked = int(point.table.n.any(axis=0).sum())
        most = max(most, asked)
        if asked > 1:
            deviations[:, place] = point.table.shares.sum(axis=0) * (asked / (asked - 1)) ** 0.5
    return deviations, multipliers.prompts(prompts, most - 1)


def _of_runs(curve: Curve, points: Sequence[Point], multipliers: Multipliers) -> tuple["NDArray[Any]", "NDArray[Any]"]:
    """The same for training runs. A point with one run says nothing about how runs vary."""
    import numpy

    labels = [str(row) for row in range(len(curve.x))] if curve.runs is None else list(curve.runs)
    names = {name: place for place, name in enumerate(dict.fromkeys(labels))}
    deviations = numpy.zeros((len(names), len(points)))
    of_runs = of_cells = 0.0
    several, freedom = set[str](), 0
    for place, point in enumerate(points):
        here = [labels[row] for row in point.rows]
        count = len(set(here))
        if count < 2:
            continue
        several.update(here)
        freedom += count - 1
        for label, share in zip(here, point.table.shares.sum(axis=1), strict=True):
            deviations[names[label], place] += share
        deviations[:, place] *= (count / (count - 1)) ** 0.5
        of_runs += float((deviations[:, place] ** 2).sum())
        of_cells += crossed_interaction(point.table)
    if of_runs:
        deviations *= max(0.0, 1 - of_cells / of_runs) ** 0.5
    freedom = freedom if curve.runs is None else len(several) - 1
    return deviations, multipliers.runs(len(names), freedom)


def _t_multipliers(rng: "numpy.random.Generator", count: int, freedom: int) -> "NDArray[Any]":
    import numpy

    scale = numpy.sqrt(freedom / rng.chisquare(freedom, (DRAWS, 1))) if freedom > 0 else 1.0
    multipliers: NDArray[Any] = rng.normal(size=(DRAWS, count)) * scale
    return multipliers
