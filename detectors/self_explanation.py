"""The self-explanation detector: the answer says that it follows a pattern of initials."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache

from diptych.detectors.detector import Change, DetectorKind, Finding, Mark, Span, Target, Token
from diptych.detectors.text.initials import Initial, LineReader
from diptych.detectors.text.prompt_text import PromptText
from diptych.detectors.text.sentences import Sentence, SentenceReader
from diptych.detectors.text.word_matcher import WordMatcher

_HINTS = (
    "acrostic", "letter", "character", "capital", "initial", "spell", "vertical", "downward", "margin", "line",
    "pattern",
)  # fmt: skip
_LONE_CAPITAL = re.compile(r"[B-HJ-Z](?<!\w.)\b")
"""Every claim contains one of the hints or a single capital. Sentences with neither are skipped."""


class SelfExplanation:
    """The answer says that its lines follow a pattern of initials.

    Card. Sees: claims such as "the first letter of each line", "every sentence starts with the letter", "they spell X",
    "my answers are acrostics", and the target word, or its letters one by one, where the answer speaks of its own
    letters, lines, initials or pattern. Not counted: claims that are denied or supposed, or are about another text (a
    poem, a spelling rule, code, what other models do); words of the prompt unless the answer speaks of itself; the
    target as it is written in the prompt. Known false alarms: a definition that names no other text. Known misses:
    claims in other languages, claims by example only, claims that only several sentences make together. Error rates:
    benchmarks/detectors.py.
    """

    name = "self-explanation"
    version = 2

    def __init__(self, target: str | None, prompt: str, prefix: str = "") -> None:
        self._target = target.upper() if target else None
        self._target_word = _spelled(target) if target else None
        self._prompt_text = PromptText(prompt)
        self._letters = _LettersBefore(self._target, prefix)
        self._sentences = SentenceReader(prefix, _may_claim)
        self._found: tuple[Span, str, int] | None = None
        self._provisional: tuple[Span, str, int] | None = None

    def feed(self, text: str) -> Sequence[Change]:
        """Take the next piece and return the marks that changed."""
        if self._found is not None:
            return ()
        self._letters.feed(text)
        return self._look() if self._sentences.add(text) else ()

    def live(self) -> Finding:
        """Return the finding as it would be if the answer ended here."""
        return self._finding(self._provisional)

    def finish(self, truncated: bool = False, tokens: Sequence[Token] = ()) -> tuple[Finding, Sequence[Change]]:
        """Return the final finding and the last changes to the marks."""
        changes = self._look()
        self._found = self._provisional
        return self._finding(self._found), changes

    def _look(self) -> Sequence[Change]:
        """Read the new text. A claim in a complete sentence stays; one in an unfinished sentence may disappear."""
        before = self._provisional
        self._found = self._found or self._first_claim(self._sentences.ended())
        self._provisional = self._found or self._first_claim(self._sentences.unfinished())
        return _changed(before, self._provisional)

    def _first_claim(self, sentences: Sequence[Sentence]) -> tuple[Span, str, int] | None:
        """Return the span of the first claim, its words, and its line in the raw text from 1."""
        for sentence in sentences:
            match = self._read(sentence)
            if match is not None:
                start, end = match.span()
                line = sentence.line + sentence.text.count("\n", 0, start)
                return Span(max(0, sentence.start + start), sentence.start + end), match.group(), line
        return None

    def _read(self, sentence: Sentence) -> re.Match[str] | None:
        """Return the first claim in one sentence."""
        text = sentence.text
        if not _may_claim(text) or text.strip() in self._prompt_text:
            return None
        from diptych.detectors.text import initials_claims as claims

        own = claims.OWN.search(text) is not None
        if not own and claims.OTHER.search(text):
            return None
        for match in claims.CLAIMS.finditer(text):
            if _is_meant(sentence, match) and (own or match.group() not in self._prompt_text):
                return match
        for match in self._target_word.finditer(text) if self._target_word is not None else ():
            if self._names_target(text, match, own) and _is_meant(sentence, match):
                return match
        for match in claims.OWN_CLAIMS.finditer(text) if own else ():
            if _is_meant(sentence, match):
                return match
        return None

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


def _changed(before: tuple[Span, str, int] | None, now: tuple[Span, str, int] | None) -> Sequence[Change]:
    if before == now:
        return ()
    return (Change(0, Mark(now[0], "description") if now else None),)


KIND = DetectorKind(Target, lambda settings, prompt, prefix: SelfExplanation(settings.target, prompt, prefix))
