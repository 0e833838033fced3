"""Which language an answer is in."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from diptych.detectors.detector import Change, DetectorKind, Finding, Outcome, Settings, Token

SHORTEST = 20
"""Letters from which on an answer's language is told."""
SHORTEST_PROMPT = 10
"""Letters from which on a prompt's is: questions are short, and one that is not clear is excluded anyway."""
LONGEST = 4_000
"""Characters of prose that are looked at."""
UNSURE = 3.0
"""Nats by which the likeliest language must lead the next; the languages of short answers led by 5 and more."""
FOREIGN = 15.0
"""Nats by which a language that is not asked about must lead for the answer to be in none of those that are: for
answers in these it led by 3 at most, for answers in close relatives (Afrikaans for Dutch) by 20 and more."""
OTHER = "other"
"""The value for a language that is not asked about."""

_CODES = """
ace af am an ar ary arz as az ba bcl be bg bn br bs ca crh cs cy da de dz el en eo es et eu ext fa fi fo fr fuv fy ga
gcf gcr gd gl gom grc gu gug guw ha hbo he hi hr ht hu hy id ig is it ja jv ka kab kik kk km kn ko ku ky la lb lg lij
ln lo lt ltg lv mg mk ml mn mr ms mt my ne nl nn no nso oc om or pa pcm pl ps pt qu ro ru rw sa sdh se si sk sl sn so
sq sr st sv sw ta te tg th tk tl tr tt ug uk ur uz uzs vec vi vo wa wuu xh yo yue zh zu
"""
"""ISO codes of the languages that py3langid knows."""
_KNOWN = frozenset(_CODES.split())
_NO_LANGUAGE = "zxx"
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", re.DOTALL)
_QUOTED = re.compile(r"[\"“”„«»][^\"“”„«»]{1,400}[\"“”„«»]")
_SENTENCE_ENDS = re.compile(r"(?<=[.!?:;])\s|\n")


class LanguageSettings(Settings, frozen=True):
    """What is told apart, and what is looked for."""

    languages: tuple[str, ...] = ("en", "de", "fr", "es", "it", "pt", "nl")
    """ISO codes of those to tell apart."""
    target: str | None = None
    """The one that counts; without it, any that is not the prompt's."""

    def __post_init__(self) -> None:
        """Raises ValueError for a code that is not known, or nothing to tell apart."""
        for code in self.told_apart:
            if code not in _KNOWN:
                raise ValueError(f"{code!r} is no ISO code of a language that can be told, such as en or de")
        if len(self.told_apart) < 2:
            raise ValueError("languages: two are needed to tell them apart")

    @property
    def told_apart(self) -> frozenset[str]:
        """The languages, the target among them."""
        return frozenset((*self.languages, self.target) if self.target else self.languages)


class Language:
    """The answer is in the target language or, without a target, not in that of the prompt.

    Card. Sees: the language of the prose when the answer ends, as py3langid tells it (naive Bayes over byte n-grams):
    on the labelled answers, most of them one short sentence, it was right for 55 of 55 where lingua was for 52 and
    stop-words with letters for 51. Code, the prompt's sentences and, where enough is left, quoted words are left out.
    Excluded: under SHORTEST letters, and where no language leads clearly. Known false alarms: a translation that was
    asked for. Known misses: the lesser part of an answer in two languages; lists of names. Error rates:
    benchmarks/detectors.py.
    """

    name = "language"
    version = 1

    def __init__(self, settings: LanguageSettings, prompt: str, prefix: str = "") -> None:
        self._target = settings.target
        self._told_apart = settings.told_apart
        self._label = settings.label or (
            f"answers in {self._target}" if self._target else "answers in another language than the prompt"
        )
        self._prompt = prompt
        self._text: list[str] = []

    def feed(self, text: str) -> Sequence[Change]:
        """Take the next piece; nothing is told before the end."""
        self._text.append(text)
        return ()

    def live(self) -> Finding:
        """What would be said if the answer ended here: nothing yet."""
        return self._finding("absent", "told when the answer ends")

    def finish(self, truncated: bool = False, tokens: Sequence[Token] = ()) -> tuple[Finding, Sequence[Change]]:
        """The verdict over the whole text; no words are marked."""
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
            evidence = f"written in {code}; the prompt's language cannot be told"
            return self._finding("excluded", evidence, code, "prompt unclear"), ()
        evidence = f"written in {code}, the prompt in {asked}"
        return self._finding("absent" if code == asked else "present", evidence, code), ()

    def _language(self, prose: str, shortest: int) -> tuple[str, str]:
        """Its code, or why there is none."""
        if _letters(prose) < shortest:
            return "", "too short"
        scores = _scores(prose[:LONGEST])
        best, second = sorted(self._told_apart, key=lambda code: -scores[code])[:2]
        likeliest = max(scores, key=lambda code: scores[code])
        if scores[likeliest] - scores[best] > FOREIGN:
            return (OTHER, "") if likeliest != _NO_LANGUAGE else ("", "unclear")
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
    """The text without code, without what it repeats of the prompt and, if enough is left, without what it quotes."""
    prose = " ".join(_CODE.sub(" ", text).split())
    for sentence in _SENTENCE_ENDS.split(prompt):
        if _letters(sentence) >= SHORTEST:
            prose = prose.replace(" ".join(sentence.split()), " ")
    unquoted = _QUOTED.sub(" ", prose)
    return unquoted if _letters(unquoted) >= SHORTEST else prose


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def _scores(text: str) -> Mapping[str, float]:
    """The log-likelihood of every language that py3langid knows."""
    return dict(_identifier().rank(text))


@cache
def _identifier() -> Any:
    """py3langid with its bundled model, imported and read at the first use: that takes most of a second."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-untyped]

    return LanguageIdentifier.from_model_file(MODEL_FILE)


KIND = DetectorKind(LanguageSettings, Language)
