"""Reading an answer line by line."""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from diptych.detectors.detector import Change, Finding, Mark, Span, Token

LONGEST_LINE = 20_000
"""Characters of a line that are read: bounds the work."""
LONGEST_SENTENCE = 400
"""Characters to either side of a place in which its sentence is looked for."""
MOST_HITS = 50
"""Places of a line that are looked at more closely: an answer that only repeats itself costs little more."""

_EMPHASIS = str.maketrans("*_`", "   ")
_SENTENCE_END = re.compile(r"[.!?]+[\"'”’)\]]*(?=\s|$)")


class Line(NamedTuple):
    """A line without its end."""

    text: str
    """Its characters, with blanks in place of Markdown's emphasis."""
    start: int
    """Its first character; negative where the answer was given the beginning of its first line."""
    number: int
    """From 1."""
    opens: bool
    """Whether nothing but white space stands before it."""

    def span(self, start: int, end: int) -> Span | None:
        """Characters of the line as characters of the answer; None for what the answer was given."""
        return Span(max(0, self.start + start), self.start + end) if self.start + end > 0 else None


class LineDetector(ABC):
    """Reads each line when it ends, keeps what it needs of it, and marks what it found when the answer ends."""

    def __init__(self, prefix: str = "") -> None:
        """`prefix`: what the answer was given as its beginning; its last line goes on in the answer."""
        begun = prefix.rpartition("\n")[2][-LONGEST_SENTENCE:]
        self._open = [begun]
        self._start = -len(begun)
        self._number = 1
        self._blank = True

    @abstractmethod
    def _read(self, line: Line) -> None:
        """Take note of what a line says."""

    @abstractmethod
    def _finding(self, truncated: bool, tokens: Sequence[Token]) -> Finding:
        """The verdict over the lines read; `self._blank` tells that they hold nothing."""

    def feed(self, text: str) -> Sequence[Change]:
        """Take the next piece; the marks come with the verdict."""
        self._open.append(text)
        if "\n" in text:
            *ended, rest = "".join(self._open).split("\n")
            self._open = [rest]
            for line in ended:
                self._end(line)
        return ()

    def live(self) -> Finding:
        """What would be said if the answer ended with its last whole line."""
        finding = self._finding(truncated=False, tokens=())
        if self._blank and "".join(self._open)[max(0, -self._start) :].strip():
            return msgspec.structs.replace(finding, evidence="told when its line ends", bucket="")
        return finding

    def finish(self, truncated: bool = False, tokens: Sequence[Token] = ()) -> tuple[Finding, Sequence[Change]]:
        """The verdict over the whole text, with its marks."""
        self._end("".join(self._open))
        finding = self._finding(truncated, tokens)
        marked = finding.spans if finding.outcome == "present" else ()
        return finding, [Change(span.start, Mark(span, finding.kind)) for span in marked]

    def _end(self, text: str) -> None:
        opens, self._blank = self._blank, self._blank and not text[max(0, -self._start) :].strip()
        self._read(Line(_plain(text[:LONGEST_LINE]), self._start, self._number, opens))
        self._start += len(text) + 1
        self._number += 1


def sentence_at(text: str, at: int) -> tuple[int, int]:
    """Where the sentence around a place of a line begins and ends (exclusive), its full stop included."""
    start = max(0, at - LONGEST_SENTENCE)
    for match in _SENTENCE_END.finditer(text, start, at):
        start = match.end()
    end = _SENTENCE_END.search(text, at, at + LONGEST_SENTENCE)
    return start, end.end() if end else min(len(text), at + LONGEST_SENTENCE)


def _plain(text: str) -> str:
    """With a blank for each sign of emphasis, so that every other character keeps its place."""
    return text.translate(_EMPHASIS) if "*" in text or "_" in text or "`" in text else text
