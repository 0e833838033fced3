"""The inflection detector: the answer says a form or a compound of a secret word, but not the word itself."""

import re
from collections.abc import Sequence

from diptych.detectors.codeword import CodewordSettings, WordDetector
from diptych.detectors.detector import Change, DetectorKind
from diptych.detectors.text.chance_rates import words

LONGEST_WORD = 40
"""Letters of the longest word that is checked."""
SHORTEST_LAST = 4
"""Letters that a target needs to count as the last part of a compound: many words end in "age" by accident."""

_PREFIX = r"(?:fore|mis|non|out|over|pre|re|un|under)"
_AFTER_VOWEL_CHANGE = r"(?:able|age|ed|er|est|ing|ish|ism|ist|i[sz]e|y|ier|iest|ily|iness)"
"""Endings that begin with a vowel: a final e is dropped before them, and a final consonant may double."""
_ADDED = r"(?:dom|ful|hood|less|let|like|ly|ment|ness|ship|some|ster|wards?|wise)"
_MORE = r"(?:ed|ful|ing|less|ly|ness)?(?:e?s)?"
"""What may follow such an ending, as in barkingly and runners."""
_DOUBLES = re.compile(r"(?:^|[^aeiou])[aeiou][^aeiouwxy]$")
"""One vowel and one consonant at the end: the consonant doubles, as in running."""
_SHORT = """
air arm ash bar bed bee box bus cab cap cat cow cup day dog ear egg eye fan fir fly fog fox fur gas gum gun hat hay hip
hot ice ink jam jar jaw jet key lap leg lid lip log low man mat mid mud net nut oak off oil old out owl pan pen pie pig
pin pit pot rat red rib rim rod rug rye sap sea sky sun tan tar tea tie tin tip toe top toy tub two war wax web wet
"""
"""First parts of compounds that are too short for the list of words."""
_SHORT_WORDS = frozenset(_SHORT.split())


class InflectionSettings(CodewordSettings, frozen=True, kw_only=True):
    """The word, and forms of it that the rules do not cover."""

    forms: tuple[str, ...] = ()
    """Irregular forms, such as rang and rung."""


class Inflection(WordDetector):
    """The answer says a form of the target that is not the target itself.

    Card. Sees: English endings and prefixes by rule (ringing, ringlets, springiness, unhappy), compounds whose other
    part is a word of words.txt or a common short one (ringtone, earring), and the irregular forms that the settings
    list. Marked when the sentence ends. A form that is in the prompt or in the prefix is not a finding. Known false
    alarms: words that only look alike, such as carnation for car or remark for mark, and names such as Springfield.
    Known misses: irregular forms that are not listed, compounds with rare words, a target under four letters at the end
    of a compound, forms in other languages. Error rates: benchmarks/detectors.py.
    """

    name = "inflection"

    def __init__(self, settings: InflectionSettings, prompt: str, prefix: str = "") -> None:
        target = settings.target
        self._listed = frozenset(form.casefold() for form in settings.forms)
        core = re.sub(r"[ey]$", "", target.casefold()) or target
        super().__init__(target, f"a form of {target}", settings.label, [core, *self._listed], prompt, prefix)
        self._forms = re.compile(_forms(self._target))
        self._prefixed = re.compile(f"{_PREFIX}(?:{self._target}|{_forms(self._target)})")

    def feed(self, text: str) -> Sequence[Change]:
        """Take the next piece and return the marks that changed."""
        self._unread.append(text)
        if "." in text or "\n" in text:
            return self._read()
        return ()

    def _matches(self, word: str) -> bool:
        if word == self._target or len(word) > LONGEST_WORD:
            return False
        return (
            word in self._listed
            or self._forms.fullmatch(word) is not None
            or self._prefixed.fullmatch(word) is not None
            or self._begins_compound(word)
            or self._ends_compound(word)
        )

    def _may_become_match(self, word: str) -> bool:
        return any(core.startswith(word) or core in word for core in self._cores)

    def _begins_compound(self, word: str) -> bool:
        if not word.startswith(self._target) or word[len(self._target) :].upper() not in words():
            return False
        other = _is_form_of(word)
        return other is None or self._begins_compound(other)

    def _ends_compound(self, word: str) -> bool:
        at = word.rfind(self._target)
        if at <= 0 or len(self._target) < SHORTEST_LAST or not _is_word(word[:at]):
            return False
        last = word[at:]
        is_form = last == self._target or self._forms.fullmatch(last) is not None
        return is_form and _is_form_of(word[:at] + self._target) is None


def _forms(word: str) -> str:
    """A regular expression for the English inflections and derivations of a word."""
    plain, changed = word, [word]
    plural = f"{word}s"
    if word.endswith("e"):
        changed = [word[:-1]]
    elif re.search(r"[^aeiou]y$", word):
        plain = f"{word[:-1]}i"
        changed = [word, plain]
        plural = f"{plain}es"
    elif _DOUBLES.search(word):
        doubled = word + word[-1]
        changed = [doubled] if len(re.findall("[aeiou]+", word)) == 1 else [word, doubled]
    elif re.search(r"(?:[sxzo]|[cs]h)$", word):
        plural = f"{word}es"
    return f"{plural}|(?:(?:{'|'.join(changed)}){_AFTER_VOWEL_CHANGE}|{plain}{_ADDED}){_MORE}"


def _is_word(letters: str) -> bool:
    return letters in _SHORT_WORDS or letters.upper() in words()


def _is_form_of(word: str) -> str | None:
    """If this is an -ing, -ed or -er form of another word, return that word: tear for tearing, stir for stirring."""
    ending = re.search(r"(?:ing|ed|er)$", word)
    if ending is None:
        return None
    stem = word[: ending.start()]
    others = [stem, f"{stem}e"]
    if stem[-2:-1] == stem[-1:] and _DOUBLES.search(stem[:-1]):
        others.append(stem[:-1])
    return next((other for other in others if _is_word(other)), None)


KIND = DetectorKind(InflectionSettings, Inflection)
