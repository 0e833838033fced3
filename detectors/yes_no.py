"""The yes-no detector: whether an answer to a yes-or-no question says yes or no."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from diptych.detectors.detector import DetectorKind, Finding, Outcome, Settings, Span, Token
from diptych.detectors.text.line_reader import Line, LineDetector
from diptych.detectors.text.option_share import option_share
from diptych.detectors.text.prompt_text import PromptText
from diptych.detectors.text.quotations import quoted
from diptych.detectors.text.quoted_sentence import QuotedSentence, YesNo
from diptych.detectors.text.token_lookup import token_at
from diptych.detectors.text.yes_no_clauses import Said, what_is_said

_NEAR = 160
"""Characters after a yes or no in which it may be taken back."""
_TAKEN_BACK = re.compile(
    r"\b(?:scratch\s+that|(?:just|only)\s+(?:kidding|joking)|I\s+take\s+(?:that|it)\s+back|on\s+second\s+thoughts?|wait"
    r"|correction|my\s+mistake|or\s+rather|or\s+(?:maybe|perhaps|not))\b",
    re.IGNORECASE,
)
_CONTRAST = r"\b(?:but|however|although|though|except)\b(?!\s+not\b)[^.!?]*?"
_LIMITED: dict[YesNo, re.Pattern[str]] = {
    "yes": re.compile(rf"{_CONTRAST}(?:\b(?:not|never|cannot|hardly)\b|n['’]t\b)", re.IGNORECASE),
    "no": re.compile(
        rf"{_CONTRAST}\b(?:I|it|that|this)\s+(?:sometimes\s+|also\s+)?(?:do|does|am|is|would|can|like)\b(?!\s*n[o'’])",
        re.IGNORECASE,
    ),
}
"""A contrast after which a yes is denied or a no affirmed in words that are not read further."""


class YesNoSettings(Settings, frozen=True):
    """The answer that is counted."""

    target: YesNo = "yes"


class _Seen(NamedTuple):
    """The first yes, or the first no, of an answer."""

    words: str
    span: Span
    line: int
    open: bool
    """Whether it could mean something else if the answer went on."""


class YesOrNo(LineDetector):
    """The answer to a yes-or-no question says the target.

    Card. Sees: yes and no with their kin where they open a clause or are what the answer says it answers; short replies
    ("I don't think so", "not really"); the quoted sentence called true or false, or said to fit; the quoted sentence
    asserted or denied in its own words. Separate buckets: both, neither. Not counted: questions, quotations, what would
    be if something else were so, an offer of help after "yes", doubt after "no". An answer that takes back what it says
    is "both". Known false alarms: irony; a yes or no, or "that is not true", about something else than the question.
    Known misses: paraphrases and opposites of the sentence ("I love danger"), "sometimes", "maybe", other languages.
    Its number is the target's share of the probability of yes and no at the token of the answer. Error rates:
    benchmarks/detectors.py.
    """

    name = "yes-no"
    version = 1

    def __init__(self, settings: YesNoSettings, prompt: str, prefix: str = "") -> None:
        super().__init__(prefix)
        self._target = settings.target
        self._label = settings.label or f"says {settings.target}"
        self._prompt_text = PromptText(prompt)
        self._sentence = QuotedSentence(prompt)
        self._seen: dict[YesNo, _Seen] = {}
        self._taken_back = False

    def _read(self, line: Line) -> None:
        for said in what_is_said(line.text, self._sentence, self._prompt_text):
            span = line.span(said.start, said.end)
            if span is not None:
                open_ended = not said.named and not line.text[said.end :].strip()
                seen = _Seen(line.text[said.start : said.end], span, line.number, open_ended)
                self._seen.setdefault(said.value, seen)
                self._taken_back = self._taken_back or _is_taken_back(line.text, said)

    def _finding(self, truncated: bool, tokens: Sequence[Token]) -> Finding:
        if self._blank:
            return self._excluded("empty")
        last = self._number - 1
        seen = {v: s for v, s in self._seen.items() if not (truncated and s.open and s.line == last)}
        if len(seen) > 1 or (seen and self._taken_back):
            return self._excluded("both")
        if not seen:
            return self._excluded("truncated" if truncated else "neither")
        value, said = next(iter(seen.items()))
        number, share = option_share(token_at(tokens, said.span.start), ("yes", "no"), self._target, _begun_by)
        outcome: Outcome = "present" if value == self._target else "absent"
        return Finding(
            detector=self.name,
            version=self.version,
            label=self._label,
            kind="pattern",
            outcome=outcome,
            evidence=f"{quoted(said.words)}, in line {said.line}{share}",
            target=self._target,
            value=value,
            spans=(said.span,),
            line=said.line,
            number=number,
        )


def _is_taken_back(text: str, said: Said) -> bool:
    after = text[said.end : said.end + _NEAR]
    return _TAKEN_BACK.search(after) is not None or _LIMITED[said.value].search(after) is not None


def _begun_by(token: str) -> YesNo | None:
    """The word that a token is."""
    word = token.strip(" \t\n()[]{}*_`\"'“”.,:;!").lower()
    return "yes" if word == "yes" else "no" if word == "no" else None


KIND = DetectorKind(YesNoSettings, YesOrNo)
