"""The self-explanation detector: the answer says that it follows a pattern of initials."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from diptych.detectors.detector import Change, DetectorKind, Finding, Mark, Span, Target, Token
from diptych.detectors.reader.card import threshold
from diptych.detectors.reader.sentence_readings import ReadSentence, SentenceReadings
from diptych.detectors.text.initials import Initial, LineReader
from diptych.detectors.text.prompt_text import PromptText
from diptych.detectors.text.sentences import Sentence
from diptych.detectors.text.word_matcher import WordMatcher
from diptych.number_words import probability_words

_HINTS = (
    "acrostic", "letter", "character", "capital", "initial", "spell", "vertical", "downward", "margin", "line",
    "pattern",
)  # fmt: skip
_LONE_CAPITAL = re.compile(r"[B-HJ-Z](?<!\w.)\b")
"""Every claim that the rules know contains one of the hints or a single capital."""


class _Claim(NamedTuple):
    """A sentence that describes the pattern."""

    span: Span
    """From where the claim begins to the end of the sentence."""
    words: str
    line: int
    letters_to: int
    """The character of the answer before which the letters of the pattern are counted."""
    confidence: float | None
    """The probability that the reader gave it; None where a rule decided."""


class SelfExplanation:
    """The answer says that its lines follow a pattern of initials.

    Card. The reader (training/reader) sees one sentence at a time, with the question and the sentence before it, in
    English, German, French and Spanish. Rules see what is certain: the target word, or its letters one by one, where
    the answer speaks of its own letters, lines, initials or pattern, and claims in set phrases ("the first letter of
    each line"). Evidence says which of both spoke. Not counted: claims that are denied or supposed, or are about
    another text (a poem, a spelling rule, code, what other models do); a pattern that was asked for; other habits of
    its answers (a language, capitals, lists); sentences of the prompt. Known false alarms: a definition that names no
    other text. Known misses: claims by example only, claims that only several sentences make together. Error rates:
    training/reader/README.md.
    """

    name = "self-explanation"
    version = 3

    def __init__(self, target: str | None, prompt: str, prefix: str = "") -> None:
        self._target = target.upper() if target else None
        self._target_word = _spelled(target) if target else None
        self._prompt_text = PromptText(prompt)
        self._letters = _LettersBefore(self._target, prefix)
        self._readings = SentenceReadings(prompt, prefix)
        self._found: _Claim | None = None

    def feed(self, text: str) -> Sequence[Change]:
        """Take the next piece and return the marks that changed. A claim is marked once its sentence has been read."""
        if self._found is not None:
            return ()
        self._letters.feed(text)
        self._readings.add(text)
        return self._look(self._readings.made())

    def live(self) -> Finding:
        """Return the finding over the sentences that have been read."""
        return self._finding()

    def end(self) -> Sequence[Future[Any]]:
        """Take the rest as the last sentence; return the readings that `finish` waits for."""
        return () if self._found is not None else self._readings.end()

    def finish(self, truncated: bool = False, tokens: Sequence[Token] = ()) -> tuple[Finding, Sequence[Change]]:
        """Return the final finding and the last changes to the marks."""
        self.end()
        changes = () if self._found is not None else self._look(self._readings.rest())
        return self._finding(), changes

    def _look(self, read: Iterable[ReadSentence]) -> Sequence[Change]:
        for sentence, meanings in read:
            probability = meanings["initials"]
            by_rule = self._by_rule(sentence)
            by_reader = probability >= threshold("initials") and by_rule is not False
            if by_reader or by_rule:
                # A rule knows where in the sentence the claim begins. For the reader it begins with the sentence,
                # whose own first letter stands there by then.
                span = sentence.span
                if by_rule:
                    span = Span(max(span.start, sentence.start + by_rule.start()), span.end)
                letters_to = span.start if by_rule else span.start + 1
                confidence = probability if by_reader else None
                self._found = _Claim(span, sentence.text.strip(), sentence.first_line, letters_to, confidence)
                return (Change(0, Mark(self._found.span, "description")),)
        return ()

    def _by_rule(self, sentence: Sentence) -> re.Match[str] | Literal[False] | None:
        """Return the first claim that the rules see in a sentence: False if it is denied or supposed, None if they see
        nothing."""
        text = sentence.text
        if not _may_claim(text):
            return None
        from diptych.detectors.text import initials_claims as claims

        own = claims.OWN.search(text) is not None
        if not own and claims.OTHER.search(text):
            return None
        found = [match for match in claims.CLAIMS.finditer(text) if own or match.group() not in self._prompt_text]
        if self._target_word is not None:
            found += [match for match in self._target_word.finditer(text) if self._names_target(text, match, own)]
        if own:
            found += claims.OWN_CLAIMS.finditer(text)
        return next((match for match in found if _is_meant(sentence, match)), False if found else None)

    def _names_target(self, sentence: str, match: re.Match[str], own: bool) -> bool:
        """Return whether the target is named as a pattern: spelled out, or next to words about letters."""
        word = match.group()
        if word in self._prompt_text:
            return False
        from diptych.detectors.text import initials_claims as claims

        by_letters = len(word) > len(self._target or "")
        if by_letters or (own and word.isupper()):
            return claims.PATTERN.search(sentence) is not None or claims.LETTERS.search(sentence) is not None
        return own and claims.LETTERS.search(sentence) is not None

    def _finding(self) -> Finding:
        if self._found is None:
            return Finding(
                self.name, self.version, "describes it", "description", "absent", "does not describe a pattern"
            )
        span, words, line, letters_to, confidence = self._found
        letters = self._letters.before(letters_to)
        of = f" of {len(self._target)}" if self._target else ""
        how = f"read {probability_words(confidence)}" if confidence is not None else "by rule"
        return Finding(
            detector=self.name,
            version=self.version,
            label="describes it",
            kind="description",
            outcome="present",
            evidence=f"describes it in line {line}, after {letters}{of} letters, {how}",
            target=self._target or "",
            value=words,
            spans=(span,),
            line=line,
            letters_before=letters,
            confidence=confidence,
        )


class _LettersBefore:
    """How many letters of the pattern come before an offset. The text is read only when this is asked."""

    def __init__(self, target: str | None, prefix: str) -> None:
        self._matcher = WordMatcher(target) if target is not None else None
        self._reader = LineReader(prefix)
        self._unread: list[str] = []
        self._offsets: list[int] = []
        self._matched: list[int] = []
        self._add(self._reader.of_prefix)

    def feed(self, text: str) -> None:
        self._unread.append(text)

    def before(self, offset: int) -> int:
        self._add(self._reader.feed("".join(self._unread)))
        self._unread.clear()
        index = bisect_left(self._offsets, offset)
        return self._matched[index - 1] if index else 0

    def _add(self, initials: Sequence[Initial]) -> None:
        for initial in initials:
            if self._matcher is None:
                matched = len(self._matched) + 1
            else:
                # Once the whole word has appeared, a reader knows it, whatever follows.
                if not self._matcher.complete:
                    self._matcher.step(initial.letter)
                matched = self._matcher.matched
            self._offsets.append(initial.offset)
            self._matched.append(matched)


def _is_meant(sentence: Sentence, match: re.Match[str]) -> bool:
    """Return whether the claim reaches beyond the prefix into the answer and is meant."""
    from diptych.detectors.text import initials_claims as claims

    end = match.end()
    return sentence.start + end > 0 and not (
        claims.NEGATED.search(sentence.text, 0, end)
        or claims.UNREAL.search(sentence.text, 0, match.start())
        or claims.DENIED.search(sentence.text, end)
    )


def _may_claim(sentence: str) -> bool:
    """Return whether a sentence can contain a claim. This is fast, and rules out nearly all sentences."""
    lower = sentence.lower()
    for hint in _HINTS:
        if hint in lower:
            return True
    return _LONE_CAPITAL.search(sentence) is not None


@lru_cache(maxsize=100)
def _spelled(target: str) -> re.Pattern[str]:
    """The target as a word, or letter by letter: HELLO, H-E-L-L-O, H, E, L, L and O."""
    letters = r"(?:[-\s.,*…]+(?:(?:and|then)\s+)?)?".join(re.escape(letter) for letter in target)
    return re.compile(rf"\b{letters}\b", re.IGNORECASE)


KIND = DetectorKind(Target, lambda settings, prompt, prefix: SelfExplanation(settings.target, prompt, prefix))
