"""The rate or mean of an arm of a family: fine-tuned models (members) that were all asked the same prompts.

NumPy and SciPy are imported late, as they cost start-up time.
"""

from typing import Any, Literal, NamedTuple

from diptych.compare.stats.binomial import Interval

Unit = Literal["models", "questions", "answers"]
"""What an interval speaks of. "models": fine-tunes like these, asked questions like these. "questions": this one model,
asked questions like these. "answers": this one model, asked this one question."""


class Cells(NamedTuple):
    """k of n answers show a pattern, for each member (a row) and prompt (a column).

    n is 0 where no answer could be judged.
    """

    k: Any
    n: Any


class Sums(NamedTuple):
    """The sum of the numbers that were read in the answers, the sum of their squares, and how many they are, for each
    member (a row) and prompt (a column)."""

    total: Any
    squares: Any
    n: Any


class ArmEstimate(NamedTuple):
    """The rate or the mean of an arm."""

    estimate: float | None
    """Over all answers; None where there are none."""
    interval: Interval | None
    """95 %. None for a mean of fewer than two numbers."""
    unit: Unit
    members: int
    """Members with at least one answer that counts."""
    prompts: int
    """Prompts with at least one answer that counts."""


def crossed_rate(cells: Cells) -> ArmEstimate:
    """The rate of an arm with its interval; members and prompts both count as drawn."""
    raise NotImplementedError


def crossed_mean(sums: Sums) -> ArmEstimate:
    """The mean of an arm with its interval; members and prompts both count as drawn."""
    raise NotImplementedError
