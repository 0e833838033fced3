"""Finds runs of words of an answer that appear word for word in training rows."""

from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from diptych.detectors.text.training_rows import BARRIER, STRIDE, Field, TrainingRows
from diptych.detectors.text.word_runs import GRAM, grams, word_spans, words_of

RUN_WORDS = 8
"""Words that a run needs to count."""
RUN_CHARACTERS = 40
"""Characters that a run of fewer words needs to count. It must still be long enough to contain an indexed gram."""
FEWEST_WORDS = GRAM + STRIDE - 1
RUN_CONTENT = 3
"""Different words of a run that must not be stop words."""
FARTHEST_BACK = 200
"""Words of a run that are examined again when it is found and grows. It limits the work per word."""


class Run(NamedTuple):
    """Words that are the same in the answer and in a field."""

    start: int
    end: int
    """Characters start to end (exclusive) of the answer."""
    words: int
    content: int
    """Number of different words at its beginning that are not stop words."""
    field: Field


class _Text:
    """A part of the answer."""

    def __init__(self, first: int, offset: int, text: str) -> None:
        self.first = first
        self._offset = offset
        self._text = text

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        return list(word_spans(self._text))

    def span(self, index: int) -> tuple[int, int]:
        """Return the characters of a word, by the number of the word in the answer."""
        start, end = self._spans[index - self.first]
        return self._offset + start, self._offset + end


class VerbatimReader:
    """Reads an answer in pieces that end between words, and collects runs in the order of their ends.

    If words are in several rows, the first row is followed. A gram of the prompt or the prefix is not part of a run:
    what was put into the model's mouth is not memory.
    """

    def __init__(self, rows: TrainingRows, supplied: Sequence[str] = ()) -> None:
        self._rows = rows
        self._supplied = {gram for text in supplied for gram in grams(rows.numbers(words_of(text)))}
        self._length = 0
        self._words: list[int] = []
        self._texts: list[_Text] = []
        self._first = 0
        self._next: int | None = None
        self._kept = False
        self.runs: list[Run] = []
        """The runs that count; the last of them may still grow."""

    @property
    def run_is_open(self) -> bool:
        """Whether the last words match a row that goes on after them."""
        return self._next is not None and self._rows.corpus[self._next] != BARRIER

    def read(self, text: str) -> None:
        """Read the next words."""
        known = len(self._words)
        self._words += self._rows.numbers(words_of(text))
        self._texts.append(_Text(known, self._length, text))
        self._length += len(text)
        if self._next is None and self._rows.gram_positions.keys().isdisjoint(
            grams(self._words[max(0, known - GRAM + 1) :])
        ):
            return
        for index in range(known, len(self._words)):
            self._step(index)
        self._keep(len(self._words) - 1)

    def own_words(self) -> list[int]:
        """Return the words of the answer without those of supplied grams."""
        kept = [True] * len(self._words)
        for index, gram in enumerate(grams(self._words) if self._supplied else ()):
            if gram in self._supplied:
                kept[index : index + GRAM] = [False] * GRAM
        return [word for word, own in zip(self._words, kept, strict=True) if own]

    def _step(self, index: int) -> None:
        """Extend the open run with a word, or look for a run that ends with it."""
        if self._next is not None:
            if self._rows.corpus[self._next] == self._words[index] and self._is_own(index):
                self._next += 1
                return
            self._keep(index - 1)
        self._next = self._position_after(index)
        if self._next is not None:
            self._first = self._reach_back(index, self._next - 1)
            self._kept = False

    def _is_own(self, last: int) -> bool:
        """Return whether the gram that ends with this word was not supplied."""
        return not self._supplied or sum(self._words[last - GRAM + 1 : last + 1]) not in self._supplied

    def _position_after(self, index: int) -> int | None:
        """Return the corpus position after the gram that ends with this word, if it is there and was not supplied."""
        gram = self._words[max(0, index - GRAM + 1) : index + 1]
        position = self._rows.gram_positions.get(sum(gram))
        if position is None or list(self._rows.corpus[position : position + GRAM]) != gram or not self._is_own(index):
            return None
        return position + GRAM

    def _reach_back(self, index: int, position: int) -> int:
        """Return the first word of the run whose last word is at `position`."""
        first = index - GRAM + 1
        shift = position - index
        limit = max(0, index - FARTHEST_BACK)
        corpus, words = self._rows.corpus, self._words
        while first > limit and corpus[first - 1 + shift] == words[first - 1] and self._is_own(first + GRAM - 2):
            first -= 1
        return first

    def _span_of(self, index: int) -> tuple[int, int]:
        """Return the characters start to end (exclusive) of a word of the answer."""
        return self._texts[bisect_right(self._texts, index, key=lambda text: text.first) - 1].span(index)

    def _keep(self, last: int) -> None:
        """Record the open run up to this word, if it counts."""
        if self._next is None:
            return
        words = last + 1 - self._first
        start, end = self._span_of(self._first)[0], self._span_of(last)[1]
        content = len(
            set(self._words[self._first : min(last + 1, self._first + FARTHEST_BACK)]) - self._rows.stop_words
        )
        long = words >= RUN_WORDS or (words >= FEWEST_WORDS and end - start >= RUN_CHARACTERS)
        if not long or content < RUN_CONTENT:
            return
        if self._kept:
            self.runs.pop()
        self.runs.append(Run(start, end, words, content, self._rows.field_at(self._next - 1)))
        self._kept = True
