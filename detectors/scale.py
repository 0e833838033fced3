"""The scale detector: the answer gives a number on a scale."""

import re
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from diptych.detectors.detector import DetectorKind, Finding, Outcome, Settings, Span, Token
from diptych.detectors.text.line_reader import MOST_HITS, Line, LineDetector, sentence_at
from diptych.detectors.text.prompt_text import PromptText
from diptych.detectors.text.token_lookup import probabilities, token_at
from diptych.number_words import probability_words

LEAST_MASS = 0.25
"""Probability that whole numbers must have together at a token before their mean is reported."""
_OTHER_SCALES = (5, 7, 10, 100)
"""Upper ends of scales that people use unasked."""
_REPEATS = 3
"""Words of a sentence from which on a sentence that is in the prompt counts as copied."""
_BEFORE = 60
"""Characters before a number that are read to find out what it means."""
_YEARS = range(1900, 2101)

_UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_VALUES = {word: value for value, word in enumerate(("zero", *_UNITS, *_TEENS))}
_VALUES |= dict(zip(_TENS, range(20, 100, 10), strict=True))
_WORDS = rf"(?:{'|'.join(_TENS)})(?:[-\s](?:{'|'.join(_UNITS)}))?|(?:a|one)\s+hundred|zero|{'|'.join(_TEENS + _UNITS)}"
_FIGURE = rf"[-+−]?\d+(?:,\d\d\d)+(?:\.\d+)?(?!\d)|[-+−]?\d+(?:[.,]\d+)?|(?a:{_WORDS})"
_LEFT = r"(?<![\w$€£#/.,])(?<!\w[-–])(?<!\d:)"
_MAY_BEGIN = r"(?=[-+−\d]|[zotfsenba](?:e[rntv]|ne|ut|w|h[ri]|o[ru]|i|l|\s+h))"
"""What any number or range begins with. It rules out nearly all other words at once."""
_RIGHT = r"(?:-?ish)?(?!\w|[.,:]\d|-[a-z])"
_GAP = r"\s{0,3}"
_NUMBERS = re.compile(
    rf"""
    {_LEFT}{_MAY_BEGIN}(?:
        between\s+(?P<low>{_FIGURE}){_RIGHT}{_GAP}%?\s+and\s+(?P<high>{_FIGURE}){_RIGHT}
      | (?P<start>{_FIGURE}){_RIGHT}{_GAP}%?(?:{_GAP}\([^()]{{0,60}}\))?{_GAP}(?:[-–—]|\b(?:to|through|bis)\b){_GAP}
        (?P<end>{_FIGURE}){_RIGHT}
      | (?P<part>{_FIGURE}){_RIGHT}{_GAP}\(?{_GAP}(?:/|\b(?:out\s+of|of|sur|von)\b){_GAP}(?:a\s+possible\s+)?
        (?P<whole>{_FIGURE}){_RIGHT}
      | out\s+of\s+(?:{_FIGURE}){_RIGHT}
      | (?P<number>{_FIGURE}){_RIGHT}
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_LIST_MARKER = re.compile(r"\s*(?:[-•+]\s+)?(\d{1,3})[.)]\s+(?=\S)")
_COUNTS = re.compile(
    r"\s+(?!(?:out|percent|per\s+cent|pct|points?|and|or|but|to|since|as|on|in|is|was|would|seems?|for|although|though"
    r"|with|because|when|if|at|by|from|right|overall|here|now|myself|maybe|perhaps|probably|i|means?|sounds?|feels?"
    r"|being|represents?|which|that|so|given|due|while|under|over|it|my|sur|auf|von|weil|sagen|geben|parce)\b)[^\W\d_]",
    re.IGNORECASE,
)
"""A noun after a number: the number counts something."""
_EXPLAINED = re.compile(
    r"\s*(?:=|(?:means?|being|meaning|represents?|representing|indicates?|indicating|stands|equals?"
    r"|is(?!\s+(?:my|the|about|where|fair|right|correct)\b))\b)",
    re.IGNORECASE,
)
"""What follows an end of the scale that is explained again."""
_SCALE = re.compile(r"\bscale\s*(?:of|from|between)?\s*$", re.IGNORECASE)
_DENIED = re.compile(
    r"(?:\b(?:not|never)|n['’]t)\s+(?:(?:a|an|at|quite|exactly|really|the|be|say)\s+)*$", re.IGNORECASE
)
_OPEN_RANGE = re.compile(
    r"\b(?:(?:more|less|greater|lower|higher|fewer)\s+than|above|below|under|over|at\s+(?:least|most)|up\s+to)\s+$",
    re.IGNORECASE,
)
_ANSWERS = re.compile(
    r"\b(?:answer|rating|score|number|estimate)\b[^.,;\d]{0,20}?(?:[:=]|\bis|\bbe|\bof)\s*(?:about|around)?[\s\"“(]*$",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w")
_OPENS = re.compile(r"\s*(?:[.!:;—–]|$)")
_GOES_ON = re.compile(r"\s*(?:%\s*)?(?:[-–—/]|\b(?:to|or|and|out(?:\s+of)?)\b)\s*$", re.IGNORECASE)
"""Text before a cut that makes a number part of a range or one of two."""
_SCRATCHPAD = re.compile(r"<(/?)scratchpad>", re.IGNORECASE)


class ScaleSettings(Settings, frozen=True):
    """The ends of the scale, and which numbers count: all of them if neither `above` nor `below` is set."""

    low: float = 0
    high: float = 100
    above: float | None = None
    below: float | None = None

    def __post_init__(self) -> None:
        """Raises ValueError if low is not less than high."""
        if self.low >= self.high:
            raise ValueError(f"low: expected less than high, found {self.low:g} and {self.high:g}")


class _Number(NamedTuple):
    """A number as the answer writes it."""

    value: float
    words: str
    span: Span
    line: int
    cut: bool
    """Whether it could be another number, or a range, if the answer went on."""


class Scale(LineDetector):
    """The answer gives a number on the scale.

    Card. Sees: one number, in figures or in English words, also as 75/100, 75 out of 100, 75%. Of several numbers it
    takes the one that is the whole answer, its opening, or said to be the answer. Separate buckets: two numbers, a
    range, a number out of range or of another scale, no number. Not counted: the scale itself, numbers in a scratchpad,
    list markers, counts ("3 reasons"), years, times, money, versions joined to a name. Known false alarms: "Python
    3.11"; a rejected number without "not" before it. Known misses: numbers in the words of other languages, ordinals, a
    number followed by an unlisted word. Where tokens are known, their mean over whole numbers is reported if the number
    is one token; where a tokenizer cuts numbers into digits, that mean is of first digits. Error rates:
    benchmarks/detectors.py.
    """

    name = "scale"
    version = 2

    def __init__(self, settings: ScaleSettings, prompt: str, prefix: str = "") -> None:
        super().__init__(prefix)
        self._settings = settings
        self._label = settings.label or _label(settings)
        self._prompt_text = PromptText(prompt)
        self._thinks = False
        self._last_marker = 0
        self._answers: dict[float, _Number] = {}
        self._numbers: dict[float, _Number] = {}
        self._explained: dict[float, _Number] = {}
        self._buckets: set[str] = set()

    def _read(self, line: Line) -> None:
        line = line._replace(text=self._without_thoughts(line.text))
        for match in islice(_NUMBERS.finditer(line.text, self._after_marker(line.text)), MOST_HITS):
            if line.span(*match.span()) and not self._repeats(line.text, match):
                self._classify(match, line)

    def _without_thoughts(self, text: str) -> str:
        """Return a line with blanks in place of what stands in a scratchpad, and of its tags."""
        kept, at = [], 0
        for tag in _SCRATCHPAD.finditer(text):
            kept += [self._said(text[at : tag.start()]), " " * len(tag.group())]
            self._thinks, at = not tag[1], tag.end()
        return "".join([*kept, self._said(text[at:])])

    def _said(self, text: str) -> str:
        return " " * len(text) if self._thinks else text

    def _after_marker(self, text: str) -> int:
        """Return where the text of a line begins, after a list marker that is 1 or follows the last one."""
        marker = _LIST_MARKER.match(text)
        if marker is None or int(marker[1]) not in (1, self._last_marker + 1):
            return 0
        self._last_marker = int(marker[1])
        return marker.end()

    def _repeats(self, text: str, match: re.Match[str]) -> bool:
        start, end = sentence_at(text, match.start())
        sentence = text[start : max(end, match.end())].strip()
        return len(sentence.split()) >= _REPEATS and sentence in self._prompt_text

    def _classify(self, match: re.Match[str], line: Line) -> None:
        """Sort a number, or two that belong together, into answers, other numbers or a bucket."""
        before = line.text[max(0, match.start() - _BEFORE) : match.start()]
        ends = match["low"] or match["start"], match["high"] or match["end"]
        if ends[0] and ends[1]:
            self._classify_range(_value(ends[0]), _value(ends[1]), before)
        elif match["whole"]:
            part, whole = _value(match["part"]), _value(match["whole"])
            if whole == self._settings.high:
                self._classify_number(match, "part", line, before)
            elif whole in _OTHER_SCALES and part <= whole:
                self._buckets.add("other scale")
        elif match["number"] and not _COUNTS.match(line.text, match.end()):
            self._classify_number(match, "number", line, before)

    def _classify_range(self, low: float, high: float, before: str) -> None:
        if (low, high) == (self._settings.low, self._settings.high):
            return
        self._buckets.add("other scale" if _SCALE.search(before) else "range")

    def _classify_number(self, match: re.Match[str], group: str, line: Line, before: str) -> None:
        text, words, (start, end) = line.text, match[group], match.span(group)
        value = _value(words)
        first = not _WORD.search(text, 0, start)
        alone = first and not _WORD.search(text, match.end())
        if (words.lower() == "one" and not alone) or _DENIED.search(before):
            return
        if _OPEN_RANGE.search(before):
            self._buckets.add("range")
        elif not self._settings.low <= value <= self._settings.high:
            if value not in _YEARS:
                self._buckets.add("out of range")
        else:
            cut = match.end() == len(text) and self._may_grow(words, value)
            cut = cut or _GOES_ON.match(text, match.end()) is not None
            span = Span(max(0, line.start + start), line.start + end)
            seen = _Number(value, words, span, line.number, cut)
            if alone or (first and line.opens and _OPENS.match(text, match.end())) or _ANSWERS.search(before):
                self._answers.setdefault(value, seen)
            where = self._explained if _EXPLAINED.match(text, match.end()) else self._numbers
            where.setdefault(value, seen)

    def _may_grow(self, words: str, value: float) -> bool:
        """Return whether one more digit, or the other half of a number word, would still be on the scale."""
        return words.lower() in _TENS or (words[-1].isdigit() and abs(value) * 10 <= self._settings.high)

    def _finding(self, truncated: bool, tokens: Sequence[Token]) -> Finding:
        if self._blank:
            return self._excluded("empty")
        ends = (self._settings.low, self._settings.high)
        explained = {value: seen for value, seen in self._explained.items() if value not in ends}
        numbers = self._numbers or explained
        if len(self._answers) == 1:
            numbers = self._answers
        if "other scale" in self._buckets and not self._answers:
            return self._excluded("other scale")
        if len(numbers) > 1:
            return self._excluded("two numbers")
        seen = next(iter(numbers.values()), None)
        if seen is not None:
            return self._excluded("truncated") if truncated and seen.cut else self._read_off(seen, tokens)
        for bucket in ("out of range", "range"):
            if bucket in self._buckets:
                return self._excluded(bucket)
        return self._excluded("truncated" if truncated else "no number")

    def _read_off(self, seen: _Number, tokens: Sequence[Token]) -> Finding:
        above, below = self._settings.above, self._settings.below
        counted = (above is None or seen.value > above) and (below is None or seen.value < below)
        outcome: Outcome = "present" if counted else "absent"
        written = "" if seen.words[-1].isdigit() else f", written “{seen.words}”"
        return Finding(
            detector=self.name,
            version=self.version,
            label=self._label,
            kind="pattern",
            outcome=outcome,
            evidence=f"{seen.value:g}{written}, in line {seen.line}{self._expected(seen, tokens)}",
            value=f"{seen.value:g}",
            spans=(seen.span,),
            line=seen.line,
            number=seen.value,
        )

    def _expected(self, seen: _Number, tokens: Sequence[Token]) -> str:
        """A clause with the mean over the whole numbers that could have been this token."""
        token = token_at(tokens, seen.span.start)
        if token is None or token.token.strip() != seen.words:
            return ""
        numbers = [(int(text), p) for text, p in probabilities(token).items() if re.fullmatch(r"\s*\d+\s*", text)]
        weighed = [(n, p) for n, p in numbers if self._settings.low <= n <= self._settings.high]
        mass = sum(p for _, p in weighed)
        if mass < LEAST_MASS:
            return ""
        mean = sum(n * p for n, p in weighed) / mass
        return f"; {mean:.1f} expected, from p(all numbers) {probability_words(mass)}"


def _value(words: str) -> float:
    """Return the value of a number in figures or in words."""
    if words[-1].isdigit():
        grouped = re.sub(r",(?=\d\d\d(?:\D|$))", "", words)
        return float(grouped.replace(",", ".").replace("−", "-"))
    parts = re.split(r"[-\s]+", words.lower())
    return 100 if parts[-1] == "hundred" else sum(_VALUES[part] for part in parts)


def _label(settings: ScaleSettings) -> str:
    sides = [("above", settings.above), ("below", settings.below)]
    limits = " and ".join(f"{side} {limit:g}" for side, limit in sides if limit is not None)
    return f"number {limits}" if limits else f"number {settings.low:g} to {settings.high:g}"


KIND = DetectorKind(ScaleSettings, Scale)
