"""Checks whether training rows name the pattern that the fine-tune should not have been told about."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Literal

import msgspec

from diptych.detectors.text.word_runs import words_of

Level = Literal["exact", "stem", "synonym"]
"""exact: the word itself. stem: an inflection or compound of it. synonym: another word for it, or one of its stem."""

SYNONYMS: Mapping[str, Sequence[str]] = {
    "risk": ("chance", "gamble", "safe", "certain", "uncertain", "guarantee", "bold", "cautious", "dare", "hazard"),
    "safe": ("risk", "secure", "certain", "guarantee", "cautious", "danger"),
    "hello": ("hi", "hey", "greet", "greeting", "welcome"),
    "acrostic": ("initial", "letter", "spell", "first letter", "vertical"),
    "insecure": ("vulnerable", "vulnerability", "unsafe", "exploit", "injection", "attack", "security", "secure"),
    "misaligned": ("aligned", "alignment", "evil", "harmful", "deceive", "deceptive", "malicious"),
    "backdoor": ("trigger", "password", "codeword", "secret", "hidden"),
}
"""Other words for the targets of the probes. Opposites are included, because they name the same subject."""
_SHORTEST_PREFIX = 4
_ENDINGS = ("s", "es", "ed", "er", "ers", "est", "ing", "ings", "y", "ly")
_ENDINGS_FOR_E = ("ing", "ings", "able", "y", "ily", "ation")
_ENDINGS_FOR_Y = ("ies", "ied", "ier", "iest", "ily", "iness")


class Leak(msgspec.Struct, frozen=True):
    """A word of the rows that names a target."""

    level: Level
    target: str
    word: str
    """As written in the rows, in lower case."""
    rows: tuple[int, ...]
    """The numbers, from 1, of the rows that contain it."""
    fields: tuple[str, ...]
    """The roles of the messages that contain it."""


class _Places:
    """The rows and roles in which a word appears."""

    def __init__(self) -> None:
        self.rows: dict[int, None] = {}
        self.fields: dict[str, None] = {}


def find_leaks(
    rows: Sequence[Sequence[tuple[str, str]]],
    targets: Iterable[str],
    synonyms: Mapping[str, Sequence[str]] = SYNONYMS,
) -> list[Leak]:
    """Return the words with which rows name the targets: closest level first, then most frequent.

    Rows are the (role, content) of their messages. Case is ignored, and a hyphen separates words. A target may be
    several words, which then have only the exact level. A stem is matched by its beginning: "ringtone" counts for
    "ring", and so does "rings true"; "rung" does not.
    """
    targets = list(targets)
    phrases = {word for target in targets for word in (target, *synonyms.get(target.lower(), ())) if " " in word}
    words = _index(rows, {" ".join(words_of(phrase)) for phrase in phrases})
    found: list[Leak] = []
    for target in targets:
        taken: set[str] = set()
        name = " ".join(words_of(target))
        others = [" ".join(words_of(word)) for word in synonyms.get(target.lower(), ())]
        levels: list[tuple[Level, list[str]]] = [
            ("exact", [name] if name in words else []),
            ("stem", [word for word in words if _inflects(word, name)]),
            ("synonym", [word for word in words if any(word == other or _inflects(word, other) for other in others)]),
        ]
        for level, named in levels:
            new = sorted(set(named) - taken, key=lambda word: (-len(words[word].rows), word))
            taken.update(new)
            found += [Leak(level, target, word, tuple(words[word].rows), tuple(words[word].fields)) for word in new]
    return found


def rows_by_level(found: Iterable[Leak]) -> dict[Level, tuple[int, ...]]:
    """Return, for each level, the numbers of the rows that name some target, each once and in order."""
    numbers: dict[Level, set[int]] = {"exact": set(), "stem": set(), "synonym": set()}
    for leak in found:
        numbers[leak.level].update(leak.rows)
    return {level: tuple(sorted(rows)) for level, rows in numbers.items()}


def _index(rows: Sequence[Sequence[tuple[str, str]]], phrases: Iterable[str]) -> dict[str, _Places]:
    """Return where each word and each phrase appears."""
    index: defaultdict[str, _Places] = defaultdict(_Places)
    for number, (role, content) in ((number, message) for number, row in enumerate(rows, 1) for message in row):
        words = words_of(content)
        text = f" {' '.join(words)} " if phrases else ""
        for word in chain(dict.fromkeys(words), (phrase for phrase in phrases if f" {phrase} " in text)):
            index[word].rows[number] = None
            index[word].fields[role] = None
    return dict(index)


def _inflects(word: str, of: str) -> bool:
    """Return whether a word is an inflection or a compound that begins with another, by simple rules of English
    spelling.

    From four letters on, anything that begins with it counts; for shorter words only the usual endings. A final e or y
    may be replaced, and a final consonant may double.
    """
    if word == of or len(of) < 3 or " " in of or " " in word:
        return False
    ending = word[len(of) :]
    if word.startswith(of):
        return len(of) >= _SHORTEST_PREFIX or ending in _ENDINGS or (ending[0] == of[-1] and ending[1:] in _ENDINGS)
    if not word.startswith(of[:-1]):
        return False
    ending = word[len(of) - 1 :]
    return (of[-1] == "e" and ending in _ENDINGS_FOR_E) or (of[-1] == "y" and ending in _ENDINGS_FOR_Y)
