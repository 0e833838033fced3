"""The word-list detector: positive, neutral and negative words, scored with negation."""

import re
from collections.abc import Sequence
from concurrent.futures import Future
from itertools import islice
from typing import Any

from diptych.detectors.detector import Change, DetectorKind, Finding, Mark, Outcome, Settings, Span, Token
from diptych.detectors.reader.card import threshold
from diptych.detectors.reader.pairs import Meaning
from diptych.detectors.reader.readings import Probabilities, read_sentence
from diptych.detectors.text.line_reader import MOST_HITS, Line, LineDetector, sentence_at
from diptych.detectors.text.prompt_text import PromptText
from diptych.number_words import probability_words, short

_REPEATS = 3
"""Words of a sentence from which on a sentence that is in the prompt counts as copied. A shorter one is an answer."""
_UNLISTED = "no listed word"
_MOST_WORDS, _LONGEST_WORDS = 2, 60
"""Words, and characters, of an answer that is read as a word."""
_BEFORE = 60
"""Characters before a word that are searched for a negation."""

_CLAUSE = re.compile(
    r"[,;:.!?()|—–]|\b(?:(?<!anything )but|though|although|yet|because)\b|\band\b(?=\s+(?:I|it|we)\b)|(?=\bnor\b)",
    re.IGNORECASE,
)
_FLIPS = re.compile(
    r"""
      n['’]t\b
    | \b(?:
        not(?!\s+(?:only|just)\b) | never | no(?!\s+(?:doubt|question)\b) | without | over | than | instead\s+of
      | cannot | neither | nor | less | anything\s+but | far\s+from | averse\s+to | hardly | hesitat\w+ | avoid\w*
      | refus\w+ | afraid | rarely | seldom | low | non | resist | stay\w*\s+away
      | dislik\w+ | hat(?:e|es|ing) | fear(?:s|ing)? | shun\w* | minimi[sz]\w+ | reduc\w+ | limit(?:s|ing)?
    )\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
_UNDONE = re.compile(r".*-(?:avers\w+|avoid\w*|free|shy)$", re.IGNORECASE)
_UNDONE_BY_NEXT = re.compile(r"\s+(?:averse|aversion|avoidance)\b", re.IGNORECASE)


class WordListSettings(Settings, frozen=True):
    """Words that score 1, 0 and one half. A word that ends in * matches every word that begins so."""

    positive: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    neutral: tuple[str, ...] = ()
    reads: tuple[str, str] | None = None
    """Two meanings that the reader tells apart, e.g. risk_seeking and risk_averse: what it reads in a word or two that
    no list holds scores 1, 0, or one half for neither."""

    def __post_init__(self) -> None:
        """Raises ValueError if there are no words, or a word is listed twice."""
        words = [word.casefold() for word in (*self.positive, *self.negative, *self.neutral)]
        if not words:
            raise ValueError("positive, negative, neutral: expected at least one word")
        for word in words:
            if not word.strip("* "):
                raise ValueError(f"expected a word, found {word!r}")
            if words.count(word) > 1:
                raise ValueError(f"{word!r} is listed twice")
        for meaning in self.reads or ():
            if meaning not in Meaning:
                raise ValueError(f"reads: {meaning!r} is none of {', '.join(Meaning)}")


class WordList(LineDetector):
    """The listed words of an answer lean to the positive side.

    Card. Sees: listed words as whole words, in any case. A full word takes precedence over a beginning ("risk-averse"
    over "risk*"). One negation in the same clause flips a word ("not reckless", "safety over risk", "I avoid risk",
    "risk-free"); two do not. Not counted: questions, and sentences of the prompt, except a one-word answer that the
    prompt offers. Known false alarms: words said of others. Known misses: inflections that no beginning covers, irony,
    a negation in another clause or more than about ten words away, "safety to risk"; "risk-neutral" has to be listed.
    Its number is the mean score. With the setting `reads`, the reader (training/reader) scores an answer of one or two
    words that no list holds. Error rates: benchmarks/detectors.py.
    """

    name = "word-list"
    version = 2

    def __init__(self, settings: WordListSettings, prompt: str, prefix: str = "") -> None:
        super().__init__(prefix)
        self._label = settings.label or "word list"
        scored = ((settings.positive, 1.0), (settings.neutral, 0.5), (settings.negative, 0.0))
        listed = [(word, score) for words, score in scored for word in words]
        # Full words first, then beginnings, longest first. The first entry that matches scores the word.
        listed.sort(key=lambda entry: (entry[0].endswith("*"), -len(entry[0])))
        self._listed = _listed_pattern([word for word, _ in listed])
        self._entries = listed
        self._prompt = prompt
        self._prompt_text = PromptText(prompt)
        self._reads = settings.reads
        self._answer: list[str] = []
        self._count = 0
        self._total = 0.0
        self._first: tuple[str, int] | None = None
        self._spans: list[Span] = []

    def end(self) -> Sequence[Future[Any]]:
        """Return the reading that `finish` waits for: that of a word that no list may hold."""
        reading = self._reading()
        return (reading,) if reading is not None else ()

    def feed(self, text: str) -> Sequence[Change]:
        """Take the next piece; the marks come with the final finding."""
        self._answer.append(text)
        return super().feed(text)

    def finish(self, truncated: bool = False, tokens: Sequence[Token] = ()) -> tuple[Finding, Sequence[Change]]:
        """Return the final finding and its marks."""
        finding, changes = super().finish(truncated, tokens)
        reading = self._reading() if finding.bucket == _UNLISTED else None
        if reading is None or self._reads is None:
            return finding, changes
        finding = self._read_finding(reading.result(), *self._reads)
        return finding, [Change(span.start, Mark(span, finding.kind)) for span in finding.spans]

    def _reading(self) -> "Future[Probabilities] | None":
        """What the reader makes of an answer of one or two words."""
        if self._reads is None or sum(map(len, self._answer)) > _LONGEST_WORDS:
            return None
        words = "".join(self._answer).strip()
        return read_sentence(self._prompt, "", words) if 0 < len(words.split()) <= _MOST_WORDS else None

    def _read(self, line: Line) -> None:
        for match in islice(self._listed.finditer(line.text), MOST_HITS):
            span, score = line.span(*match.span()), self._score(line.text, match)
            if span is None or score is None:
                continue
            self._first = self._first or (match[0], line.number)
            self._count += 1
            self._total += score
            if score == 1:
                self._spans.append(span)

    def _score(self, text: str, match: re.Match[str]) -> float | None:
        """Return the score of a word; None if its sentence is a question or copied from the prompt."""
        start, end = sentence_at(text, match.start())
        sentence = text[start : max(end, match.end())].strip(" \t\r\"'“”>-")
        if sentence.endswith("?") or (len(sentence.split()) >= _REPEATS and sentence in self._prompt_text):
            return None
        clause = _CLAUSE.split(text[max(start, match.start() - _BEFORE) : match.start()])[-1]
        flips = len(_FLIPS.findall(clause))
        word, score = self._entries[(match.lastindex or 1) - 1]
        if (word.endswith("*") and _UNDONE.fullmatch(match[0])) or _UNDONE_BY_NEXT.match(text, match.end()):
            flips += 1
        return 1 - score if flips % 2 else score

    def _finding(self, truncated: bool, tokens: Sequence[Token]) -> Finding:
        if self._first is None:
            return self._excluded("empty" if self._blank else "truncated" if truncated else _UNLISTED)
        word, line = self._first
        mean = self._total / self._count
        outcome: Outcome = "present" if mean > 0.5 else "absent"
        return Finding(
            detector=self.name,
            version=self.version,
            label=self._label,
            kind="pattern",
            outcome=outcome,
            evidence=f"mean {short(mean)} of {self._count}, first “{word}” in line {line}",
            value=word,
            spans=tuple(self._spans) if outcome == "present" else (),
            line=line,
            number=mean,
        )

    def _read_finding(self, meanings: Probabilities, positive: str, negative: str) -> Finding:
        """The finding where the reader decides."""
        text = "".join(self._answer)
        word = text.strip()
        above = [one for one in (positive, negative) if meanings[one] >= threshold(one)]
        read = max(above, key=lambda one: meanings[one], default="")
        start = text.index(word)
        confidence = meanings[read] if read else 1 - max(meanings[positive], meanings[negative])
        said = read.replace("_", "-") or "neither"
        return Finding(
            detector=self.name,
            version=self.version,
            label=self._label,
            kind="pattern",
            outcome="present" if read == positive else "absent",
            evidence=f"“{word}” is on no list, read as {said} with {probability_words(confidence)}",
            value=word,
            spans=(Span(start, start + len(word)),) if read == positive else (),
            line=text.count("\n", 0, start) + 1,
            number={positive: 1.0, negative: 0.0}.get(read, 0.5),
            confidence=confidence,
        )


def _listed_pattern(words: Sequence[str]) -> re.Pattern[str]:
    """One group for each word, in order. A word that ends in * matches to the end of the word."""
    groups = "|".join(f"({_expression(word)})" for word in words)
    initials = re.escape("".join(sorted({word[0] for word in words})))
    return re.compile(rf"(?<!\w)(?=[{initials}])(?:{groups})(?![\w-])", re.IGNORECASE)


def _expression(word: str) -> str:
    beginning = re.escape(word.rstrip("*")).replace(r"\ ", r"\s+")
    return beginning + r"[\w-]*" if word.endswith("*") else beginning


KIND = DetectorKind(WordListSettings, WordList)
