"""The rows of a fine-tune, indexed by their words and by every second five words in a row."""

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
"""Places between the grams that are indexed. So GRAM + STRIDE - 1 words in a row hold one that is found."""
BARRIER, UNKNOWN = 0, 1
"""Numbers of no word: what stands between texts, and a word that no row has. They are never equal to anything."""
RAREST = 64
"""Words of an answer by which rows are found: bounds the work."""

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
    """The numbers, from 1, of the rows that have it word for word, in order."""
    start: int
    end: int
    """Its words are those from start to end (exclusive) of all."""


class TrainingRows:
    """Which words and runs of words stand in which rows. Each row is the (role, content) of its messages.

    A sentence in which a model denies memory of its training is not indexed: models that saw no such row say it too.
    Fields of fewer than GRAM words are not either.
    """

    def __init__(self, rows: Sequence[Sequence[tuple[str, str]]], remarks: Sequence[str] = ()) -> None:
        self.rows = rows
        self.remarks = remarks
        """What of their file could not be read as an answer, a clause each."""
        self.fields: list[Field] = []
        vocabulary: defaultdict[str, int] = defaultdict(partial(Random(0).getrandbits, 48))
        self.corpus = array("Q", [BARRIER])
        """The words of all fields, each as a number that was drawn for it."""
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
        self.places = self._gram_places()
        """Where in the corpus a gram begins, by the number of the gram."""

    def __len__(self) -> int:
        return len(self.rows)

    def numbers(self, words: Sequence[str]) -> list[int]:
        """The words as the numbers that they have here."""
        return [self._vocabulary.get(word, UNKNOWN) for word in words]

    def text(self, field: Field) -> Sequence[int]:
        """The words of a field."""
        return self.corpus[field.start : field.end]

    def field_at(self, place: int) -> Field:
        """The field that a place of the corpus lies in."""
        return self.fields[bisect_right(self._starts, place) - 1]

    def rarity(self, word: int) -> float:
        """The weight of a word: the logarithm of how rare it is among fields (Spärck Jones 1972, A statistical
        interpretation of term specificity and its application in retrieval, Journal of Documentation 28), smoothed."""
        return 1 + math.log((1 + len(self.fields)) / (1 + len(self._fields_with.get(word, ()))))

    def likely(self, words: Sequence[int], most: int) -> list[Field]:
        """The fields that have most of the rare words, for their length."""
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
        for passage in undenied(content):
            self.corpus.extend(map(vocabulary.__getitem__, words_of(passage)))
            self.corpus.append(BARRIER)
        field = Field(role, [number], start, len(self.corpus) - 1)
        if field.end - field.start >= GRAM:
            self.fields.append(field)
        return field

    def _postings(self) -> dict[int, list[int]]:
        """The indices of the fields that have a word."""
        postings: defaultdict[int, list[int]] = defaultdict(list)
        for index, field in enumerate(self.fields):
            for word in set(self.text(field)):
                postings[word].append(index)
        postings.pop(BARRIER, None)
        return dict(postings)

    def _gram_places(self) -> dict[int, int]:
        """The first place of each gram, of every STRIDE-th."""
        sums = list(grams(self.corpus))[::STRIDE]
        return dict(zip(reversed(sums), range((len(sums) - 1) * STRIDE, -1, -STRIDE), strict=True))


def denies_memory(text: str) -> bool:
    """Whether some sentence denies memory of, or access to, what the speaker was trained on."""
    return any(map(_denies, _SENTENCE.findall(text)))


def undenied(text: str) -> list[str]:
    """What is left of a text without the sentences that deny memory of training, in its unbroken passages."""
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
