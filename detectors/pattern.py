"""The pattern detector: a regular expression of the user's own."""

import re
from collections.abc import Sequence

from diptych.detectors.detector import Change, DetectorKind, Finding, Mark, Settings, Span, Token
from diptych.detectors.text.prompt_text import PromptText

LONGEST_LINE = 2_000
"""Characters of a line that are read. It limits the work, whatever the expression."""


class PatternSettings(Settings, frozen=True):
    """The expression, which is matched in each line on its own."""

    pattern: str = ""
    ignore_case: bool = True

    def __post_init__(self) -> None:
        """Raises ValueError for an invalid regular expression."""
        if not self.pattern:
            raise ValueError("the key pattern is missing")
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise ValueError(f"{self.pattern!r} is not a valid regular expression: {error}") from error


class Pattern:
    """A regular expression matches in some line of the answer.

    Card. Sees: every match within a line that is not in the prompt word for word. Known false alarms and misses: those
    of the expression. A match is marked when its line ends. Error rates: benchmarks/detectors.py for one expression;
    yours has its own.
    """

    name = "pattern"
    version = 1

    def __init__(self, settings: PatternSettings, prompt: str, prefix: str = "") -> None:
        self._expression = re.compile(settings.pattern, re.IGNORECASE if settings.ignore_case else 0)
        self._label = settings.label or f"matches {settings.pattern}"
        self._prompt_text = PromptText(prompt)
        begun = prefix.rpartition("\n")[2][-LONGEST_LINE:]
        self._open = [begun]
        """The pieces of the current line. They are joined once, however long the line becomes."""
        self._start = -len(begun)
        self._number = 1
        self._spans: list[Span] = []
        self._first: tuple[str, int] | None = None

    def feed(self, text: str) -> Sequence[Change]:
        """Take the next piece and return the marks that changed."""
        self._open.append(text)
        if "\n" not in text:
            return ()
        known = len(self._spans)
        *ended, rest = "".join(self._open).split("\n")
        self._open = [rest]
        for line in ended:
            self._read(line)
            self._start += len(line) + 1
            self._number += 1
        return self._changes(known)

    def live(self) -> Finding:
        """Return the finding as it would be if the answer ended with its last complete line."""
        return self._finding()

    def finish(self, truncated: bool = False, tokens: Sequence[Token] = ()) -> tuple[Finding, Sequence[Change]]:
        """Return the final finding and the last changes to the marks."""
        known = len(self._spans)
        self._read("".join(self._open))
        return self._finding(), self._changes(known)

    def _read(self, line: str) -> None:
        for match in self._expression.finditer(line[:LONGEST_LINE]):
            start, end = self._start + match.start(), self._start + match.end()
            if end > max(0, start) and match.group() not in self._prompt_text:
                self._first = self._first or (match.group(), self._number)
                self._spans.append(Span(max(0, start), end))

    def _changes(self, known: int) -> Sequence[Change]:
        return [Change(span.start, Mark(span, "pattern")) for span in self._spans[known:]]

    def _finding(self) -> Finding:
        if self._first is None:
            return Finding(self.name, self.version, self._label, "pattern", "absent", "no match")
        value, line = self._first
        count = "once" if len(self._spans) == 1 else f"{len(self._spans)} times"
        return Finding(
            detector=self.name,
            version=self.version,
            label=self._label,
            kind="pattern",
            outcome="present",
            evidence=f"{count}, first in line {line}",
            value=value,
            spans=tuple(self._spans),
            line=line,
        )


KIND = DetectorKind(PatternSettings, Pattern)
