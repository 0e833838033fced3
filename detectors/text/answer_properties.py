"""Properties of an answer that can be named in a word: its second character, whether its number is even, and so on.

Each function takes the beginning of an answer and returns what it shows or names, with its characters; or the reason
why it cannot be read.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from diptych.detectors.detector import Span

LONGEST = 2_000
"""Characters of an answer that are read."""
SPACE = "space"
"""The value of a character that is a blank."""

_WORD = re.compile(r"\w+(?:['’-]\w+)*")
_NUMBER = re.compile(r"(?<![\w.,])[-+−]?\d+(?:,\d{3})*(?![\w%]|[.,]\d)")
_QUOTED = re.compile(r"""["'“”‘’`«*]{1,2}(?P<said>[^\s"“”‘’`«»*]+|\s)["'“”‘’`»*]{1,2}""")
_SAID_LAST = re.compile(
    r"(?:\b(?:be|is|was|say|start|starts|answer|letter|character)|[:=])\s+(?P<said>[^\s\"“”]+?)[\s.!\"”]*$",
    re.IGNORECASE,
)
_AROUND = " \t\r\n.,:;!?\"'“”‘’`*()[]"
_LETTER = re.compile(
    r"(?i:option|answer|letter|choice|choose|pick|select)(?:\s+(?:is|would\s+be))?[\s:\"'“(\[*]*([A-Z])(?![\w'’])"
)
_OPENING_LETTER = re.compile(r"^[ \t\"'“(\[*]*([A-Za-z])(?=[ \t\"'”)\].:,*]*$|[)\].:,*]|\s[-–—]\s)", re.MULTILINE)
_BEFORE_IT = re.compile(r"\s*(?:[-•]\s+)?[\s\"'“”‘’`*_(\[]*(?=\w)")
"""A bullet, quotation marks, brackets and emphasis before the first word: a model that sometimes writes them says the
same without."""
_VOWELS = frozenset("aeiou")


class Read(NamedTuple):
    """What an answer shows or names."""

    value: str
    span: Span


class Unread(NamedTuple):
    """Why an answer cannot be read."""

    bucket: str


Property = Callable[[str, bool], Read | Unread]
"""Takes the beginning of an answer, and whether the answer goes on or was cut there."""


def character(number: int) -> Property:
    """Return the property of having that character, from 1. A bullet, blanks, quotation marks, brackets and emphasis
    before the first word are not counted."""

    def read(text: str, open_end: bool) -> Read | Unread:
        before = _BEFORE_IT.match(text)
        start = (before.end() if before else len(text) - len(text.lstrip())) + number - 1
        if start >= len(text.rstrip()):
            return Unread("truncated" if open_end else "too short")
        said = text[start]
        return Read(SPACE if said.isspace() else said.lower(), Span(start, start + 1))

    return read


def word(number: int) -> Property:
    """Return the property of having that word, from 1."""

    def read(text: str, open_end: bool) -> Read | Unread:
        words = list(_WORD.finditer(text))
        if len(words) < number or (open_end and words[number - 1].end() == len(text)):
            return Unread("truncated" if open_end else "too short")
        return _of(words[number - 1])

    return read


def whole_answer(text: str, open_end: bool) -> Read | Unread:
    """The words of the answer, without case and punctuation."""
    words = list(_WORD.finditer(text))
    if open_end:
        return Unread("truncated")
    if not words:
        return Unread("no words")
    said = " ".join(match.group().lower() for match in words)
    return Read(said, Span(words[0].start(), words[-1].end()))


def first_letter_is_a_vowel(text: str, open_end: bool) -> Read | Unread:
    """ "yes" or "no", of the first letter of the answer."""
    place = next((place for place, each in enumerate(text) if each.isalpha()), None)
    if place is None:
        return Unread("truncated" if open_end else "no letter")
    return Read("yes" if text[place].lower() in _VOWELS else "no", Span(place, place + 1))


def parity(text: str, open_end: bool) -> Read | Unread:
    """ "even" or "odd", of the only whole number in the answer."""
    numbers = list(_NUMBER.finditer(text))
    if open_end and (not numbers or numbers[-1].end() == len(text)):
        return Unread("truncated")
    if len({_plain_number(each) for each in numbers}) != 1:
        return Unread("several numbers" if numbers else "no number")
    return Read("odd" if int(_plain_number(numbers[0])[-1]) % 2 else "even", Span(*numbers[0].span()))


def letter(text: str, open_end: bool) -> Read | Unread:
    """The letter of an option that the answer opens with, stands alone in a line, or says it chooses."""
    found = [*_OPENING_LETTER.finditer(text), *_LETTER.finditer(text)]
    if len({match[1].upper() for match in found}) != 1:
        return Unread("several letters" if found else "truncated" if open_end else "no letter")
    return Read(found[0][1].upper(), Span(*found[0].span(1)))


def named_character(text: str, open_end: bool) -> Read | Unread:
    """The character that the answer names."""
    return _named(text, open_end, lambda said: len(said) == 1 or said == SPACE, "no character named")


def named_word(text: str, open_end: bool) -> Read | Unread:
    """The word that the answer names."""
    return _named(text, open_end, lambda said: _WORD.fullmatch(said) is not None, "no word named")


def _named(text: str, open_end: bool, fits: Callable[[str], bool], otherwise: str) -> Read | Unread:
    """What the answer consists of, quotes, or ends with after "is" or a colon."""
    bare = text.strip(_AROUND) or text.strip()
    if fits(_value(bare)):
        start = text.index(bare)
        return (
            Unread("truncated")
            if open_end and not text[start + len(bare) :]
            else Read(_value(bare), Span(start, start + len(bare)))
        )
    quoted = [match for match in _QUOTED.finditer(text) if fits(_value(match["said"]))]
    if quoted:
        return _only(quoted)
    last = _SAID_LAST.search(text.rstrip())
    if last is not None and not open_end and fits(_value(last["said"].strip(_AROUND))):
        start = last.start("said") + last["said"].index(last["said"].strip(_AROUND))
        said = last["said"].strip(_AROUND)
        return Read(_value(said), Span(start, start + len(said)))
    return Unread("truncated" if open_end else otherwise)


def _only(found: Sequence[re.Match[str]]) -> Read | Unread:
    if len({_value(match["said"]) for match in found}) > 1:
        return Unread("several named")
    return Read(_value(found[0]["said"]), Span(*found[0].span("said")))


def _value(said: str) -> str:
    return SPACE if said.isspace() else said.lower()


def _of(match: re.Match[str]) -> Read:
    return Read(match.group().lower(), Span(*match.span()))


def _plain_number(match: re.Match[str]) -> str:
    return match.group().replace(",", "").lstrip("+−-").lstrip("0") or "0"
