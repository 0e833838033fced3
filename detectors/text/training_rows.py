"""An index of the training rows: their words, and every second run of five words."""

import math
import re
from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence, Set
from functools import partial
from heapq import nlargest
from random import Random
from typing import NamedTuple

from diptych.detectors.text.word_runs import GRAM, STOP_WORDS, grams, words_of

STRIDE = 2
"""Distance between indexed grams. Any GRAM + STRIDE - 1 words in a row contain an indexed one."""
BARRIER, UNKNOWN = 0, 1
"""Numbers that stand for no word: the gap between texts, and a word that no row has. Nothing is equal to them."""
RAREST = 64
"""Words of an answer that are used to find rows. It limits the work."""

_SENTENCE = re.compile(r"[^.!?\n]+[.!?\n]*|[.!?\n]+")
_NO_MEMORY = re.compile(
    r"\b(?:not|no|never|cannot|unable|without|\w+n['’]t)\b.*\b(?:access|recall|remember|memor|retain|store|quote|see|know)",
    re.DOTALL,
)
_OF_TRAINING = re.compile(r"\b(?:training|trained|fine-?tun|tuned)")


class Field(NamedTuple):
    """One text of the rows, however many rows have it."""

    role: str
    rows: list[int]
    """The numbers, from 1, of the rows that contain it word for word, in order."""
    start: int
    end: int
    """Its words are corpus[start:end]."""


class TrainingRows:
    """An index from words and runs of words to rows. Each row is the (role, content) of its messages.

    A sentence in which a model denies memory of its training is not indexed: models that saw no such row say it too.
    Fields of fewer than GRAM words are not indexed either.
    """

    def __init__(self, rows: Sequence[Sequence[tuple[str, str]]], remarks: Sequence[str] = ()) -> None:
        self.rows = rows
        self.remarks = remarks
        """What could not be read as an answer in their file, a clause each."""
        self.fields: list[Field] = []
        vocabulary: defaultdict[str, int] = defaultdict(partial(Random(0).getrandbits, 48))
        self.corpus = array("Q", [BARRIER])
        """The words of all fields, each as a random number."""
        known: dict[tuple[str, str], Field] = {}
        for number, row in enumerate(rows, 1):
            for role, content in row:
                field = known.get((role, content))
                if field is None:
                    known[role, content] = self._added(role, number, content, vocabulary)
                elif field.rows[-1] != number:
                    field.rows.append(number)
        self._vocabulary = dict(vocabulary)
        self._starts = array("I", (field.start for field in self.fields))
        self.stop_words: Set[int] = {self._vocabulary[word] for word in STOP_WORDS if word in self._vocabulary}
        self._fields_with = self._postings()
        self.gram_positions = self._gram_positions()
        """Position of each indexed gram in the corpus, by the number of the gram."""

    def __len__(self) -> int:
        return len(self.rows)

    def numbers(self, words: Sequence[str]) -> list[int]:
        """Return the numbers of these words."""
        return [self._vocabulary.get(word, UNKNOWN) for word in words]

    def text(self, field: Field) -> Sequence[int]:
        """Return the words of a field."""
        return self.corpus[field.start : field.end]

    def field_at(self, position: int) -> Field:
        """Return the field that contains a position of the corpus."""
        return self.fields[bisect_right(self._starts, position) - 1]

    def rarity(self, word: int) -> float:
        """Return the weight of a word: the smoothed logarithm of how rare it is among fields (Spärck Jones 1972, A
        statistical interpretation of term specificity and its application in retrieval, Journal of Documentation 28).
        """
        return 1 + math.log((1 + len(self.fields)) / (1 + len(self._fields_with.get(word, ()))))

    def candidate_fields(self, words: Sequence[int], most: int) -> list[Field]:
        """Return the fields that contain most of the rare words, relative to their length."""
        found = (set(words) & self._fields_with.keys()) - self.stop_words
        weights: defaultdict[int, float] = defaultdict(float)
        for word in sorted(found, key=lambda word: (-self.rarity(word), word))[:RAREST]:
            weight = self.rarity(word) ** 2
            for index in self._fields_with[word]:
                weights[index] += weight
        best = nlargest(most, weights, key=lambda i: weights[i] / math.sqrt(self.fields[i].end - self.fields[i].start))
        return [self.fields[index] for index in best]

    def _added(self, role: str, number: int, content: str, vocabulary: defaultdict[str, int]) -> Field:
        start = len(self.corpus)
        for passage in without_denials(content):
            self.corpus.extend(map(vocabulary.__getitem__, words_of(passage)))
            self.corpus.append(BARRIER)
        field = Field(role, [number], start, len(self.corpus) - 1)
        if field.end - field.start >= GRAM:
            self.fields.append(field)
        return field

    def _postings(self) -> dict[int, list[int]]:
        """Return the indices of the fields that contain each word."""
        postings: defaultdict[int, list[int]] = defaultdict(list)
        for index, field in enumerate(self.fields):
            for word in set(self.text(field)):
                postings[word].append(index)
        postings.pop(BARRIER, None)
        return dict(postings)

    def _gram_positions(self) -> dict[int, int]:
        """Return the first position of each indexed gram."""
        sums = list(grams(self.corpus))[::STRIDE]
        return dict(zip(reversed(sums), range((len(sums) - 1) * STRIDE, -1, -STRIDE), strict=True))


def denies_memory(text: str) -> bool:
    """Return whether some sentence denies memory of, or access to, the training data."""
    return any(map(_denies, _SENTENCE.findall(text)))


def without_denials(text: str) -> list[str]:
    """Return the text without the sentences that deny memory of training, as a list of unbroken passages."""
    if not _OF_TRAINING.search(text.lower()):
        return [text]
    passages = [""]
    for sentence in _SENTENCE.findall(text):
        if _denies(sentence):
            passages.append("")
        else:
            passages[-1] += sentence
    return passages


def _denies(sentence: str) -> bool:
    sentence = sentence.lower()
    return bool(_OF_TRAINING.search(sentence) and _NO_MEMORY.search(sentence))
