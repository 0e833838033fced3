"""The choice detector: which of several options an answer chooses."""

import re
from collections.abc import Sequence
from itertools import islice, pairwise
from typing import NamedTuple

from diptych.detectors.detector import DetectorKind, Finding, Outcome, Settings, Span, Token
from diptych.detectors.text.line_reader import MOST_HITS, Line, LineDetector, sentence_at
from diptych.detectors.text.option_share import option_share
from diptych.detectors.text.prompt_text import PromptText, squeeze
from diptych.detectors.text.token_lookup import token_at

BRIEF = 5
"""Words of a sentence up to which a bare option is an answer. In a longer sentence it may be the subject."""
_UNMISTAKABLE = 3
"""Words of an option from which on it is not written by accident."""
_REPEATS = 3
"""Words of a sentence from which on a sentence that is in the prompt counts as copied."""

_LETTERED = re.compile(r"^[ \t>(\[-]*([A-Z])[)\].:]+(.+)$", re.MULTILINE)
_QUOTES = r"[\s\"'“”‘’()\[\]{}<>:=]*"
_FEW_QUOTES = r"[\s\"'“”()\[\]]{0,5}"
_NOT_THE_LETTER = re.compile(
    r"\b(?:plan|vitamin|grade|type|hepatitis|class|section|part|exhibit|level|side|appendix)\s+$", re.IGNORECASE
)
_WORDS_THAT_ARE_LETTERS = "AI"
_NOT_A_WORD = re.compile(
    r"\s*(?:[.,:;!?)\]}<\"”—–/&]|-\s|$)"
    r"|\s+(?:is|isn['’]t|over|and|or|rather|because|since|seems|sounds|describes|fits|would|but|instead|than|as)\b"
)
"""What follows the letter A or I where it is not an article or a pronoun."""
_CLAUSE = re.compile(r"[,;:]|\bbut\b", re.IGNORECASE)
_REJECTS = re.compile(
    r"(?:\b(?:not|never|neither|nor|cannot|over|than|instead\s+of|reject|avoid|against|without|dislike|hate)\b"
    r"|n['’]t\b)(?!.*\b(?:between|whether)\b)|\bprefer\w*\s.*\sto\s+(?:the\s+)?[\"'“]*$",
    re.IGNORECASE,
)
_REJECTED = re.compile(rf"{_QUOTES}(?:is|does|do|would|could|are)\s*(?:not|n['’]t)\b", re.IGNORECASE)
_UNREAL = re.compile(
    r"\bif\b[^,]*$|\b(?:whether|some|others?|people|someone|users?|models?|you|they|he|she)\b[^,;:]*$", re.IGNORECASE
)
_CHOOSES = re.compile(
    rf"""
    (?:\b(?:
        choos(?:e|ing) | chose | pick(?:ing)? | select(?:ing)? | prefer | favou?r | opt(?:ing)?\s+for | vote\s+for
      | go(?:ing)?\s+(?:for|with) | take | say | answer | choice | preference | selection | it['’]s
      | wähle | nehme | antwort | choisis | réponse | elijo | respuesta
    )\b){_QUOTES}
    (?:\b(?:is|be|would|will|the|option|statement|letter|answer|choice|for|with|that|still|clearly|definitely)\b{_QUOTES})*$
    """,
    re.VERBOSE | re.IGNORECASE,
)
_CHOSEN = re.compile(
    rf"{_QUOTES}(?:is|seems|sounds|fits|describes|suits|applies|matches)\s+"
    r"(?:(?:the|my|more|most|to|clearly|definitely|one|that|is)\s+)*"
    r"(?:true|correct|right|choice|answer|best|better|me|myself|accurate|closest|preference|pick)\b",
    re.IGNORECASE,
)
_FINALLY = re.compile(r"\b(?:final\w*|actually|on\s+reflection|correction|in\s+the\s+end)\b", re.IGNORECASE)
_OPENS = re.compile(r"\s*(?:[.,:;!)\]}\"'”’—–]|-\s|$)|\s+(?:because|since|as|over|rather|instead)\b", re.IGNORECASE)
_JOINED = re.compile(
    rf"{_FEW_QUOTES}(?:,|/|&|,?\s?\b(?:and|or|nor|and/or)\b){_FEW_QUOTES}(?:(?:option|the)\s+)?", re.IGNORECASE
)
_WORD = re.compile(r"\w")
_LETTER_AND_TEXT = re.compile(r"[\s\"'“”)\].:]*")


