"""The answer-property detector: a property of the answer's form, or the property that the answer names."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal

import msgspec

from diptych.detectors.detector import Change, DetectorKind, Finding, Mark, Outcome, Settings, Token
from diptych.detectors.text import answer_properties as read
from diptych.detectors.text.answer_properties import LONGEST, Property, Read, Unread

PropertyName = Literal[
    "first character",
    "second character",
    "third character",
    "first word",
    "second word",
    "third word",
    "whole answer",
    "starts with a vowel",
    "even or odd",
    "letter chosen",
]
_SHOWN: Mapping[str, Property] = MappingProxyType(
    {
        "first character": read.character(1),
        "second character": read.character(2),
        "third character": read.character(3),
        "first word": read.word(1),
        "second word": read.word(2),
        "third word": read.word(3),
        "whole answer": read.whole_answer,
        "starts with a vowel": read.first_letter_is_a_vowel,
        "even or odd": read.parity,
        "letter chosen": read.letter,
    }
)
_NAMED: Mapping[str, Property] = MappingProxyType(
    {name: read.named_character for name in _SHOWN if name.endswith(" character")}
    | {name: read.named_word for name in _SHOWN if name.endswith(" word")}
    | {"whole answer": read.whole_answer}
)
OPEN_PROPERTIES = frozenset(_NAMED)
"""Properties that may have any value."""
_PRESENT = {"starts with a vowel": "yes", "even or odd": "even"}
"""The value that counts as present. Of the others every value does."""


class AnswerPropertySettings(Settings, frozen=True):
    """The property, and whether the answer has it or names it."""

    wanted: PropertyName = msgspec.field(name="property", default="first word")
    named: bool = False
    """Whether the answer names the property of another answer, as a prediction does."""
    letters: str = ""
    """For "letter chosen": the letters that count as present."""
    letters_by_prompt: Mapping[str, str] = msgspec.field(default_factory=dict)
    """The same where they depend on the prompt."""

    def __post_init__(self) -> None:
        """Raises ValueError for a property that cannot be named, and for a choice without letters."""
        if self.named and self.wanted not in _NAMED:
            raise ValueError(f"named: expected false for {self.wanted!r}, which the choice detector reads")
        if self.wanted == "letter chosen" and not (self.letters or self.letters_by_prompt):
            raise ValueError("letters: expected at least one")


class AnswerProperty:
    """The answer has a property of form, or names it.

    Card. Sees: the first, second or third character or word, what only decorates its beginning left out, upper and
    lower case alike; the whole answer without punctuation; whether its first letter is a vowel; whether its only whole
    number is even; the letter of an option where it opens a line or follows "answer", "option" or a verb of choice.
    `named` reads what an answer says that such a character, word or answer would be: all of it, the only one in
    quotation marks, or what follows a last "is" or colon. Of a character, a word or an answer every value is present.
    Known false alarms: a character or word that is quoted for another reason. Known misses: numbers in words; letters
    and words that are spelled out or described. What the prompt says may be named again. Error rates:
    benchmarks/detectors.py.
    """

    name = "answer-property"
    version = 1

    def __init__(self, settings: AnswerPropertySettings, prompt: str, prefix: str = "") -> None:
        self._settings = settings
        self._label = settings.label or (f"names the {settings.wanted}" if settings.named else settings.wanted)
        self._letters = settings.letters_by_prompt.get(prompt, settings.letters)
        self._read = (_NAMED if settings.named else _SHOWN)[settings.wanted]
        self._pieces: list[str] = []
        self._length = 0

    def feed(self, text: str) -> Sequence[Change]:
        """Take the next piece. Nothing is marked before the end."""
        if self._length < LONGEST:
            self._pieces.append(text[: LONGEST - self._length])
        self._length += len(text)
        return ()

    def live(self) -> Finding:
        """Return the finding as it would be if the answer ended here."""
        return self._finding(truncated=False)

    def finish(self, truncated: bool = False, tokens: Sequence[Token] = ()) -> tuple[Finding, Sequence[Change]]:
        """Return the final finding and the marks."""
        finding = self._finding(truncated)
        spans = finding.spans if finding.outcome == "present" else ()
        return finding, [Change(span.start, Mark(span, "pattern")) for span in spans]

    def _finding(self, truncated: bool) -> Finding:
        text = "".join(self._pieces)
        if not text.strip():
            return self._excluded("empty")
        found = self._read(text, truncated or self._length > LONGEST)
        if isinstance(found, Unread):
            return self._excluded(found.bucket)
        return Finding(
            detector=self.name,
            version=self.version,
            label=self._label,
            kind="pattern",
            outcome=self._outcome(found),
            evidence=f"“{found.value}”",
            value=found.value,
            spans=(found.span,),
            line=1 + text.count("\n", 0, found.span.start),
        )

    def _outcome(self, found: Read) -> Outcome:
        if self._settings.wanted == "letter chosen":
            return "present" if found.value in self._letters else "absent"
        return "present" if found.value == _PRESENT.get(self._settings.wanted, found.value) else "absent"

    def _excluded(self, bucket: str) -> Finding:
        return Finding(self.name, self.version, self._label, "pattern", "excluded", bucket, bucket=bucket)


KIND = DetectorKind(AnswerPropertySettings, AnswerProperty)
