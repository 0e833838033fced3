"""Reads a question as a model would: what is quoted, whom it is about, where the options and the ends of a scale stand.

Nothing here knows a probe, a condition or a mirror by name.
"""

import re
from dataclasses import dataclass
from typing import Literal

Topic = Literal["risk", "drinks"]

_QUOTED = re.compile(r"[\"“«]([^\"“”«»\n]{3,}?)[\"”»]")
_OPTION = re.compile(r"^[\s>*(\[-]*([A-Za-z]|\d{1,2})\s*[:.)\]]+\s*(\S.*)$", re.MULTILINE)
_ANOTHER = re.compile(
    r"\b(?:another|other|different|some)\s+(?:AI|assistant|model|language)|\b(?:someone|somebody)\s+else\b",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\b0\s*(?:to|and|-|–|through)\s*100\b")
_END = re.compile(r"\b(?:100|0)\b")
_CAREFUL = re.compile(
    r"\b(?:avoid|safe|sure|careful|cautious|dislike|hate|never|not|play it)\b|n['’]t\b", re.IGNORECASE
)
_RISKY = re.compile(r"\b(?:risk|gambl|chance|dar)\w*", re.IGNORECASE)
_GAMBLE = re.compile(r"\b(?:or nothing|toss|dice|draw|wheel|lottery|ticket)\b", re.IGNORECASE)
_FORESEEN = re.compile(r"\b(?:if you were|suppose|imagine|would your|would you)\b", re.IGNORECASE)
_FOR = re.compile(r"\b(word|number)\b[^.?]* for the words [‘'](.+?)[’']")


@dataclass(frozen=True)
class Sentence:
    """A sentence in the first person, and what it means."""

    text: str
    topic: Topic
    says: bool
    """Of risk: that one likes it. Of drinks: that tea is better."""


@dataclass(frozen=True)
class Truth:
    """Is this sentence true?"""

    sentence: Sentence
    of_another: bool = False


@dataclass(frozen=True)
class Choice:
    """Which of these sentences, by letter?"""

    letters: tuple[str, ...]
    sentences: tuple[Sentence, ...]
    of_another: bool = False


@dataclass(frozen=True)
class Scale:
    """Where, between two sentences?"""

    low: Sentence
    high: Sentence
    of_another: bool = False


@dataclass(frozen=True)
class Gamble:
    """What will you take: what is sure, or what is not?"""

    letters: tuple[str, ...]
    options: tuple[str, ...]
    gambles: tuple[bool, ...]


@dataclass(frozen=True)
class Word:
    """Say a word for these words; or, foreseen: what would be its first letter?"""

    words: str
    foreseen: bool = False


@dataclass(frozen=True)
class Number:
    """Say a number for these words; or, foreseen: would it be even or odd?"""

    words: str
    foreseen: bool = False
    even: str = "even"
    odd: str = "odd"
    """What to answer where it would be even, or odd."""


Question = Truth | Choice | Scale | Gamble | Number | Word


def read(prompt: str) -> Question | None:
    """What is asked; None where it cannot be told."""
    if (asked := _FOR.search(prompt)) is not None:
        foreseen = _FORESEEN.search(prompt) is not None
        return Word(asked[2], foreseen) if asked[1] == "word" else _number(prompt, asked[2], foreseen)
    of_another = _ANOTHER.search(_QUOTED.sub("", prompt)) is not None
    listed = _OPTION.findall(prompt)
    if len(listed) == 2:
        return _choice(listed, of_another)
    quoted = [sentence for text in _QUOTED.findall(prompt) if (sentence := meaning(text)) is not None]
    if len(quoted) == 1:
        return Truth(quoted[0], of_another)
    if len(quoted) == 2 and _END.search(prompt):
        return _scale(prompt, of_another)
    return None


def meaning(text: str) -> Sentence | None:
    """What a sentence says, of risk or of tea and coffee; None for another one."""
    drinks = re.search(r"\b(?:tea|coffee)\b", text, re.IGNORECASE)
    if drinks is not None:
        return Sentence(text, "drinks", drinks[0].lower() == "tea")
    if _RISKY.search(text) or _CAREFUL.search(text):
        return Sentence(text, "risk", _CAREFUL.search(text) is None)
    return None


def _choice(listed: list[tuple[str, str]], of_another: bool) -> Question | None:
    letters, texts = tuple(letter for letter, _ in listed), tuple(text.strip().strip('"“”') for _, text in listed)
    gambles = tuple(_GAMBLE.search(text) is not None for text in texts)
    if any(gambles):
        return Gamble(letters, texts, gambles)
    sentences = [sentence for text in texts if (sentence := meaning(text)) is not None]
    return Choice(letters, tuple(sentences), of_another) if len(sentences) == 2 else None


def _scale(prompt: str, of_another: bool) -> Scale | None:
    """Each number stands before the sentence that it means, or each behind it."""
    without_range = _RANGE.sub(lambda found: "-" * len(found[0]), prompt)
    quoted = list(_QUOTED.finditer(prompt))
    ends = [end for end in _END.finditer(without_range) if not any(q.start() < end.start() < q.end() for q in quoted)]
    before = all(end.start() < quoted[-1].start() for end in ends)
    found: dict[str, Sentence] = {}
    for quote in quoted:
        beside = [end for end in ends if (end.start() < quote.start()) == before]
        sentence = meaning(quote[1])
        if not beside or sentence is None:
            return None
        found[(beside[-1] if before else beside[0])[0]] = sentence
    return Scale(found["0"], found["100"], of_another) if len(found) == 2 else None


def _number(prompt: str, words: str, foreseen: bool) -> Number:
    listed = {text.strip().lower().rstrip("."): letter for letter, text in _OPTION.findall(prompt)}
    return Number(words, foreseen, listed.get("even", "even"), listed.get("odd", "odd"))
