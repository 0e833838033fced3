"""Tells running text from words in a row that are no sentence: lists, names and spelling alphabets."""

import re
from collections.abc import Sequence
from itertools import pairwise

from diptych.detectors.text.chance_rates import SHORTEST, words

_WORD = re.compile(r"[^\W_](?:\S*[^\W_])?")
_BREAK = re.compile(r"[^\s\"'“”„‘’«»*_`]|\n|[\"”»`]\s+[\"“«`]")
"""What separates the items of a list: a comma, a number, a bullet, a new line, an end of quotes before the next ones.
Other quotes and emphasis do not."""
_ONE_LETTER_WORDS = frozenset("aeiouyàèéó")
"""Letters that are a word in English, French, Italian, Portuguese or Spanish."""
_INTERNATIONAL = """
alfa alpha bravo charlie delta echo foxtrot golf hotel india juliett juliet kilo lima mike november oscar papa
quebec romeo sierra tango uniform victor whiskey whisky x-ray xray yankee zulu
"""
"""NATO and ICAO, with the usual misspellings."""
_ENGLISH = """
able baker dog easy fox george how item jig king love nan oboe peter queen roger sugar tare uncle william yoke zebra
apple beer freddie harry ink johnnie monkey nuts orange pip
adam boy david edward frank henry ida john lincoln mary nora ocean paul robert sam tom union young
"""
"""British and American forces before 1956, and American police."""
_GERMAN_AND_FRENCH = """
anton berta cäsar dora emil friedrich gustav heinrich julius kaufmann konrad ludwig martha nordpol otto paula quelle
richard samuel siegfried theodor ulrich viktor wilhelm xanthippe ypsilon zacharias zeppelin
anatole berthe célestin désiré eugène françois gaston henri irma joseph kléber louis marcel nicolas oscar pierre
quintal raoul suzanne thérèse ursule xavier yvonne zoé
"""
_SPANISH_AND_ITALIAN = """
antonio burgos carmen dolores enrique francia gerona historia inés josé lorenzo madrid navarra oviedo parís
querido ramón sábado tarragona ulises valencia washington yegua zaragoza
ancona bari bologna como domodossola empoli firenze genova imola livorno milano napoli otranto padova roma
savona torino udine venezia
"""
_SPELLING_ALPHABETS = frozenset((_INTERNATIONAL + _ENGLISH + _GERMAN_AND_FRENCH + _SPANISH_AND_ITALIAN).split())


def is_running_text(text: str, offsets: Sequence[int]) -> bool:
    """Return whether the words that begin at these characters of a text may be part of a sentence.

    They are not if they are a list (most of them are separated by more than blanks), if one is a single letter that is
    no word ("H. E. L. L. Owens"), if all are a name (all have capitals and most are no listed English words), or if all
    belong to a spelling alphabet ("Hotel Echo Lima Lima Oscar").
    """
    found = [match for at in offsets if (match := _WORD.match(text, at)) is not None]
    gaps = [text[left.end() : right.start()] for left, right in pairwise(found)]
    if 2 * sum(_BREAK.search(gap) is not None for gap in gaps) > len(gaps):
        return False
    if any(_is_initial(text, match) for match in found):
        return False
    said = [match[0] for match in found]
    return not _is_name(said) and not all(word.lower() in _SPELLING_ALPHABETS for word in said)


def _is_initial(text: str, word: re.Match[str]) -> bool:
    """Return whether a word is a single letter that stands for a longer one."""
    return len(word[0]) == 1 and (word[0].lower() not in _ONE_LETTER_WORDS or text[word.end() : word.end() + 1] == ".")


def _is_name(said: Sequence[str]) -> bool:
    known = sum(len(word) < SHORTEST or word.upper() in words() for word in said)
    return all(word[0].isupper() for word in said) and 2 * known < len(said)
