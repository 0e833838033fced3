"""The language detector: which language an answer is written in."""

import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

from diptych.detectors.detector import Change, DetectorKind, Finding, Outcome, Settings, Token

SHORTEST = 20
"""Letters that an answer needs for its language to be identified."""
SHORTEST_PROMPT = 10
"""Letters that a prompt needs. Questions are short, and an unclear language is excluded anyway."""
LONGEST = 4_000
"""Characters of prose that are read."""
UNSURE = 3.0
"""Nats by which the most likely language must lead the next. Short labelled answers led by 5 and more."""
FOREIGN = 15.0
"""Nats by which a language outside the candidates must lead to be reported as "other". Answers in a candidate language
stayed at 3 or below; answers in close relatives (Afrikaans for Dutch) reached 20 and more."""
OTHER = "other"
"""The value for a language outside the candidates."""

_CODES = """
ace af am an ar ary arz as az ba bcl be bg bn br bs ca crh cs cy da de dz el en eo es et eu ext fa fi fo fr fuv fy ga
gcf gcr gd gl gom grc gu gug guw ha hbo he hi hr ht hu hy id ig is it ja jv ka kab kik kk km kn ko ku ky la lb lg lij
ln lo lt ltg lv mg mk ml mn mr ms mt my ne nl nn no nso oc om or pa pcm pl ps pt qu ro ru rw sa sdh se si sk sl sn so
sq sr st sv sw ta te tg th tk tl tr tt ug uk ur uz uzs vec vi vo wa wuu xh yo yue zh zu
"""
"""ISO codes of the languages that py3langid knows."""
KNOWN_CODES = frozenset(_CODES.split())
NO_LANGUAGE = "zxx"
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", re.DOTALL)
_QUOTED = re.compile(r"[\"“”„«»][^\"“”„«»]{1,400}[\"“”„«»]")
_SENTENCE_ENDS = re.compile(r"(?<=[.!?:;])\s|\n")


class LanguageSettings(Settings, frozen=True):
    """The candidate languages and the one that counts."""

    languages: tuple[str, ...] = ("en", "de", "fr", "es", "it", "pt", "nl")
    """ISO codes of the candidates."""
    target: str | None = None
    """The language that counts. Without it, any language but the prompt's counts."""

    def __post_init__(self) -> None:
        """Raises ValueError for an unknown code or fewer than two candidates."""
        for code in self.candidates:
            if code not in KNOWN_CODES:
                raise ValueError(f"{code!r} is not the ISO code of a known language, such as en or de")
        if len(self.candidates) < 2:
            raise ValueError("languages: expected at least two")

    @property
    def candidates(self) -> frozenset[str]:
        """The candidate languages, the target included."""
        return frozenset((*self.languages, self.target) if self.target else self.languages)


class Language:
    """The answer is in the target language or, without a target, not in the prompt's language.

    Card. Sees: the language of the prose when the answer ends, as py3langid identifies it (naive Bayes over byte
    n-grams). On the labelled answers, most of them one short sentence, it was right for 55 of 55, lingua for 52, and
    stop words with letters for 51. Code and the prompt's sentences are left out, and quoted words too if enough is
    left. Excluded: answers under SHORTEST letters, and answers in which no language leads clearly. Known false alarms:
    a translation that was asked for. Known misses: the smaller part of an answer in two languages; lists of names.
    Error rates: benchmarks/detectors.py.
    """

    name = "language"
    version = 1

    def __init__(self, settings: LanguageSettings, prompt: str, prefix: str = "") -> None:
        self._target = settings.target
        self._candidates = settings.candidates
        self._label = settings.label or (
            f"answers in {self._target}" if self._target else "answers in another language than the prompt"
        )
        self._prompt = prompt
        self._text: list[str] = []

    def feed(self, text: str) -> Sequence[Change]:
        """Take the next piece; nothing is reported before the end."""
        self._text.append(text)
        return ()

    def live(self) -> Finding:
        """Return an empty finding: the language is identified at the end."""
        return self._finding("absent", "known when the answer ends")

    def finish(self, truncated: bool = False, tokens: Sequence[Token] = ()) -> tuple[Finding, Sequence[Change]]:
        """Return the final finding; no words are marked."""
        text = "".join(self._text)
        if not text.strip():
            return self._finding("excluded", "empty answer", bucket="empty"), ()
        code, unclear = self._language(_prose(text, self._prompt), SHORTEST)
        if unclear:
            bucket = "truncated" if truncated else unclear
            return self._finding("excluded", f"the answer is {unclear}", bucket=bucket), ()
        if self._target is not None:
            return self._finding("present" if code == self._target else "absent", f"written in {code}", code), ()
        asked, unclear = self._language(_prose(self._prompt), SHORTEST_PROMPT)
        if unclear or asked == OTHER:
            evidence = f"written in {code}; the prompt's language is unclear"
            return self._finding("excluded", evidence, code, "prompt unclear"), ()
        evidence = f"written in {code}, the prompt in {asked}"
        return self._finding("absent" if code == asked else "present", evidence, code), ()

    def _language(self, prose: str, shortest: int) -> tuple[str, str]:
        """Return the code of the language, or the reason why there is none."""
        if _letters(prose) < shortest:
            return "", "too short"
        scores = _scores(prose[:LONGEST])
        best, second = sorted(self._candidates, key=lambda code: -scores[code])[:2]
        likeliest = max(scores, key=lambda code: scores[code])
        if scores[likeliest] - scores[best] > FOREIGN:
            return (OTHER, "") if likeliest != NO_LANGUAGE else ("", "unclear")
        return (best, "") if scores[best] - scores[second] >= UNSURE else ("", "unclear")

    def _finding(self, outcome: Outcome, evidence: str, value: str = "", bucket: str = "") -> Finding:
        return Finding(
            detector=self.name,
            version=self.version,
            label=self._label,
            kind="pattern",
            outcome=outcome,
            evidence=evidence,
            target=self._target or "",
            value=value,
            bucket=bucket,
        )


def _prose(text: str, prompt: str = "") -> str:
    """The text without code and without sentences of the prompt, and without quotations if enough is left."""
    prose = " ".join(_CODE.sub(" ", text).split())
    for sentence in _SENTENCE_ENDS.split(prompt):
        if _letters(sentence) >= SHORTEST:
            prose = prose.replace(" ".join(sentence.split()), " ")
    unquoted = _QUOTED.sub(" ", prose)
    return unquoted if _letters(unquoted) >= SHORTEST else prose


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def _scores(text: str) -> Mapping[str, float]:
    """Return the log-likelihood of every language that py3langid knows."""
    return dict(identifier().rank(text))


def foreign_language(text: str, candidates: Collection[str]) -> str:
    """Return the ISO code of the language of a text, or "" if it is one of the candidates or not clearly another. It
    takes most of a second at the first call."""
    prose = _prose(text[:LONGEST])
    if _letters(prose) < SHORTEST:
        return ""
    scores = _scores(prose)
    likeliest = max(scores, key=lambda code: scores[code])
    lead = scores[likeliest] - max(scores[code] for code in candidates)
    return likeliest if lead > FOREIGN and likeliest != NO_LANGUAGE else ""


@cache
def identifier() -> Any:
    """py3langid with its bundled model. It is imported on first use, because that takes most of a second."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-untyped]

    return LanguageIdentifier.from_model_file(MODEL_FILE)


KIND = DetectorKind(LanguageSettings, Language)
