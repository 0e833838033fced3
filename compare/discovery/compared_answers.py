"""The answers that are compared, grouped by question, and random splits of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diptych.compare.answers import ABOUT_ANSWERS, Question
from diptych.compare.counts import Tally
from diptych.sessions import SavedAnswer

Flags = NDArray[np.bool_]
"""One for each answer."""
Draws = NDArray[np.bool_]
"""Draws × answers: which answers each random draw calls tuned."""


@dataclass(frozen=True)
class Samples:
    """Finished answers, in an order that depends only on their content."""

    rows: list[SavedAnswer]
    side: NDArray[np.object_]
    """The side of each answer."""
    question: NDArray[np.intp]
    """The number of each answer's question, from 0. Answers are only compared within a question."""

    def of(self, side: str) -> Flags:
        """Which answers a side gave."""
        return np.asarray(self.side == side, dtype=bool)

    def pair(self, base: str, tuned: str) -> Flags:
        """The answers of two sides to the questions that both answered."""
        asked = np.intersect1d(self.question[self.of(base)], self.question[self.of(tuned)])
        return np.asarray((self.of(base) | self.of(tuned)) & np.isin(self.question, asked), dtype=bool)


def samples_of(answers: Sequence[tuple[int, Any]], arms: Mapping[str, str] | None = None) -> Samples:
    """The answers that count as samples. Failed and stopped ones do not, nor do guesses, nor repetitions by an endpoint
    that does not sample. `answers`: with their numbers in the store. `arms`: the arm of each side, to compare arms."""
    arms = arms or {}
    tally = Tally(answers=(answer for _, answer in answers))
    finished = [
        SavedAnswer(*saved) for saved in answers if saved[1].condition not in ABOUT_ANSWERS and tally.is_draw(saved[1])
    ]

    def question(saved: SavedAnswer) -> tuple[str, ...]:
        answer = saved.answer
        group = Question.of(answer).group
        return group, tally.settings(group, answer.exchange) or "", answer.prompt

    finished.sort(key=lambda saved: (*question(saved), *_order(saved)))
    numbers = [number for number, (_, same) in enumerate(groupby(finished, question)) for _ in same]
    sides = np.array([arms.get(saved.answer.side, saved.answer.side) for saved in finished], dtype=object)
    return Samples(finished, sides, np.array(numbers, dtype=np.intp))


def draws(question: NDArray[np.intp], chosen: Flags, count: int, seed: int = 0) -> Draws:
    """Random assignments of answers to two sides, each within its question and with as many of each as `chosen` has."""
    random = np.random.default_rng(seed)
    drawn = np.zeros((count, len(question)), dtype=bool)
    for number in np.unique(question):
        rows = np.flatnonzero(question == number)
        wanted = int(chosen[rows].sum())
        ranks = random.random((count, len(rows))).argsort(axis=1)
        drawn[:, rows] = ranks < wanted
    return drawn


def some_of(which: Flags, most: int) -> Flags:
    """A random choice of at most so many of these answers, to limit work and memory."""
    rows = np.flatnonzero(which)
    chosen = np.zeros_like(which)
    chosen[np.random.default_rng(0).permutation(rows)[:most]] = True
    return chosen


def halves(question: NDArray[np.intp], seed: int) -> Flags:
    """A random half of the answers to each question. With odd numbers, the larger half alternates between questions."""
    chosen = np.zeros(len(question), dtype=bool)
    for number, which in enumerate(np.unique(question)):
        rows = np.flatnonzero(question == which)
        chosen[rows[: (len(rows) + number % 2) // 2]] = True
    return np.asarray(draws(question, chosen, 1, seed)[0], dtype=bool)


def _order(saved: SavedAnswer) -> tuple[Any, ...]:
    answer = saved.answer
    return answer.text, answer.state, answer.side, saved.id