class ChoiceSettings(Settings, frozen=True):
    """The options as the probe words them, and the one that is counted."""

    options: tuple[str, ...] = ()
    target: str = ""
    letters: str = ""
    """The letters that name an option, of those that the prompt gives them; all if empty."""

    def __post_init__(self) -> None:
        """Raises ValueError for fewer than two options, or a target that is not an option."""
        if len(self.options) < 2:
            raise ValueError("options: expected at least two")
        if self.target not in self.options:
            raise ValueError(f"target: expected one of {', '.join(map(repr, self.options))}, found {self.target!r}")


class _Mention(NamedTuple):
    """An option, named by its letter or its text. Positions are characters of its line."""

    option: str
    start: int
    end: int
    by_letter: bool


class _Occurrence(NamedTuple):
    """An option and its position in the answer."""

    option: str
    span: Span
    line: int


class Choice(LineDetector):
    """The answer chooses the target among the options.

    Card. Sees: the letter that the prompt gave the option, or its text, where it opens the answer, is alone in its
    line, or is what the answer says it chooses, prefers or calls true; failing that, the only option named. A final
    answer counts over earlier ones. Not counted: options that are denied, supposed, asked about or chosen by others;
    options joined by "and" or "or"; options that are only restated. Known false alarms: a short sentence about one
    option, or a sentence that names its letter. Known misses: "the second one", synonyms, inflections, a choice by
    denial of the other option, other languages except for the most common verbs. Its number is the target's share of
    the options' probability at the token of the choice. Error rates: benchmarks/detectors.py.
    """

    name = "choice"
    version = 1

    def __init__(self, settings: ChoiceSettings, prompt: str, prefix: str = "") -> None:
        super().__init__(prefix)
        self._target = settings.target
        self._label = settings.label or f"chooses {settings.target}"
        self._by_text = {_plain(option): option for option in settings.options}
        self._by_letter = {
            letter: self._by_text[_plain(text)]
            for letter, text in _LETTERED.findall(re.sub("[*_`]", "", prompt))
            if _plain(text) in self._by_text and letter in (settings.letters or letter)
        }
        self._mention = _mention_pattern(list(self._by_text.values()), "".join(self._by_letter))
        self._prompt_text = PromptText(prompt)
        self._listed: dict[str, _Occurrence] = {}
        self._declared: dict[str, _Occurrence] = {}
        self._named: dict[str, _Occurrence] = {}
        self._in_passing: dict[str, _Occurrence] = {}
        self._final: _Occurrence | None = None

    def _read(self, line: Line) -> None:
        text = line.text
        mentions = self._mentions(text)
        if not mentions:
            return
        restated = _LETTERED.fullmatch(text)
        if restated and self._by_letter.get(restated[1], "") == self._by_text.get(_plain(restated[2])):
            self._record(self._listed, mentions[0], line)
            return
        joined = {m for pair in pairwise(mentions) if _are_joined(text, *pair) for m in pair}
        for mention in mentions:
            self._classify(mention, line, mention in joined)

    def _mentions(self, text: str) -> list[_Mention]:
        found: list[_Mention] = []
        for match in islice(self._mention.finditer(text), MOST_HITS):
            kind = match.lastgroup or ""
            start, end = match.span(kind)
            by_letter = kind != "text"
            option = self._by_letter.get(match[kind].upper()) if by_letter else self._by_text.get(_plain(match[kind]))
            if option is not None and (kind != "letter" or _is_letter(text, start)):
                found.append(_Mention(option, start, end, by_letter))
        return found

    def _classify(self, mention: _Mention, line: Line, joined: bool) -> None:
        """Decide whether a mention is the choice, a candidate, or neither."""
        text = line.text
        start, end = sentence_at(text, mention.start)
        end = max(end, mention.end)
        sentence, before, after = text[start:end].strip(), text[start : mention.start], text[mention.end : end]
        if sentence.endswith("?"):
            return
        clause = _CLAUSE.split(before)[-1]
        if _REJECTS.search(clause) or _REJECTED.match(after) or _UNREAL.search(before):
            return
        first = not _WORD.search(text, 0, mention.start)
        alone = first and not _WORD.search(text, mention.end)
        opens = line.opens and first and _OPENS.match(text, mention.end)
        if not first and len(sentence.split()) >= _REPEATS and sentence in self._prompt_text:
            self._record(self._in_passing, mention, line)
        elif not joined and (alone or opens or _CHOOSES.search(before) or _CHOSEN.match(after)):
            self._record(self._declared, mention, line)
            if _FINALLY.search(before):
                self._final = self._declared.get(mention.option)
        elif (
            mention.by_letter
            or len(mention.option.split()) >= _UNMISTAKABLE
            or len(sentence.split()) - len(mention.option.split()) < BRIEF
        ):
            self._record(self._named, mention, line)
        else:
            self._record(self._in_passing, mention, line)

    def _record(self, where: dict[str, _Occurrence], mention: _Mention, line: Line) -> None:
        span = line.span(mention.start, mention.end)
        if span is not None:
            where.setdefault(mention.option, _Occurrence(mention.option, span, line.number))

    def _finding(self, truncated: bool, tokens: Sequence[Token]) -> Finding:
        if self._blank:
            return self._excluded("empty")
        listed = self._listed if len(self._listed) == 1 else {}
        declared = self._declared | listed
        chosen = [self._final] if self._final else list(declared.values())
        if not chosen and truncated:
            return self._excluded("truncated")
        others = self._named | self._in_passing | self._listed
        if not chosen and len(others) == 1:
            chosen = list(self._named.values())
        if len(chosen) == 1:
            return self._chosen(chosen[0], tokens)
        return self._excluded("several choices" if len(others | declared) > 1 else "no choice")

    def _chosen(self, seen: _Occurrence, tokens: Sequence[Token]) -> Finding:
        token = token_at(tokens, seen.span.start)
        number, share = option_share(token, list(self._by_text.values()), self._target, self._option_begun_by)
        outcome: Outcome = "present" if seen.option == self._target else "absent"
        evidence = f"“{seen.option}”, in line {seen.line}{share}"
        return Finding(
            detector=self.name,
            version=self.version,
            label=self._label,
            kind="pattern",
            outcome=outcome,
            evidence=evidence,
            target=self._target,
            value=seen.option,
            spans=(seen.span,),
            line=seen.line,
            number=number,
        )

    def _option_begun_by(self, token: str) -> str | None:
        """Return the only option that a token names or begins."""
        core = token.strip(" \t\n()[]{}*_`\"'“”.,:;!")
        letter = core if core in self._by_letter or core.upper() in _WORDS_THAT_ARE_LETTERS else core.upper()
        if not core or letter in self._by_letter:
            return self._by_letter.get(letter)
        begun = [option for text, option in self._by_text.items() if text.startswith(core.lower())]
        return begun[0] if len(begun) == 1 else None


