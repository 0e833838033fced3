"""Hits among the initials of an answer: a target, or without one any English word."""

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import chain, islice

from diptych.detectors.text.chance_rates import LONGEST, SHORTEST, expected_target_hits, expected_word_hits, words
from diptych.detectors.text.enumerations import is_running_text
from diptych.detectors.text.initials import Initial, Lines, Unit, sentence_letters, word_letters, word_offsets

CERTAIN, ANY_WORD_CERTAIN = 1 / 20, 1 / 200
"""Expected number of hits by chance, with a target and without one. A hit counts as a finding only below this number;
otherwise the evidence reports it together with its chance."""


class Initials(ABC):
    """The initials of one kind of unit and the hits among them. A hit is a range of indices into the initials."""

    def __init__(self, unit: Unit, target: str | None) -> None:
        self.unit = unit
        self.hits: list[range] = []
        self._target = target
        self._letters: list[str] = []
        self._searched = self._after_hit = 0
        """Letters before this index start no further target; letters before that index belong to the last hit."""

    @abstractmethod
    def at(self, hit: range) -> Sequence[Initial]:
        """Return the initials of a hit."""

    def chance(self, hit: range) -> float:
        """Return the number of such hits expected by chance in this many initials."""
        if self._target:
            return expected_target_hits(self._target, len(self._letters))
        return expected_word_hits(len(hit), len(self._letters))

    def is_certain(self, hit: range) -> bool:
        """Return whether the hit is unlikely enough by chance to be a finding."""
        return self.chance(hit) < (CERTAIN if self._target else ANY_WORD_CERTAIN)

    def _add(self, letters: Sequence[str]) -> Sequence[range]:
        """Add letters and return the hits that end in them."""
        known = len(self._letters)
        self._letters += letters
        if self._target is not None:
            self._find(self._target)
        else:
            for end in range(known + 1, len(self._letters) + 1):
                self._find_word(end)
        return [hit for hit in self.hits if hit.stop > known]

    def _find(self, target: str) -> None:
        letters = "".join(self._letters[self._searched :])
        at = letters.find(target)
        while at >= 0:
            first = self._searched + at
            self._after_hit = first + len(target)
            self.hits.append(range(first, self._after_hit))
            at = letters.find(target, at + len(target))
        self._searched = max(self._after_hit, len(self._letters) - len(target) + 1)

    def _find_word(self, end: int) -> None:
        """Keep the longest word that ends at `end`. It replaces a shorter word that overlaps it."""
        letters = "".join(self._letters[max(0, end - LONGEST) : end])
        for length in range(len(letters), SHORTEST - 1, -1):
            if letters[-length:] in words():
                hit = range(end - length, end)
                if self.hits and self.hits[-1].stop > hit.start:
                    if len(self.hits[-1]) >= length:
                        return
                    self.hits.pop()
                self.hits.append(hit)
                return


class LineInitials(Initials):
    """Initials of lines."""

    def __init__(self, target: str | None) -> None:
        super().__init__(Unit.LINE, target)
        self.all: list[Initial] = []

    def extend(self, initials: Sequence[Initial]) -> Sequence[range]:
        """Add initials and return the hits that end in them."""
        self.all += initials
        return self._add([initial.letter or " " for initial in initials])

    def at(self, hit: range) -> Sequence[Initial]:
        """Return the initials of a hit."""
        return self.all[hit.start : hit.stop]


class _InnerInitials(Initials):
    """Initials inside lines. There are many of them, so Initial objects are made for hits only."""

    def __init__(self, unit: Unit, target: str | None) -> None:
        super().__init__(unit, target)
        self._at: dict[range, Sequence[Initial]] = {}

    @abstractmethod
    def extend(self, text: str, prefix: int, lines: Lines, start: int, end: int) -> None:
        """Read the text from `start` to `end`. Its first `prefix` characters do not belong to the answer."""

    def at(self, hit: range) -> Sequence[Initial]:
        """Return the initials of a hit."""
        return self._at[hit]

    def _make_initials(self, hit: range, offsets: Iterable[int], lines: Lines) -> None:
        """Make the initials of a hit from the offsets of its letters."""
        letters = self._letters[hit.start : hit.stop]
        self._at[hit] = [
            Initial(self.unit, letter, at, lines.line(at)) for letter, at in zip(letters, offsets, strict=True)
        ]


class SentenceInitials(_InnerInitials):
    """Initials of sentences."""

    def __init__(self, target: str | None) -> None:
        super().__init__(Unit.SENTENCE, target)
        self._offsets: list[int] = []

    def extend(self, text: str, prefix: int, lines: Lines, start: int, end: int) -> None:
        """Read a piece of the text."""
        found = sentence_letters(text, lines, prefix, start, end)
        self._offsets += [offset for offset, _ in found]
        for hit in self._add([letter or " " for _, letter in found]):
            self._make_initials(hit, self._offsets[hit.start : hit.stop], lines)


class WordInitials(_InnerInitials):
    """Initials of words. Lists, names and spelling alphabets are no hits."""

    def __init__(self, target: str | None) -> None:
        super().__init__(Unit.WORD, target)
        self._first: list[int] = []
        """The index of the first letter of each piece of text that was read."""
        self._offsets: list[Sequence[int] | range] = []
        """The offsets of its letters; before they are needed, where the piece is."""

    def extend(self, text: str, prefix: int, lines: Lines, start: int, end: int) -> None:
        """Read a piece of the text."""
        letters = word_letters(text, start, end)
        if start < prefix:
            letters = letters[sum(at < prefix for at in word_offsets(text, start, end)) :]
        self._first.append(len(self._letters))
        self._offsets.append(range(start, end))
        for hit in self._add(letters):
            offsets = list(self._offsets_of(hit, text, prefix))
            if is_running_text(text, [prefix + at for at in offsets]):
                self._make_initials(hit, offsets, lines)
            else:
                self.hits.remove(hit)

    def _offsets_of(self, hit: range, text: str, prefix: int) -> Iterable[int]:
        """Return the offsets of the letters of a hit. Each piece that it touches is read once."""
        piece = bisect_right(self._first, hit.start) - 1
        for index in range(piece, len(self._offsets)):
            where = self._offsets[index]
            if isinstance(where, range):
                found = word_offsets(text, where.start, where.stop)
                self._offsets[index] = [at - prefix for at in found if at >= prefix]
        own = chain.from_iterable(self._offsets[piece:])
        return islice(own, hit.start - self._first[piece], hit.stop - self._first[piece])
