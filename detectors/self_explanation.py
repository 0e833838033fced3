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

_EACH = r"(?:each|every|my|these|those|the|all(?: the| of the)?|consecutive|successive)(?: of)?"
_UNIT = r"(?:lines?|sentences?|rows?|paragraphs?|bullets?|points?|responses?|answers?|replies|reply|messages?)"
_FIRST = r"(?:first|initial|starting|beginning|opening|leading)"
_WITH = r"(?:starts?|begins?|opens?|starting|beginning|opening)"
_LETTER = r"(?:letters?|characters?|capitals?|initials?)"
_ABOUT_LETTERS = rf"[^.;]{{0,40}}?\b(?:{_LETTER}|(?-i:[B-HJ-Z]))\b"
_A_WORD = r"(?:(?:the\s+)?(?:word|name)\b|[\"'“‘*]*(?-i:[A-Z](?:[-\s.,]*[A-Z]){2,})\b)"
_COUNTED = r"(?:first|second|third|fourth|fifth|one|two|three|four|five|(?:lines?|sentences?)(?:\s+\d)?)"

_CLAIMS = re.compile(
    rf"""
    \b(?:
      {_FIRST}\s+{_LETTER}\s+(?:of|in|from|on)\s+(?:{_EACH}\s+)+{_UNIT}\b
    | (?:hidden|secret)\s+\w+\s+in\s+the\s+{_FIRST}\s+letters?\b
    | {_LETTER}\s+(?:at|that|from)\s+(?:the\s+)?(?:start|beginning|begin|starts?|opens?)\s+
      (?:of\s+)?{_EACH}\s+{_UNIT}\b
    | initials?\s+(?:of|from|in)\s+(?:{_EACH}\s+)*{_UNIT}\b
    | initials\s+(?:form|make|read|say|give)\b
    | (?:lines?|sentences?|letters?|initials?)\W+(?:(?!(?:I|you|he|she|we|is|are)\b)\w+\W+){{0,3}}?spell(?:s|ing|ed)?\b
    | (?:each|every)(?:\s+new)?\s+{_UNIT}\s+(?:\w+\s+){{0,5}}?{_WITH}\s+with\b{_ABOUT_LETTERS}
    | (?:each|every)\s+(?:of\s+\w+\s+)?{_UNIT}(?:['’]s)?\s+(?:\w+\s+){{0,3}}?{_FIRST}\s+letter\b
    | {_COUNTED}\s+(?:always\s+)?{_WITH}\s+with\s+(?:an?\s+|the\s+letter\s+)?["'“*]*(?-i:[B-HJ-Z])\b
    | (?:they|which|together)\s+spell\s+(?:out\s+)?{_A_WORD}
    | (?:notice|noticed|spot|spotted|see|find)\s+(?:the|this)\s+acrostic\b
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Claims about the text that they are part of, unless the sentence is about another text."""
_OWN_CLAIMS = re.compile(
    rf"""
    \b(?:
      acrostics?\b
    | {_FIRST}\s+{_LETTER}\s+(?:of|in|from)\s+(?:each|every|my)\s+words?\b
    | {_FIRST}\s+letters\b(?=[^.;]{{0,80}}?\b(?:word|spell|read|form|make|say|greeting|message|top\ to\ bottom))
    | {_WITH}\s+(?:the\s+)?(?:each|every|{_FIRST}|my)(?:\s+new)?\s+{_UNIT}\s+with\b{_ABOUT_LETTERS}
    | {_LETTER}\s+(?:at|that|from)\s+(?:the\s+)?(?:start|beginning|begin|starts?|opens?)\b
    | spell(?:s|ing|t)?\s+(?:out\s+)?{_A_WORD}
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Also said of poems, names and spelling. They count only where the answer speaks of itself."""
_LETTERS = re.compile(
    r"\b(?:letters?|initials?|spell(?:s|ing)?|spelled out|acrostic|vertical\w*|downwards?|margin)\b", re.IGNORECASE
)
_PATTERN = re.compile(r"\b(?:lines?|pattern)\b", re.IGNORECASE)
_HINTS = (
    "acrostic", "letter", "character", "capital", "initial", "spell", "vertical", "downward", "margin", "line",
    "pattern",
)  # fmt: skip
_LONE_CAPITAL = re.compile(r"[B-HJ-Z](?<!\w.)\b")
"""Every claim contains one of the hints or a single capital. Sentences with neither are skipped."""
_NEGATED = re.compile(
    r"\b(?:no|not|never|without|neither|nor|cannot|can['’]t|don['’]t|doesn['’]t|isn['’]t|aren['’]t|didn['’]t|unlike"
    r"|rather than|instead of)\b[^.;:,]*$",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:whatever|arbitrary|(?<!nothing )random|coincidence)\b", re.IGNORECASE)
_UNREAL = re.compile(
    r"""
    \b(?:
      (?:
        whether
      | (?<!you\ )(?:can|could|would|might|should)\ (?!\w*\ ?(?:say|note|mention|add|tell|call|describe|guess)\b)
      | (?:another|some|many|most|other)\ (?:language\ )?(?:models?|assistants?|chatbots?|people|writers?|poets?)
      ) \b [^.;:,]*
    | (?: if\ (?!you\b) | would\ you\b | can\ (?:\w+ly\ |also\ )?(?:help|write|create|make|compose|generate)\b ) [^.;]*
    | (?:your|their|his|her) \s+ (?:\w+\s+)?
    ) $
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What comes before words that only suppose something, or say it of others."""
_OTHER = re.compile(
    r"\b(?:your|their|his|her|its|an acrostic is|in an acrostic|acrostics (?:are|were)|poems?|poets?|poetry|verses?"
    r"|stanzas?|psalms?|books?|songs?|story|mnemonics?|acronyms?|names?"
    r"|nouns?|capitali[sz]\w+|punctuation|strings?|functions?|regex|regular expressions?|flags?)\b|`",
    re.IGNORECASE,
)
"""Signs of a sentence about another text: a poem, a spelling rule, a program."""
_OWN = re.compile(
    r"\b(?:I|I['’]m|I['’]ve|my|mine|this (?:answer|reply|response|message|text|output)|these (?:lines|sentences|points)"
    r"|here(?!['’]s| is| are))\b",
    re.IGNORECASE,
)


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
        own = _OWN.search(text) is not None
        if not own and _OTHER.search(text):
            return None
        for match in _CLAIMS.finditer(text):
            if _is_meant(sentence, match) and (own or match.group() not in self._prompt_text):
                return match
        for match in self._target_word.finditer(text) if self._target_word is not None else ():
            if self._names_target(text, match, own) and _is_meant(sentence, match):
                return match
        for match in _OWN_CLAIMS.finditer(text) if own else ():
            if _is_meant(sentence, match):
                return match
        return None

    def _names_target(self, sentence: str, match: re.Match[str], own: bool) -> bool:
        """Return whether the target is named as a pattern: spelled out, or next to words about letters."""
        word = match.group()
        if word in self._prompt_text:
            return False
        by_letters = len(word) > len(self._target or "")
        if by_letters or (own and word.isupper()):
            return _PATTERN.search(sentence) is not None or _LETTERS.search(sentence) is not None
        return own and _LETTERS.search(sentence) is not None

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
    end = match.end()
    return sentence.start + end > 0 and not (
        _NEGATED.search(sentence.text, 0, end)
        or _UNREAL.search(sentence.text, 0, match.start())
        or _DENIED.search(sentence.text, end)
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