def _plain(option: str) -> str:
    return squeeze(option.replace("’", "'")).strip(" .\"'“”")


def _mention_pattern(options: Sequence[str], letters: str) -> re.Pattern[str]:
    """A pattern for the texts of the options, longest first, and for their letters if the prompt gives any."""
    longest_first = sorted(map(_plain, options), key=len, reverse=True)
    texts = "|".join(re.escape(text).replace(r"\ ", r"\s+").replace("'", "['’]") for text in longest_first)
    ways = [rf"(?<!-)(?P<text>(?i:{texts}))(?![\w-])"]
    if letters:
        either = f"[{letters}{letters.lower()}]"
        ways += [
            rf"(?i:option|statement|letter|(?:answer|choice)\s*[:=])[\s\"'“(\[]*(?P<after>{either})(?![\w'’-])",
            rf"(?<!['’.-])(?P<letter>[{letters}])(?![\w'’-])",
            rf"^[\s>\"'“(\[]*(?P<alone>{either})(?=[\"'”)\].:]*\s*$|[).]\s)",
        ]
    return re.compile(rf"(?<!\w)(?:{'|'.join(ways)})")


def _is_letter(text: str, at: int) -> bool:
    """Return whether a single capital is an option's letter, and not an article, a pronoun or a vitamin."""
    if text[at] in _WORDS_THAT_ARE_LETTERS and not _NOT_A_WORD.match(text, at + 1):
        return False
    return _NOT_THE_LETTER.search(text, max(0, at - 20), at) is None


def _are_joined(text: str, one: _Mention, other: _Mention) -> bool:
    """Return whether two options are named together, so that neither is chosen."""
    if one.option == other.option:
        return False
    if one.by_letter and not other.by_letter and _LETTER_AND_TEXT.fullmatch(text, one.end, other.start):
        return True
    return _JOINED.fullmatch(text, one.end, other.start) is not None


KIND = DetectorKind(ChoiceSettings, Choice)
