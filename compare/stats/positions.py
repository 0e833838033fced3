"""Tests whether answers recall training rows, and whether the model knows the order of the rows.

All tests are by permutation, with the given seed. NumPy is imported late, as it costs start-up time.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from diptych.compare.stats.significance import permutation_p_value

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

DRAWS = 2_000


class Scores(NamedTuple):
    """How similar the answers to one prompt are to the training rows, from 0 to 1."""

    tuned: Sequence[float]
    base: Sequence[float]


class Membership(NamedTuple):
    """Whether the tuned side's answers are more similar to the rows than the base's."""

    difference: float
    """Best score of the tuned answers minus best score of the base answers, mean over prompts."""
    prompts: int
    p_value: float
    """One-sided: how often randomly assigned sides differ as much."""


class Position(NamedTuple):
    """Where in the file the rows are that the answers name."""

    mean: float
    """The mean position, from 0 for the first row to 1 for the last."""
    answers: int
    distinct: int
    """How many different rows. Several answers that name the same row are one piece of evidence."""
    p_value: float
    """Two-sided: how often the mean is as far from the middle if the file is in random order."""


class Order(NamedTuple):
    """Whether "first" prompts name earlier rows than "last" prompts."""

    first: float
    last: float
    """Mean positions of the rows, from 0 to 1."""
    p_prompt: float
    """How often the means differ as much if the answers are assigned to the prompts at random. If this is small, the
    prompt changes which rows are named."""
    p_order: float
    """The same if the file is in random order. If this is small, the change depends on the position. Both are
    two-sided."""

    @property
    def difference(self) -> float:
        """Positive if "last" prompts name later rows."""
        return self.last - self.first


def membership(prompts: Sequence[Scores], seed: int = 0, draws: int = DRAWS) -> Membership | None:
    """Test the best tuned score minus the best base score against a random assignment of the answers to the sides.

    The best of more answers is higher. So each side keeps its number of answers to each prompt. None if there is no
    prompt that both sides answered.
    """
    import numpy

    answered = [prompt for prompt in prompts if prompt.tuned and prompt.base]
    if not answered:
        return None
    rng = numpy.random.default_rng(seed)
    observed = sum(max(prompt.tuned) - max(prompt.base) for prompt in answered)
    drawn = numpy.zeros(draws)
    for prompt in answered:
        pool = numpy.array([*prompt.tuned, *prompt.base])
        shuffled = rng.permuted(numpy.tile(pool, (draws, 1)), axis=1)
        tuned, base = shuffled[:, : len(prompt.tuned)], shuffled[:, len(prompt.tuned) :]
        drawn += tuned.max(axis=1) - base.max(axis=1)
    return Membership(observed / len(answered), len(answered), permutation_p_value(drawn, observed))


def position(numbers: Sequence[int], rows: int, seed: int = 0, draws: int = DRAWS) -> Position | None:
    """Test whether the named rows are early or late in the file, against files in random order.

    `numbers` are those of the named rows, from 1; equal numbers stay equal in each order. `rows`: how many the file
    has. Pass only answers above the similarity threshold, and rows that occur once. None without answers or with fewer
    than two rows.
    """
    if not numbers or rows < 2:
        return None
    import numpy

    positions = _positions_of(numbers, rows)
    off_middle = abs(_drawn_positions(numbers, rows, numpy.random.default_rng(seed), draws).mean(axis=1) - 0.5)
    mean = float(positions.mean())
    return Position(mean, len(numbers), len(set(numbers)), permutation_p_value(off_middle, abs(mean - 0.5)))


def order(first: Sequence[int], last: Sequence[int], rows: int, seed: int = 0, draws: int = DRAWS) -> Order | None:
    """Test whether "first" and "last" prompts name rows at different positions; arguments as for `position`.

    If only `p_prompt` is small, the prompts bring up different rows, but not by their order: the model recalls
    content. None if either prompt has no answer, or with fewer than two rows.
    """
    if not first or not last or rows < 2:
        return None
    import numpy

    rng = numpy.random.default_rng(seed)
    numbers = [*first, *last]
    positions = _positions_of(numbers, rows)
    split = len(first)
    observed = abs(float(_gap(positions[None, :], split)[0]))
    by_prompt = abs(_gap(rng.permuted(numpy.tile(positions, (draws, 1)), axis=1), split))
    by_order = abs(_gap(_drawn_positions(numbers, rows, rng, draws), split))
    return Order(
        first=float(positions[:split].mean()),
        last=float(positions[split:].mean()),
        p_prompt=permutation_p_value(by_prompt, observed),
        p_order=permutation_p_value(by_order, observed),
    )


def _positions_of(numbers: Sequence[int], rows: int) -> "NDArray[numpy.float64]":
    """The positions of rows, from 0 for the first to 1 for the last."""
    import numpy

    return (numpy.array(numbers, dtype=float) - 1) / (rows - 1)


def _drawn_positions(
    numbers: Sequence[int], rows: int, rng: "numpy.random.Generator", draws: int
) -> "NDArray[numpy.float64]":
    """The positions of the same rows in files in random order, one order a row."""
    import numpy

    distinct, index = numpy.unique(numpy.array(numbers), return_inverse=True)
    orders = numpy.stack([rng.choice(rows, size=len(distinct), replace=False) for _ in range(draws)])
    return orders[:, index] / (rows - 1)


def _gap(positions: "NDArray[numpy.float64]", split: int) -> "NDArray[numpy.float64]":
    """For each row, the mean of the columns from `split` minus the mean of those before."""
    gap: NDArray[Any] = positions[:, split:].mean(axis=1) - positions[:, :split].mean(axis=1)
    return gap
