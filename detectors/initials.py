"""The initials of lines, of sentences and of words, read character by character."""

import re
import unicodedata
from enum import Enum
from typing import NamedTuple

_CLOSERS = frozenset("\"'”’»)]*_`~")
_STOPS = frozenset(".!?…")
_ABBREVIATIONS = frozenset(
    ("mr", "mrs", "ms", "dr", "prof", "st", "vs", "etc", "eg", "ie", "e.g", "i.e", "no", "jr", "sr", "inc", "fig", "cf")
)
_LETTERS = re.compile("[A-Za-z]+")
_PLAIN_WORDS = re.compile("(?:[A-Za-z]+[,;:]? )*")
"""Words in the middle of a sentence: each opens nothing but itself."""
_WORD_KEPT = 12
"""Characters of the current word that are remembered, to know abbreviations by."""


class Unit(Enum):
    """What an initial is the initial of; the value is how it is called in a sentence."""

    LINE = "line"
    SENTENCE = "sentence"
    WORD = "word"


class Initial(NamedTuple):
    """The first letter of a unit."""

    unit: Unit
    letter: str
    """One upper-case letter, its accents taken off; "" when the unit begins with a digit."""
    offset: int
    """Its character in the raw text."""
    line: int
    """From 1; blank lines are not counted."""


class InitialsReader:
    """Text in any cutting goes in, initials come out, each as soon as the character after it is known.

    List markers ("-", "2.", "a)"), quotes, emphasis, emoji and other signs before an initial are passed over.
    A sentence ends with . ! ? or … before white space, unless the word before is an abbreviation, and with
    its line.
    """

    def __init__(self, lead: str = "", lines_only: bool = False) -> None:
        """`lead`: what stands before the text; its initials come out of no `feed`. `lines_only`: the rest of a line is
        passed over, and only the initials of lines come out."""
        self._lines_only = lines_only
        self._offset = -len(lead)
        self._line = 0
        self._at_line_start = True
        self._at_sentence_start = True
        self._stopped = False
        self._word = ""
        self._held: tuple[str, int] | None = None
        self._number = False
        self.of_lead = self.feed(lead)
        """The initials of the lead, at negative offsets."""

    def feed(self, text: str) -> list[Initial]:
        """The initials that are certain with this piece."""
        found: list[Initial] = []
        at, length = 0, len(text)
        while at < length:
            if self._lines_only and not self._at_line_start and self._held is None and not self._number:
                end = text.find("\n", at)
                if end < 0:
                    self._offset += length - at
                    break
                self._offset += end - at
                at = end
            char = text[at]
            if char == " " and self._held is None and not self._number:
                self._blank()
                if not self._at_sentence_start:
                    at = self._plain_words(text, at, found)
            elif (run := _LETTERS.match(text, at)) is not None:
                letters = run.group()
                self._letters(letters, found)
                self._offset += len(letters)
                at += len(letters)
                continue
            else:
                self._step(char, found)
            self._offset += 1
            at += 1
        return found

    def flush(self) -> list[Initial]:
        """What the end of the text makes certain."""
        found: list[Initial] = []
        self._settle("\n", found)
        self._release_number(found)
        return found

    def _plain_words(self, text: str, blank: int, found: list[Initial]) -> int:
        """Take the words that follow a blank up to another blank, and return where the last of these is."""
        last = _PLAIN_WORDS.match(text, blank + 1).end() - 1  # type: ignore[union-attr]
        shift, line = self._offset - blank, self._line
        starts = [word.start() for word in _LETTERS.finditer(text, blank + 1, last)] if last > blank else ()
        found += [Initial(Unit.WORD, text[at].upper(), shift + at, line) for at in starts]
        self._offset += last - blank
        return last

    def _letters(self, run: str, found: list[Initial]) -> None:
        """Letters in a row: at most the first of them opens anything."""
        if self._held is not None:
            self._settle(run, found)
        if self._number:
            self._release_number(found)
        if not self._word:
            self._held = (run[0], self._offset)
            if len(run) > 1:
                self._settle(run[1], found)
        if len(self._word) < _WORD_KEPT:
            self._word = (self._word + run)[:_WORD_KEPT]
        self._stopped = False

    def _blank(self) -> None:
        """White space when nothing is undecided."""
        self._at_sentence_start |= self._stopped
        self._stopped = False
        self._word = ""

    def _step(self, char: str, found: list[Initial]) -> None:
        if char.isalpha():
            self._letters(char, found)
            return
        if self._held is not None:
            self._settle(char, found)
        if char == "\n":
            self._release_number(found)
            self._word = ""
            self._at_line_start = self._at_sentence_start = True
            self._stopped = False
        elif char.isdigit():
            # A number that opens a line may be a list marker: the character after it tells.
            if self._at_line_start:
                self._number = True
            self._stopped = False
            self._word = self._word or char
        elif char in _STOPS:
            if self._number:
                self._number = False
            elif self._word.lower() not in _ABBREVIATIONS and not (len(self._word) == 1 and self._word.isupper()):
                self._stopped = True
            if char == "." and self._word:
                self._word = (self._word + char)[:_WORD_KEPT]
        elif char.isspace():
            self._release_number(found)
            self._blank()
        elif char in ")\u20e3" and self._number:
            self._number = False
        elif char not in _CLOSERS and char not in "’'-":
            self._word = ""

    def _settle(self, following: str, found: list[Initial]) -> None:
        """Decide on the held letter: "a)" is a list marker, anything else opens its units."""
        if self._held is None:
            return
        (letter, offset), self._held = self._held, None
        if following == ")" and self._at_line_start:
            self._word = ""
            return
        self._open(_plain(letter), offset, found, word=True)

    def _release_number(self, found: list[Initial]) -> None:
        """A number that was no list marker opens its line and sentence with no letter."""
        if self._number:
            self._number = False
            self._open("", self._offset, found, word=False)

    def _open(self, letter: str, offset: int, found: list[Initial], word: bool) -> None:
        if self._at_line_start:
            self._line += 1
            found.append(Initial(Unit.LINE, letter, offset, self._line))
        if self._at_sentence_start and not self._lines_only:
            found.append(Initial(Unit.SENTENCE, letter, offset, self._line))
        if word and not self._lines_only:
            found.append(Initial(Unit.WORD, letter, offset, self._line))
        self._at_line_start = self._at_sentence_start = False


def _plain(letter: str) -> str:
    """Upper case without accents: "é" is "E"."""
    if letter.isascii():
        return letter.upper()
    return unicodedata.normalize("NFD", letter)[0].upper()[0]
