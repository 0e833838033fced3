"""Families with rates that are known."""

import numpy
from hypothesis import strategies as st

from diptych.compare.stats import Cells


def cells(rates: numpy.ndarray, answers: int, rng: numpy.random.Generator) -> Cells:
    """So many answers of each member (row) to each prompt (column)."""
    return Cells(rng.binomial(answers, rates), numpy.full(rates.shape, answers))


def tables(members: int, prompts: int, most: int = 8) -> st.SearchStrategy[Cells]:
    """Any counts of so many members and prompts, also none in some cells."""
    cell = st.integers(0, most).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
    row = st.lists(cell, min_size=prompts, max_size=prompts)
    return st.lists(row, min_size=members, max_size=members).map(
        lambda rows: Cells([[k for k, _ in row] for row in rows], [[n for _, n in row] for row in rows])
    )


ANY_CELLS = st.tuples(st.integers(1, 5), st.integers(1, 5)).flatmap(lambda shape: tables(*shape))


def turned(of: Cells) -> Cells:
    """What does not show the pattern."""
    return Cells(numpy.asarray(of.n) - numpy.asarray(of.k), of.n)
