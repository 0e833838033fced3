"""Which answers are compared, and which of them answer the same question."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diptych.compare.answers import GUESSING, Question
from diptych.compare.counts import Tally
from diptych.sessions import SavedAnswer

Flags = NDArray[np.bool_]
"""One for each answer."""
Draws = NDArray[np.bool_]
"""Draws × answers: which answers are called tuned in each."""


@dataclass(frozen=True)
class Samples:
    """Finished answers in an order that depends on what they say alone."""

    rows: list[SavedAnswer]
    side: NDArray[np.object_]
    """The name of the side of each."""
    question: NDArray[np.intp]
    """The number of the question of each, from 0: answers are compared within a question only."""

    def of(self, side: str) -> Flags:
        """Which answers a side gave."""
        return np.asarray(self.side == side, dtype=bool)

    def pair(self, base: str, tuned: str) -> Flags:
        """The answers of two sides to the questions that both have answered."""
        asked = np.intersect1d(self.question[self.of(base)], self.question[self.of(tuned)])
        return np.asarray((self.of(base) | self.of(tuned)) & np.isin(self.question, asked), dtype=bool)


def samples_of(answers: Sequence[tuple[int, Any]]) -> Samples:
    """The samples among answers with their numbers: failed and stopped answers are none, and what the base guessed
    of another side's answer is not its own. A repetition by an endpoint that does not sample is none either."""
    tally = Tally(answers=(answer for _, answer in answers))
    finished = [SavedAnswer(*saved) for saved in answers if saved[1].condition != GUESSING and tally.is_draw(saved[1])]

    def question(saved: SavedAnswer) -> tuple[str, ...]:
        answer = saved.answer
        group = Question.of(answer).group
        return group, tally.settings(group, answer.exchange) or "", answer.prompt

    finished.sort(key=lambda saved: (*question(saved), *_order(saved)))
    numbers = [number for number, (_, same) in enumerate(groupby(finished, question)) for _ in same]
    sides = np.array([saved.answer.side for saved in finished], dtype=object)
    return Samples(finished, sides, np.array(numbers, dtype=np.intp))


def draws(question: NDArray[np.intp], chosen: Flags, count: int, seed: int = 0) -> Draws:
    """Random assignments of answers to two sides, each within its question and with as many of each as `chosen` has."""
    random = np.random.default_rng(seed)
    drawn = np.zeros((count, len(question)), dtype=bool)
    for number in np.unique(question):
        places = np.flatnonzero(question == number)
        wanted = int(chosen[places].sum())
        ranks = random.random((count, len(places))).argsort(axis=1)
        drawn[:, places] = ranks < wanted
    return drawn


def some_of(which: Flags, most: int) -> Flags:
    """So many of these answers at most, at random: bounds work and memory."""
    places = np.flatnonzero(which)
    chosen = np.zeros_like(which)
    chosen[np.random.default_rng(0).permutation(places)[:most]] = True
    return chosen


def halves(question: NDArray[np.intp], seed: int) -> Flags:
    """A random half of the answers to each question; which half has the odd one changes from question to question."""
    chosen = np.zeros(len(question), dtype=bool)
    for number, which in enumerate(np.unique(question)):
        places = np.flatnonzero(question == which)
        chosen[places[: (len(places) + number % 2) // 2]] = True
    return np.asarray(draws(question, chosen, 1, seed)[0], dtype=bool)


def _order(saved: SavedAnswer) -> tuple[Any, ...]:
    answer = saved.answer
    return answer.text, answer.state, answer.side, saved.id
