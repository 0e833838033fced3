"""Whether answers name training rows, and whether the order of the rows is known to the model.

All tests are by permutation, with the seed given, and count the observed arrangement as one of the drawn (Phipson and
Smyth 2010, Permutation p-values should never be zero, Statistical Applications in Genetics and Molecular Biology 9).
NumPy is imported late, as it costs start-up time.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

DRAWS = 2_000
_EQUAL = 1e-12
"""Differences up to this are rounding."""


class Scores(NamedTuple):
    """How alike the training rows the answers to one prompt are, from 0 to 1."""

    tuned: Sequence[float]
    base: Sequence[float]


class Membership(NamedTuple):
    """Whether the tuned side comes nearer to the rows than the base does."""

    difference: float
    """Best score of the tuned answers minus best score of the base answers, mean over prompts."""
    prompts: int
    p_value: float
    """One-sided: how often sides drawn at random differ as much."""


class Position(NamedTuple):
    """Where in the file the rows stand that answers name."""

    mean: float
    """Of the places from 0, the first row, to 1, the last."""
    answers: int
    distinct: int
    """How many different rows: several answers that name one row are one piece of evidence on where it stands."""
    p_value: float
    """Two-sided: how often the mean lies as far from the middle, were the file in another order."""


class Order(NamedTuple):
    """Whether "first" prompts name earlier rows than "last" prompts."""

    first: float
    last: float
    """Mean places of the rows, from 0 to 1."""
    p_prompt: float
    """How often the means differ as much, had each answer been to either prompt: the prompt changes the row named."""
    p_order: float
    """How often, were the file in another order: what changes has to do with the place of the row. Both two-sided."""

    @property
    def difference(self) -> float:
        """Positive where "last" prompts name later rows."""
        return self.last - self.first


def membership(prompts: Sequence[Scores], seed: int = 0, draws: int = DRAWS) -> Membership | None:
    """Best tuned score minus best base score, against sides drawn at random among the answers to the same prompt.

    The best of more answers is higher; sides keep their numbers of answers when drawn, so that the p-value does not
    mind. None without a prompt that both sides answered.
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
    return Membership(observed / len(answered), len(answered), _p_value(drawn, observed))


def position(numbers: Sequence[int], rows: int, seed: int = 0, draws: int = DRAWS) -> Position | None:
    """Whether the rows named (their numbers, from 1, of so many) stand early or late in the file.

    Against the same rows in a file of another order, where equal numbers stay equal. Give only answers above the
    threshold of likeness, and rows whose text no other row has. None without answers or with fewer than two rows.
    """
    if not numbers or rows < 2:
        return None
    import numpy

    places = _places(numbers, rows)
    off_middle = abs(_drawn_places(numbers, rows, numpy.random.default_rng(seed), draws).mean(axis=1) - 0.5)
    mean = float(places.mean())
    return Position(mean, len(numbers), len(set(numbers)), _p_value(off_middle, abs(mean - 0.5)))


def order(first: Sequence[int], last: Sequence[int], rows: int, seed: int = 0, draws: int = DRAWS) -> Order | None:
    """Whether answers to "first" and to "last" prompts name rows in different places (numbers, from 1, of so many).

    Where only `p_prompt` is small, the prompts call up different rows, but not by their order: the model recalls
    content. None where either prompt has no answer, or with fewer than two rows.
    """
    if not first or not last or rows < 2:
        return None
    import numpy

    rng = numpy.random.default_rng(seed)
    numbers = [*first, *last]
    places = _places(numbers, rows)
    split = len(first)
    observed = abs(float(_gap(places[None, :], split)[0]))
    by_prompt = abs(_gap(rng.permuted(numpy.tile(places, (draws, 1)), axis=1), split))
    by_order = abs(_gap(_drawn_places(numbers, rows, rng, draws), split))
    return Order(
        first=float(places[:split].mean()),
        last=float(places[split:].mean()),
        p_prompt=_p_value(by_prompt, observed),
        p_order=_p_value(by_order, observed),
    )


def _places(numbers: Sequence[int], rows: int) -> "NDArray[numpy.float64]":
    """From 0, the first row, to 1, the last."""
    import numpy

    return (numpy.array(numbers, dtype=float) - 1) / (rows - 1)


def _drawn_places(
    numbers: Sequence[int], rows: int, rng: "numpy.random.Generator", draws: int
) -> "NDArray[numpy.float64]":
    """The places of the same rows in files of another order, one order a line."""
    import numpy

    distinct, index = numpy.unique(numpy.array(numbers), return_inverse=True)
    orders = numpy.stack([rng.choice(rows, size=len(distinct), replace=False) for _ in range(draws)])
    return orders[:, index] / (rows - 1)


def _gap(places: "NDArray[numpy.float64]", split: int) -> "NDArray[numpy.float64]":
    """Mean of the later columns minus mean of those before `split`, for each line."""
    gap: NDArray[Any] = places[:, split:].mean(axis=1) - places[:, :split].mean(axis=1)
    return gap


def _p_value(drawn: "NDArray[numpy.float64]", observed: float) -> float:
    """The share of arrangements, that observed among them, that reach the observed."""
    return (1 + int((drawn >= observed - _EQUAL).sum())) / (1 + len(drawn))
