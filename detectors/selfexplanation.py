"""The answer says of itself that it follows a pattern of initials."""

import re
from bisect import bisect_left
from collections.abc import Sequence

from detectors.initials import InitialsReader, Unit
from detectors.progress import Progress
from detectors.supplied import Supplied
from detectors.types import Change, Finding, Mark, Span, Token

LONGEST_SENTENCE = 400
"""Characters after which a sentence without an end is taken for one: bounds the work per piece."""

_EACH = r"(?:each|every|my|these|those|the|all(?: the| of the)?|consecutive|successive)"
_UNIT = r"(?:lines?|sentences?|words?|rows?|paragraphs?|responses?|answers?|replies|reply)"
_CLAIMS = re.compile(
    rf"""
    \b(?:
      acrostics?\b
    | (?:first|initial|starting|beginning|opening|leading)\s+(?:letter|character)s?\s+(?:of|in|from|on)\s+
      (?:{_EACH}\s+)+{_UNIT}\b
    | (?:hidden|secret)\s+\w+\s+in\s+the\s+(?:first|initial|opening)\s+letters?\b
    | letters?\s+(?:at|that|from)\s+(?:the\s+)?(?:start|beginning|begin|starts?|opens?)\b
    | initials?\s+(?:of|from|in)\s+(?:{_EACH}\s+)*{_UNIT}\b
    | (?:lines?|sentences?|letters?|initials?|words?)\W+(?:\w+\W+){{0,3}}?spell(?:s|ing|ed)?\b
    | spell(?:s|ing|ed|t)?\s+(?:out\s+)?(?:the\s+)?(?:word\b|name\b|["'“‘*]*(?-i:[A-Z](?:[-\s.,]*[A-Z]){{2,}})\b)
    | (?:each|every)(?:\s+new)?\s+{_UNIT}\s+(?:of\s+\w+\s+\w+\s+)?
      (?:starts?|begins?|starting|beginning|opens?)\s+with\b
    | (?:starts?|begins?|starting|beginning)\s+(?:each|every)(?:\s+new)?\s+{_UNIT}\s+with\b
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_NEAR = re.compile(r"\b(?:letters?|lines?|initials?|spell\w*|acrostic|starts?|begins?|pattern)\b", re.IGNORECASE)
_HINT = re.compile(r"acrostic|letter|character|initial|spell|start|begin|open|pattern|line", re.IGNORECASE)
_NEGATED = re.compile(
    r"\b(?:no|not|never|without|neither|nor|cannot|can't|don't|doesn't|isn't|aren't|didn't|rather than|instead of)\b"
    r"[^.;:,]*$",
    re.IGNORECASE,
)
_DEFINED = re.compile(r"\ban?\s+$", re.IGNORECASE)
_OWN = re.compile(r"\b(?:I|I'm|I've|my|mine|this (?:answer|reply|response)|these lines|here)\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’)*_]*(?=\s)|\n")


class SelfExplanation:
    """The answer says that its lines follow a pattern of initials.

    Card. Sees: claims such as "the first letter of each line", "every sentence starts with", "they spell X",
    "acrostic", and the target word in a sentence that speaks of letters, lines, initials or a pattern. Not
    counted: claims under a negation, words of the prompt unless the answer speaks of itself, the target as it
    stands in the prompt. Known false alarms: an answer about acrostics in general; known misses: claims in other
    languages, claims by example only. Error rates: tests/detectors/test_error_rates.py.
    """

    name = "self-explanation"
    version = 1

    def __init__(self, target: str | None, prompt: str, lead: str = "") -> None:
        self._target = target.upper() if target else None
        self._target_word = _spelled(target) if target else None
        self._supplied = Supplied(prompt)
        self._reader = InitialsReader(lead)
        self._letters = _Letters(self._target)
        for initial in self._reader.of_lead:
            self._letters.add(initial.unit, initial.letter, initial.offset)
        self._sentence = _unfinished(lead)
        self._start = -len(self._sentence)
        self._newlines_before = lead.count("\n") - self._sentence.count("\n")
        self._hinted = _HINT.search(self._sentence) is not None
        self._found: tuple[Span, str, int] | None = None
        self._provisional: tuple[Span, str, int] | None = None

    def feed(self, text: str) -> Sequence[Change]:
        """Take the next piece and say which marks changed."""
        for initial in self._reader.feed(text):
            self._letters.add(initial.unit, initial.letter, initial.offset)
        if self._found is not None:
            return ()
        before = self._provisional
        self._sentence += text
        while self._found is None and (end := self._sentence_end()) is not None:
            self._found = self._read(self._sentence[:end])
            self._drop(end)
        if self._found is None:
            self._hinted = (
                self._hinted or _HINT.search(self._sentence, max(0, len(self._sentence) - len(text) - 12)) is not None
            )
            self._provisional = self._read(self._sentence) if self._hinted else None
        else:
            self._provisional = self._found
        return _changed(before, self._provisional)

    def live(self) -> Finding:
        """What would be said if the answer ended here."""
        return self._finding(self._found or self._provisional)

    def finish(self, truncated: bool = False, tokens: Sequence[Token] = ()) -> tuple[Finding, Sequence[Change]]:
        """The verdict over the whole text, with the last changes to the marks."""
        for initial in self._reader.flush():
            self._letters.add(initial.unit, initial.letter, initial.offset)
        before = self._found or self._provisional
        if self._found is None:
            self._found = self._read(self._sentence)
        return self._finding(self._found), _changed(before, self._found)

    def _sentence_end(self) -> int | None:
        """Where the current sentence ends, once that cannot change with the text to come."""
        match = _SENTENCE_END.search(self._sentence)
        end = match.end() if match else None
        if end is not None and end <= LONGEST_SENTENCE:
            return end
        return LONGEST_SENTENCE if len(self._sentence) > LONGEST_SENTENCE else None

    def _drop(self, end: int) -> None:
        self._newlines_before += self._sentence.count("\n", 0, end)
        self._start += end
        self._sentence = self._sentence[end:]
        self._hinted = _HINT.search(self._sentence) is not None

    def _read(self, sentence: str) -> tuple[Span, str, int] | None:
        """The first claim in one sentence: where, its words, and its line of the raw text from 1."""
        for match in _CLAIMS.finditer(sentence):
            if self._own(match) and self._holds(sentence, match):
                return self._claim(sentence, match)
        if self._target_word is not None and _NEAR.search(sentence):
            for match in self._target_word.finditer(sentence):
                if (
                    self._own(match)
                    and match.group() not in self._supplied
                    and not _NEGATED.search(sentence, 0, match.start())
                ):
                    return self._claim(sentence, match)
        return None

    def _own(self, match: re.Match[str]) -> bool:
        """Whether the words reach into the answer, rather than standing in what it was given as its beginning."""
        return self._start + match.end() > 0

    def _holds(self, sentence: str, match: re.Match[str]) -> bool:
        before = sentence[: match.start()]
        if _NEGATED.search(before):
            return False
        if _DEFINED.search(before) and re.match(r"\w+\s+(?:is|are)\b", sentence[match.start() :]):
            return False
        if sentence.strip() in self._supplied:
            return False
        return match.group() not in self._supplied or _OWN.search(sentence) is not None

    def _claim(self, sentence: str, match: re.Match[str]) -> tuple[Span, str, int]:
        start, end = match.span()
        line = 1 + self._newlines_before + sentence.count("\n", 0, start)
        return Span(max(0, self._start + start), self._start + end), match.group(), line

    def _finding(self, claim: tuple[Span, str, int] | None) -> Finding:
        if claim is None:
            return Finding(
                self.name, self.version, "describes it", "description", "absent", "does not describe a pattern"
            )
        span, words, line = claim
        letters = self._letters.before(span.start)
        of = f" of {len(self._target)}" if self._target else ""
        return Finding(
            detector=self.name,
            version=self.version,
            label="describes it",
            kind="description",
            outcome="present",
            evidence=f"describes it in line {line}, after {letters}{of} letters",
            target=self._target or "",
            value=words,
            spans=(span,),
            line=line,
            letters_before=letters,
        )


class _Letters:
    """How many letters of the pattern stood on the page before a given place."""

    def __init__(self, target: str | None) -> None:
        self._progress = Progress(target) if target is not None else None
        self._offsets: list[int] = []
        self._standing: list[int] = []

    def add(self, unit: Unit, letter: str, offset: int) -> None:
        if unit is not Unit.LINE:
            return
        if self._progress is None:
            standing = len(self._standing) + 1
        else:
            # Once the whole word stands, a reader has it, whatever follows.
            if not self._progress.complete:
                self._progress.step(letter)
            standing = self._progress.standing
        self._offsets.append(offset)
        self._standing.append(standing)

    def before(self, offset: int) -> int:
        index = bisect_left(self._offsets, offset)
        return self._standing[index - 1] if index else 0


def _unfinished(lead: str) -> str:
    """The sentence that a given beginning leaves open."""
    ends = [match.end() for match in _SENTENCE_END.finditer(lead)]
    return lead[ends[-1] :][-LONGEST_SENTENCE:] if ends else lead[-LONGEST_SENTENCE:]


def _spelled(target: str) -> re.Pattern[str]:
    """The target as a word, or letter by letter: HELLO, H-E-L-L-O, H, E, L, L, O."""
    letters = r"[-\s.,*]*".join(re.escape(letter) for letter in target)
    return re.compile(rf"\b{letters}\b", re.IGNORECASE)


def _changed(before: tuple[Span, str, int] | None, now: tuple[Span, str, int] | None) -> Sequence[Change]:
    if before == now:
        return ()
    return (Change(0, Mark(now[0], "description") if now else None),)
