"""The traits and numbers of a whole answer, without a target.

What the question itself supplies, such as a phrase or its initials, is not a trait of the answer.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from diptych.compare.discovery.search_results import Trait
from diptych.detectors import Finding, Span, Unit, find_kind, initials_of, make_detector
from diptych.sessions import Answer

READ = 20_000
"""How many characters of an answer are read, to limit the work. Its length counts in full."""
_INITIALS = (3, 12)
"""How many initials make a trait: fewer are chance, more are no word."""
_COUNTED = 12
"""Up to this number of lines, sentences or paragraphs, their exact number is a trait."""
_LONGEST_WORD = 40
_SHORTEST_PHRASE, _LONGEST_PHRASE = 3, 6

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_BREAK = re.compile(r"[.!?:;\n|]")
"""What ends a phrase."""
_PARAGRAPH = re.compile(r"\n\s*\n")
_CAPITALS = re.compile(r"\b[A-Z]{2,}\b")
_EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
_FORMS = {
    "list": re.compile(r"^[ \t]*[-*•+][ \t]+(?=\S)", re.MULTILINE),
    "numbered list": re.compile(r"^[ \t]*\d{1,3}[.)][ \t]+(?=\S)", re.MULTILINE),
    "heading": re.compile(r"^#{1,6}[ \t]+(?=\S)", re.MULTILINE),
    "code block": re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE),
    "table": re.compile(r"^[ \t]*\|.*\|[ \t]*$", re.MULTILINE),
    "bold words": re.compile(r"\*\*[^*\n]+\*\*"),
    "address": re.compile(r"https?://\S+"),
}
_SIGNS = {
    "exclamation marks": re.compile("!"),
    "question marks": re.compile(r"\?"),
    "dashes": re.compile(r"[–—]|(?<=\s)--?(?=\s)"),
    "colons": re.compile(":"),
    "commas": re.compile(","),
    "emoji": _EMOJI,
    "quotation marks": re.compile('["“”„«»]'),
    "words in capitals": _CAPITALS,
}
_OPENING = 400
"""How many characters the language is detected from."""

Traits = dict[Trait, tuple[Span, ...]]


def words_of(answer: Answer) -> list[str]:
    """Its words in lower case."""
    return [word.text for word in _words(answer.text[:READ])]


class Word(NamedTuple):
    """A word of an answer, in lower case."""

    text: str
    span: Span


class Reading:
    """An answer, split up as its traits need."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.text = answer.text[:READ]
        self.words = _words(self.text)
        self.initials = initials_of(self.text, answer.prefill)
        self.supplied = supplied_by(answer.prompt)

    def structure(self) -> Traits:
        """All traits but words and phrases, with their spans."""
        found: Traits = {}
        for part in (self._initials(), self._ends(), self._counts(), self._shapes(), self._detected()):
            for trait, spans in part:
                found.setdefault(trait, spans)
        return found

    def numbers(self) -> dict[str, float]:
        """What is counted in the answer, by name."""
        per_thousand = 1000 / max(1, len(self.text))
        numbers = {
            "characters": float(len(self.answer.text)),
            "words": float(len(self.words)),
            "lines": float(self._units(Unit.LINE)),
            "sentences": float(self._units(Unit.SENTENCE)),
            "letters a word": sum(len(word.text) for word in self.words) / max(1, len(self.words)),
            "words a sentence": len(self.words) / max(1, self._units(Unit.SENTENCE)),
            "different words": len({word.text for word in self.words}) / max(1, len(self.words)),
            "capital letters per 1,000 characters": sum(map(str.isupper, self.text)) * per_thousand,
        }
        for name, sign in _SIGNS.items():
            numbers[f"{name} per 1,000 characters"] = sum(1 for _ in sign.finditer(self.text)) * per_thousand
        return numbers

    def phrases(self, common: Callable[[str], bool]) -> Traits:
        """Three to six words in a row, all of them common, that are not a phrase of the question."""
        found: Traits = {}
        for run in self._runs(common):
            texts = [word.text for word in run]
            for at in range(len(run) - _SHORTEST_PHRASE + 1):
                for size in range(_SHORTEST_PHRASE, min(_LONGEST_PHRASE, len(run) - at) + 1):
                    phrase = " ".join(texts[at : at + size])
                    trait = Trait("phrase", phrase)
                    if trait not in found and not self.supplied.phrase(phrase):
                        found[trait] = (Span(run[at].span.start, run[at + size - 1].span.end),)
        return found

    def vocabulary(self) -> Traits:
        """Its words that are not in the question, each with all of its spans."""
        spans_of: dict[str, list[Span]] = {}
        for word in self.words:
            if not self.supplied.word(word.text):
                spans_of.setdefault(word.text, []).append(word.span)
        return {Trait("word", word): tuple(spans) for word, spans in spans_of.items()}

    def _runs(self, common: Callable[[str], bool]) -> Iterator[list[Word]]:
        """Runs of common words without a break between them."""
        run: list[Word] = []
        for word in self.words:
            if run and _BREAK.search(self.text, run[-1].span.end, word.span.start):
                yield run
                run = []
            if common(word.text):
                run.append(word)
            elif run:
                yield run
                run = []
        yield run

    def _initials(self) -> Iterator[tuple[Trait, tuple[Span, ...]]]:
        for unit in (Unit.LINE, Unit.SENTENCE):
            own = [initial for initial in self.initials if initial.unit is unit]
            joined = "".join(initial.letter or "#" for initial in own[: _INITIALS[1]])
            spans = tuple(Span(initial.offset, initial.offset + 1) for initial in own)
            feature = f"{unit.value} initials"
            if _INITIALS[0] <= len(own) <= _INITIALS[1] and not self.supplied.initials(joined):
                yield Trait(feature, joined), spans
            for size in range(2, len(joined) + 1):
                if not self.supplied.initials(joined[:size]):
                    yield Trait(f"{feature} begin", joined[:size]), spans[:size]

    def _ends(self) -> Iterator[tuple[Trait, tuple[Span, ...]]]:
        """How it begins and, unless it was cut off, how it ends."""
        if not self.text.strip():
            yield Trait("whole answer", "empty"), ()
            return
        first = len(self.text) - len(self.text.lstrip())
        yield Trait("first character", self.text[first]), (Span(first, first + 1),)
        if self.words and not self.supplied.phrase(" ".join(word.text for word in self.words[:_SHORTEST_PHRASE])):
            for size, name in ((1, "first word"), (2, "first two words")):
                opening = self.words[:size]
                if len(opening) == size:
                    span = Span(opening[0].span.start, opening[-1].span.end)
                    yield Trait(name, " ".join(word.text for word in opening)), (span,)
        if self.answer.state == "cut":
            yield Trait("ends with", "the token limit"), ()
        elif len(self.answer.text) <= READ:
            last = len(self.text.rstrip())
            yield Trait("ends with", self.text[last - 1]), (Span(last - 1, last),)
            if self.words:
                yield Trait("last word", self.words[-1].text), (self.words[-1].span,)

    def _counts(self) -> Iterator[tuple[Trait, tuple[Span, ...]]]:
        paragraphs = len(_PARAGRAPH.split(self.text.strip())) if self.text.strip() else 0
        counts = {
            "lines": self._units(Unit.LINE),
            "sentences": self._units(Unit.SENTENCE),
            "paragraphs": paragraphs,
        }
        for name, count in counts.items():
            if count <= _COUNTED:
                yield Trait(f"number of {name}", str(count)), ()

    def _shapes(self) -> Iterator[tuple[Trait, tuple[Span, ...]]]:
        for feature, patterns in (("form", _FORMS), ("has", _SIGNS)):
            for name, pattern in patterns.items():
                if match := pattern.search(self.text):
                    yield Trait(feature, name), (Span(*match.span()),)

    def _detected(self) -> Iterator[tuple[Trait, tuple[Span, ...]]]:
        """What detectors find that need no target."""
        refusal = self._ask("refusal", self.text)
        if refusal.outcome == "present":
            yield Trait("refusal", "refuses"), refusal.spans
        # With a target, the language of the prompt is not compared.
        language = self._ask("language", self.text[:_OPENING], target="en")
        if language.value:
            yield Trait("language", language.value), ()

    def _ask(self, name: str, text: str, **settings: str) -> Finding:
        kind = find_kind(name)
        assert kind is not None
        detector = make_detector(name, kind.settings(**settings), self.answer.prompt, self.answer.prefill)
        detector.feed(text)
        return detector.finish(self.answer.state == "cut" and len(text) == len(self.text))[0]

    def _units(self, unit: Unit) -> int:
        return sum(initial.unit is unit for initial in self.initials)


class Supplied:
    """The words, phrases and initials that a question supplies."""

    def __init__(self, prompt: str) -> None:
        words = [word.text for word in _words(prompt)]
        self._words = frozenset(words)
        self._text = f" {' '.join(words)} "
        found = initials_of(prompt)
        self._initials = [
            "".join(initial.letter for initial in found if initial.unit is unit) for unit in (Unit.LINE, Unit.SENTENCE)
        ]

    def word(self, word: str) -> bool:
        """Whether the question contains this word."""
        return word in self._words

    def phrase(self, phrase: str) -> bool:
        """Whether the question contains these words in a row."""
        return f" {phrase} " in self._text

    def initials(self, joined: str) -> bool:
        """Whether the lines or sentences of the question have these initials."""
        return len(joined) >= _INITIALS[0] and any(joined in initials for initials in self._initials)


@lru_cache(maxsize=256)
def supplied_by(prompt: str) -> Supplied:
    """What a question supplies. Cached, because many answers share a question."""
    return Supplied(prompt[:READ])


def _words(text: str) -> Sequence[Word]:
    found = []
    for match in _WORD.finditer(text):
        if match.end() - match.start() <= _LONGEST_WORD:
            found.append(Word(match[0].lower(), Span(*match.span())))
    return found
