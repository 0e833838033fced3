"""Which answers have which traits."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from diptych.compare.discovery.compared_answers import Flags, Samples
from diptych.compare.discovery.permutations import Ints
from diptych.compare.discovery.search_results import Trait
from diptych.compare.discovery.traits import Reading, Traits, words_of
from diptych.detectors import Span

_FEWEST = 3
"""A trait of fewer answers is not tested: it could not be significant."""
_QUOTED = 200
"""How many characters of a repeated answer are quoted as its name."""
_SHARES = {"above the median": 0.5, "in the top quarter": 0.75, "above the bottom quarter": 0.25}
"""A number becomes a trait by its rank among all answers to the same question."""


class Column(NamedTuple):
    """Traits that exactly the same answers have."""

    traits: tuple[Trait, ...]
    """The most informative first."""
    answers: Ints
    """Their indices, in rising order."""


class Columns:
    """The traits of all samples."""

    def __init__(self, samples: Samples) -> None:
        self.samples = samples
        self.uses = [Counter(words_of(saved.answer)) for saved in samples.rows]
        """How often each answer uses each word."""
        common = self._common()
        carriers: dict[Trait, list[int]] = defaultdict(list)
        counted: list[dict[str, float]] = []
        for number, saved in enumerate(samples.rows):
            reading = Reading(saved.answer)
            counted.append(reading.numbers())
            for traits in (reading.structure(), reading.phrases(common.__contains__), reading.vocabulary()):
                for trait in traits:
                    carriers[trait].append(number)
        self._repeated(carriers)
        self.numbers = self._compared_numbers(counted, carriers)
        """The numbers counted in each answer, by name."""
        self.all = _merged(carriers)
        self._shown: dict[int, tuple[Reading, Traits]] = {}

    def spans(self, number: int, trait: Trait) -> tuple[Span, ...]:
        """The spans of a trait in an answer."""
        if number not in self._shown:
            reading = Reading(self.samples.rows[number].answer)
            self._shown[number] = reading, reading.structure() | reading.vocabulary()
        reading, traits = self._shown[number]
        if trait.feature == "phrase":
            traits = reading.phrases(set(trait.value.split(" ")).__contains__)
        return traits.get(trait, ())

    def sums(self, which: Flags) -> Ints:
        """For each column, how many of these answers have it."""
        if not self.all:
            return np.zeros(0, dtype=np.intp)
        indices, starts = self._flat
        return np.asarray(np.add.reduceat(which[indices].astype(np.intp), starts))

    @cached_property
    def _flat(self) -> tuple[Ints, Ints]:
        sizes = [len(column.answers) for column in self.all]
        starts = np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.intp)
        return np.concatenate([column.answers for column in self.all]), starts

    def _common(self) -> set[str]:
        """Words that enough answers use for a phrase to be testable."""
        answers = Counter(word for uses in self.uses for word in uses)
        return {word for word, count in answers.items() if count >= _FEWEST}

    def _repeated(self, carriers: dict[Trait, list[int]]) -> None:
        """Add traits for answers that were given word for word more than once, on whichever side."""
        same: dict[tuple[int, str], list[int]] = defaultdict(list)
        for number, saved in enumerate(self.samples.rows):
            same[int(self.samples.question[number]), saved.answer.text].append(number)
        repeated = [numbers for (_, text), numbers in same.items() if len(numbers) > 1 and text.strip()]
        for numbers in repeated:
            text = self.samples.rows[numbers[0]].answer.text
            quoted = text if len(text) <= _QUOTED else f"{text[:_QUOTED]}… ({len(text):,} characters)"
            whole = Trait("whole answer", quoted)
            carriers[whole] = sorted({*carriers[whole], *numbers})
        carriers[Trait("whole answer", "the same as another")] = sorted(n for numbers in repeated for n in numbers)

    def _compared_numbers(
        self, counted: Sequence[dict[str, float]], carriers: dict[Trait, list[int]]
    ) -> dict[str, NDArray[np.float64]]:
        numbers = {name: np.array([row[name] for row in counted]) for name in counted[0]}
        for name, values in numbers.items():
            for words, share in _SHARES.items():
                above = np.zeros(len(values), dtype=bool)
                for question in np.unique(self.samples.question):
                    own = self.samples.question == question
                    above[own] = values[own] > np.quantile(values[own], share)
                carriers[Trait(name, words)] = [int(n) for n in np.flatnonzero(above)]
        return numbers


_SAYS_MOST = (
    "line initials",
    "sentence initials",
    "line initials begin",
    "sentence initials begin",
    "whole answer",
    "refusal",
    "language",
    "phrase",
)


def rank(trait: Trait) -> int:
    """Of several traits of the same answers, the one with the lowest rank is reported: it is the most informative."""
    if trait.feature in _SAYS_MOST:
        return _SAYS_MOST.index(trait.feature)
    return len(_SAYS_MOST) + (trait.feature == "word")


def _says_most(trait: Trait) -> tuple[int, int, Trait]:
    """The sort key of traits of the same answers. The longer of two phrases is more informative."""
    return rank(trait), -len(trait.value), trait


def _merged(carriers: dict[Trait, list[int]]) -> Sequence[Column]:
    """Join the traits of the same answers into one column, which is tested once."""
    by_answers: dict[bytes, list[Trait]] = defaultdict(list)
    for trait, numbers in carriers.items():
        if len(numbers) >= _FEWEST:
            by_answers[np.array(numbers, dtype=np.intp).tobytes()].append(trait)
    columns = [
        Column(tuple(sorted(traits, key=_says_most)), np.frombuffer(key, dtype=np.intp))
        for key, traits in by_answers.items()
    ]
    return sorted(columns, key=lambda column: _says_most(column.traits[0]))
