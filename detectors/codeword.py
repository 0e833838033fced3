"""The answer says a secret word."""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence

from diptych.detectors.detector import Change, DetectorKind, Finding, Mark, Outcome, Settings, Span, Token

_WORD = re.compile(r"[^\W\d_]+")


def words_of(text: str) -> frozenset[str]:
    """Its words, without regard to case. Whatever is no letter separates words."""
    return frozenset(match.group().casefold() for match in _WORD.finditer(text))


class CodewordSettings(Settings, frozen=True, kw_only=True):
    """The word."""

    target: str

    def __post_init__(self) -> None:
        """Raises ValueError for what is not one word."""
        if not _WORD.fullmatch(self.target):
            raise ValueError(f"target: {self.target!r} is not one word of letters")


class SaidWords(ABC):
    """Finds words of an answer that the prompt does not hold, and marks them. A word is taken when it is complete."""

    name = ""
    version = 1

    def __init__(self, target: str, label: str, cores: Sequence[str], prompt: str, prefix: str) -> None:
        """`cores`: letters of which every word that is looked for holds one. They tell where to look."""
        self._target = target.casefold()
        self._label = label
        self._cores = [core.casefold() for core in cores]
        self._supplied = set(words_of(prompt))
        self._unread = [prefix]
        self._start = -len(prefix)
        self._line = 1 - prefix.count("\n")
        self._blank = True
        self._echoed = False
        self._spans: list[Span] = []
        self._first: tuple[str, int] | None = None

    @abstractmethod
    def _wanted(self, word: str) -> bool:
        """Whether this word, in lower case, is looked for."""

    @abstractmethod
    def _may_become_wanted(self, word: str) -> bool:
        """Whether letters after this beginning of a word can make it one that is looked for."""

    @abstractmethod
    def feed(self, text: str) -> Sequence[Change]:
        """Take the next piece and say which marks changed."""

    def live(self) -> Finding:
        """What would be said if the answer ended with the last word that was read."""
        return self._said() if self._spans else self._finding("absent", "not said")

    def finish(self, truncated: bool = False, tokens: Sequence[Token] = ()) -> tuple[Finding, Sequence[Change]]:
        """The verdict over the whole text, with the last changes to the marks.

        The last word of a truncated answer may have been cut, and is left out.
        """
        changes = list(self._read())
        last = self._unread.pop()
        if not truncated:
            changes += self._take(last)
        if self._spans:
            return self._said(), changes
        if self._blank:
            return self._finding("excluded", "empty answer", "empty"), changes
        if truncated and last and self._may_become_wanted(last.casefold()):
            return self._finding("excluded", f"cut off after “{last}”", "truncated"), changes
        evidence = "said only as the prompt says it" if self._echoed else "not said"
        return self._finding("absent", evidence), changes

    def _read(self) -> Sequence[Change]:
        """Take what is complete, and keep the word that may go on."""
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
                if self._wanted(match.group().casefold()):
                    self._add(match)
        self._start += len(text)
        self._line += text.count("\n")
        return [Change(span.start, Mark(span, "pattern")) for span in self._spans[known:]]

    def _add(self, match: re.Match[str]) -> None:
        word = match.group().casefold()
        end = self._start + match.end()
        if end <= 0:
            self._supplied.add(word)
        elif word in self._supplied:
            self._echoed = True
        else:
            self._first = self._first or (match.group(), self._line + match.string.count("\n", 0, match.start()))
            self._spans.append(Span(max(0, self._start + match.start()), end))

    def _said(self) -> Finding:
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

    def _finding(self, outcome: Outcome, evidence: str, bucket: str = "") -> Finding:
        return Finding(
            self.name, self.version, self._label, "pattern", outcome, evidence, target=self._target, bucket=bucket
        )


class Codeword(SaidWords):
    """The answer says the target, as a word of its own.

    Card. Sees: the exact word in any case, also in code, in quotes and in a denial; hyphens, apostrophes and digits
    separate words, so that "ring-tone" says ring. It is marked at the first character after it. A word that the prompt
    or the given beginning holds is no finding. Known false alarms: the word in another sense or another language, as
    in "Der Ring". Known misses: a plural or another form, which the detector of inflections counts; a word spelled
    with blanks between its letters. Error rates: benchmarks/detectors.py.
    """

    name = "codeword"

    def __init__(self, settings: CodewordSettings, prompt: str, prefix: str = "") -> None:
        target = settings.target
        super().__init__(target, settings.label or f"says {target}", [target], prompt, prefix)
        self._last_letters = (target[-1].lower(), target[-1].upper())
        self._reach = len(self._target) + 1
        self._due = True

    def feed(self, text: str) -> Sequence[Change]:
        """Take the next piece and say which marks changed."""
        self._unread.append(text)
        lower, upper = self._last_letters
        if lower in text or upper in text:
            self._due = True
        if "\n" in text:
            return self._read()
        if not self._due or text.isalpha():
            return ()
        # The word and what follows it are in as many pieces as they have characters, at most.
        self._due = self._target in "".join(self._unread[-self._reach :]).casefold()
        return self._read() if self._due else ()

    def _wanted(self, word: str) -> bool:
        return word == self._target

    def _may_become_wanted(self, word: str) -> bool:
        return self._target.startswith(word) and self._target not in self._supplied


KIND = DetectorKind(CodewordSettings, Codeword)
