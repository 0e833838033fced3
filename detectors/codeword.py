"""The codeword detector: the answer says a secret word."""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence

from diptych.detectors.detector import Change, DetectorKind, Finding, Mark, Outcome, Settings, Span, Token

_WORD = re.compile(r"[^\W\d_]+")


def words_of(text: str) -> frozenset[str]:
    """Return the words of a text, casefolded. Anything but a letter separates words."""
    return frozenset(match.group().casefold() for match in _WORD.finditer(text))


class CodewordSettings(Settings, frozen=True, kw_only=True):
    """The word to look for."""

    target: str

    def __post_init__(self) -> None:
        """Raises ValueError if the target is not one word of letters."""
        if not _WORD.fullmatch(self.target):
            raise ValueError(f"target: {self.target!r} is not one word of letters")


class WordDetector(ABC):
    """Finds and marks words of an answer that are not in the prompt. A word is read when it is complete."""

    name = ""
    version = 1

    def __init__(
        self, target: str, sought: str, label: str | None, cores: Sequence[str], prompt: str, prefix: str
    ) -> None:
        """`sought`: what is looked for, in words; `cores`: every word that is looked for contains at least one of
        these strings. They make the search fast."""
        self._target = target.casefold()
        self._sought = sought
        self._label = label or f"says {sought}"
        self._cores = [core.casefold() for core in cores]
        self._prompt_words = set(words_of(prompt))
        self._unread = [prefix]
        self._start = -len(prefix)
        self._line = 1 - prefix.count("\n")
        self._blank = True
        self._echoed = False
        self._spans: list[Span] = []
        self._first: tuple[str, int] | None = None

    @abstractmethod
    def _matches(self, word: str) -> bool:
        """Return whether this word, in lower case, is looked for."""

    @abstractmethod
    def _may_become_match(self, word: str) -> bool:
        """Return whether a word that begins like this can still become one that is looked for."""

    @abstractmethod
    def feed(self, text: str) -> Sequence[Change]:
        """Take the next piece and return the marks that changed."""

    def live(self) -> Finding:
        """Return the finding as it would be if the answer ended with the last word read."""
        return self._present() if self._spans else self._absent()

    def finish(self, truncated: bool = False, tokens: Sequence[Token] = ()) -> tuple[Finding, Sequence[Change]]:
        """Return the final finding and the last changes to the marks.

        The last word of a truncated answer may be cut off, so it is not counted.
        """
        changes = list(self._read())
        last = self._unread.pop()
        if not truncated:
            changes += self._take(last)
        if self._spans:
            return self._present(), changes
        if self._blank:
            return self._finding("excluded", "empty answer", "empty"), changes
        if truncated and last and self._may_become_match(last.casefold()):
            return self._finding("excluded", f"cut off after “{last}”", "truncated"), changes
        return self._absent(), changes

    def _read(self) -> Sequence[Change]:
        """Read the complete words and keep the last one, which may continue."""
        text = "".join(self._unread)
        self._blank = self._blank and not text[max(0, -self._start) :].strip()
        end = len(text)
        while end and _WORD.match(text, end - 1, end):
            end -= 1
        self._unread = [text[end:]]
        return self._take(text[:end])

    def _take(self, text: str) -> Sequence[Change]:
        known = len(self._spans)
        folded = text.casefold()
        if any(core in folded for core in self._cores):
            for match in _WORD.finditer(text):
                if self._matches(match.group().casefold()):
                    self._add(match)
        self._start += len(text)
        self._line += text.count("\n")
        return [Change(span.start, Mark(span, "pattern")) for span in self._spans[known:]]

    def _add(self, match: re.Match[str]) -> None:
        word = match.group().casefold()
        end = self._start + match.end()
        if end <= 0:
            self._prompt_words.add(word)
        elif word in self._prompt_words:
            self._echoed = True
        else:
            self._first = self._first or (match.group(), self._line + match.string.count("\n", 0, match.start()))
            self._spans.append(Span(max(0, self._start + match.start()), end))

    def _present(self) -> Finding:
        assert self._first is not None
        value, line = self._first
        count = "once" if len(self._spans) == 1 else f"{len(self._spans)} times"
        return Finding(
            detector=self.name,
            version=self.version,
            label=self._label,
            kind="pattern",
            outcome="present",
            evidence=f"“{value}” in line {line}; {count}",
            target=self._target,
            value=value,
            spans=tuple(self._spans),
            line=line,
        )

    def _absent(self) -> Finding:
        repeated = "; only repeats it from the prompt" if self._echoed else ""
        return self._finding("absent", f"does not say {self._sought}{repeated}")

    def _finding(self, outcome: Outcome, evidence: str, bucket: str = "") -> Finding:
        return Finding(
            self.name, self.version, self._label, "pattern", outcome, evidence, target=self._target, bucket=bucket
        )


class Codeword(WordDetector):
    """The answer says the target as a word of its own.

    Card. Sees: the exact word in any case, also in code, in quotes and in a denial. Hyphens, apostrophes and digits
    separate words, so "ring-tone" says ring. It is marked at the first character after it. A word that is in the prompt
    or in the prefix is not a finding. Known false alarms: the word in another sense or language, as in "Der Ring".
    Known misses: a plural or another form, which the inflection detector counts; a word spelled with blanks between its
    letters. Error rates: benchmarks/detectors.py.
    """

    name = "codeword"

    def __init__(self, settings: CodewordSettings, prompt: str, prefix: str = "") -> None:
        target = settings.target
        super().__init__(target, target, settings.label, [target], prompt, prefix)
        self._last_letters = (target[-1].lower(), target[-1].upper())
        self._reach = len(self._target) + 1
        self._due = True

    def feed(self, text: str) -> Sequence[Change]:
        """Take the next piece and return the marks that changed."""
        self._unread.append(text)
        lower, upper = self._last_letters
        if lower in text or upper in text:
            self._due = True
        if "\n" in text:
            return self._read()
        if not self._due or text.isalpha():
            return ()
        # The word and the character after it span at most as many pieces as they have characters.
        self._due = self._target in "".join(self._unread[-self._reach :]).casefold()
        return self._read() if self._due else ()

    def _matches(self, word: str) -> bool:
        return word == self._target

    def _may_become_match(self, word: str) -> bool:
        return self._target.startswith(word) and self._target not in self._prompt_words


KIND = DetectorKind(CodewordSettings, Codeword)
