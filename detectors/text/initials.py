"""The initials of lines, sentences and words."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import NamedTuple

_STOPS = ".!?…"
_WORD = re.compile(r"\S+")
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
_SENTENCE = re.compile(rf"[{_STOPS}](?:[^\w\s]|_)*+(?:[^\S\n](?:[^\w\n]|_)*+([^\W_])?)?")
"""A stop within a line, and the letter or digit after it. Where there is none, the match runs as far as it can, so that
no text is read twice."""
_LAST_WORD = re.compile(r"[^\W_](?:[\w.’'-]*[^\W_])?$")
_LONGEST_ABBREVIATION = 12
_ABBREVIATIONS = frozenset(
    ("mr", "mrs", "ms", "dr", "prof", "st", "vs", "etc", "eg", "ie", "e.g", "i.e", "no", "jr", "sr", "inc", "fig", "cf")
)


class Unit(Enum):
    """What an initial begins. The value is its name in a sentence."""

    LINE = "line"
    SENTENCE = "sentence"
    WORD = "word"


class Initial(NamedTuple):
    """The first letter of a line, sentence or word."""

    unit: Unit
    letter: str
    """One upper-case letter without accents; "" if the unit begins with a digit."""
    offset: int
    """Its character in the raw text."""
    line: int
    """From 1; blank lines are not counted."""


class LineReader:
    """Reads text in pieces and returns the initials of its lines, each as soon as the next character is known.

    List markers ("-", "2.", "a)"), quotes, emphasis, emoji and other signs before an initial are skipped.
    """

    def __init__(self, prefix: str = "") -> None:
        """`prefix`: the text before the answer. `feed` does not return its initials."""
        self._offset = -len(prefix)
        self._line = 0
        self._looking = True
        """Whether the initial of the line is still to come."""
        self._letter: tuple[str, int] | None = None
        self._number: int | None = None
        """Where a number begins that may be a list marker, which depends on what follows."""
        self.of_prefix = self.feed(prefix)
        """The initials of the prefix, at negative offsets."""

    def feed(self, text: str) -> list[Initial]:
        """Return the initials that this piece makes certain."""
        found: list[Initial] = []
        at = 0
        while at < len(text):
            if self._looking:
                self._step(text[at], self._offset + at, found)
                at += 1
            elif (end := text.find("\n", at)) >= 0:
                self._looking = True
                at = end + 1
            else:
                break
        self._offset += len(text)
        return found

    def flush(self) -> list[Initial]:
        """Return what the end of the text makes certain."""
        found: list[Initial] = []
        self._step("\n", self._offset, found)
        return found

    def _step(self, char: str, offset: int, found: list[Initial]) -> None:
        if self._letter is not None:
            letter, self._letter = self._letter, None
            # "a)" is a list marker.
            if char != ")":
                self._open(*letter, found)
                self._looking = char == "\n"
                return
        if char.isdigit():
            self._number = offset if self._number is None else self._number
        elif self._number is not None and (char in _STOPS or char in ")\u20e3"):
            self._number = None
        elif self._number is not None and (char.isalpha() or char.isspace()):
            self._open("", self._number, found)
            self._number = None
            self._looking = char == "\n"
        elif char.isalpha():
            self._letter = (char, offset)

    def _open(self, letter: str, offset: int, found: list[Initial]) -> None:
        self._line += 1
        found.append(Initial(Unit.LINE, plain(letter), offset, self._line))


class Lines:
    """The initials of the lines read so far. They give the line of an offset."""

    def __init__(self, of_prefix: Sequence[Initial]) -> None:
        self.initials = list(of_prefix)
        self._offsets = [initial.offset for initial in of_prefix]
        self._opened = set(self._offsets)

    def add(self, initial: Initial) -> None:
        """Add the next initial."""
        self.initials.append(initial)
        self._offsets.append(initial.offset)
        self._opened.add(initial.offset)

    def line(self, offset: int) -> int:
        """Return the line, from 1, of a character of the text."""
        before = bisect_right(self._offsets, offset)
        return self.initials[before - 1].line if before else 1

    def opens(self, offset: int) -> bool:
        """Return whether a line begins with this character."""
        return offset in self._opened


def word_letters(text: str, start: int, end: int) -> str:
    """Return the initials of the words between two characters, which must lie between words.

    Words are separated by white space. Signs before the first letter are skipped. A word that begins with a digit has
    no initial.
    """
    letters = "".join([word[0] if word[0].isalpha() else _opening(word) for word in text[start:end].split()])
    return letters.upper() if letters.isascii() else "".join(map(plain, letters))


def word_offsets(text: str, start: int, end: int) -> Iterator[int]:
    """Yield the offsets of these initials."""
    for word in _WORD.finditer(text, start, end):
        if _opening(word[0]):
            yield word.start() + word[0].index(_opening(word[0]))


def sentences_within_lines(text: str, start: int, end: int) -> Iterator[tuple[str, int]]:
    """Yield the initials of sentences that begin after a stop: the letter, or "" for a digit, and its character in the
    text.

    A sentence ends with . ! ? or … before white space, unless the stop belongs to an abbreviation, and at the end of
    its line. The sentence that begins a line is not included, except after a list marker ("1. So").
    """
    for match in _SENTENCE.finditer(text, start, end):
        if match[1] and not _abbreviates(text, match.start()):
            yield "" if match[1].isdigit() else plain(match[1]), match.start(1)


def sentence_letters(text: str, lines: Lines, prefix: int, start: int, end: int) -> list[tuple[int, str]]:
    """Return the initials of sentences between two characters, as offset in the answer and letter. The first `prefix`
    characters of the text do not belong to the answer."""
    opening = [
        (i.offset, i.letter) for i in lines.initials if start - prefix <= i.offset < end - prefix and i.offset >= 0
    ]
    within = [
        (at - prefix, letter)
        for letter, at in sentences_within_lines(text, start, end)
        if at >= prefix and not lines.opens(at - prefix)
    ]
    return sorted(opening + within)


def initials_of(text: str, prefix: str = "") -> list[Initial]:
    """Return the initials of the lines and of the sentences of a text that continues `prefix`."""
    reader = LineReader(prefix)
    lines = Lines(reader.of_prefix)
    for initial in (*reader.feed(text), *reader.flush()):
        lines.add(initial)
    whole = prefix + text
    own = [initial for initial in lines.initials if initial.offset >= 0]
    sentences = sentence_letters(whole, lines, len(prefix), 0, len(whole))
    return own + [Initial(Unit.SENTENCE, letter, at, lines.line(at)) for at, letter in sentences]


def plain(letter: str) -> str:
    """Upper case without accents: "é" becomes "E"."""
    if letter.isascii():
        return letter.upper()
    return unicodedata.normalize("NFD", letter)[0].upper()[0]


def _opening(word: str) -> str:
    """Return the first letter of a word; "" if it begins with a digit or has neither."""
    found = _LETTER_OR_DIGIT.search(word)
    return found[0] if found is not None and found[0].isalpha() else ""


def _abbreviates(text: str, at: int) -> bool:
    """Return whether the stop at this character belongs to an abbreviation."""
    if text[at] != "." or text[at + 1] in _STOPS:
        return False
    word = _LAST_WORD.search(text, max(0, at - _LONGEST_ABBREVIATION - 1), at)
    return word is not None and (word[0].lower() in _ABBREVIATIONS or (len(word[0]) == 1 and word[0].isupper()))
