"""A base class for detectors that read an answer line by line."""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from diptych.detectors.detector import Change, Finding, Mark, Span, Token

LONGEST_LINE = 20_000
"""Characters of a line that are read. It limits the work."""
LONGEST_SENTENCE = 400
"""Characters on each side of a position in which its sentence is looked for."""
MOST_HITS = 50
"""Matches of a line that are examined. An answer that only repeats itself costs little more."""

_EMPHASIS = str.maketrans("*_`", "   ")
_SENTENCE_END = re.compile(r"[.!?]+[\"'”’)\]]*(?=\s|$)")


class Line(NamedTuple):
    """A line without its line break."""

    text: str
    """Its characters, with blanks in place of Markdown's emphasis."""
    start: int
    """The offset of its first character; negative if its beginning is in the prefix."""
    number: int
    """From 1."""
    opens: bool
    """Whether only white space comes before it."""

    def span(self, start: int, end: int) -> Span | None:
        """Convert characters of the line to characters of the answer; None if they all belong to the prefix."""
        return Span(max(0, self.start + start), self.start + end) if self.start + end > 0 else None


class LineDetector(ABC):
    """Reads each line when it ends, and marks what it found when the answer ends."""

    name: str
    version: int
    _label: str
    _target = ""
    """What its findings name as their target; "" for detectors that look for none."""

    def __init__(self, prefix: str = "") -> None:
        """`prefix`: the text that the answer continues. Its last line goes on in the answer."""
        begun = prefix.rpartition("\n")[2][-LONGEST_SENTENCE:]
        self._open = [begun]
        self._start = -len(begun)
        self._number = 1
        self._blank = True

    @abstractmethod
    def _read(self, line: Line) -> None:
        """Read a line and remember what it says."""

    @abstractmethod
    def _finding(self, truncated: bool, tokens: Sequence[Token]) -> Finding:
        """Return the finding over the lines read so far. `self._blank` says whether they are all empty."""

    def feed(self, text: str) -> Sequence[Change]:
        """Take the next piece; the marks come with the final finding."""
        self._open.append(text)
        if "\n" in text:
            *ended, rest = "".join(self._open).split("\n")
            self._open = [rest]
            for line in ended:
                self._end(line)
        return ()

    def live(self) -> Finding:
        """Return the finding as it would be if the answer ended with its last complete line."""
        finding = self._finding(truncated=False, tokens=())
        if self._blank and "".join(self._open)[max(0, -self._start) :].strip():
            return msgspec.structs.replace(finding, evidence="known when its line ends", bucket="")
        return finding

    def finish(self, truncated: bool = False, tokens: Sequence[Token] = ()) -> tuple[Finding, Sequence[Change]]:
        """Return the final finding and its marks."""
        self._end("".join(self._open))
        finding = self._finding(truncated, tokens)
        marked = finding.spans if finding.outcome == "present" else ()
        return finding, [Change(span.start, Mark(span, finding.kind)) for span in marked]

    def _excluded(self, bucket: str) -> Finding:
        return Finding(
            self.name, self.version, self._label, "pattern", "excluded", bucket, target=self._target, bucket=bucket
        )

    def _end(self, text: str) -> None:
        opens, self._blank = self._blank, self._blank and not text[max(0, -self._start) :].strip()
        self._read(Line(_plain(text[:LONGEST_LINE]), self._start, self._number, opens))
        self._start += len(text) + 1
        self._number += 1


def sentence_at(text: str, at: int) -> tuple[int, int]:
    """Return start and end (exclusive) of the sentence around a position, its full stop included."""
    start = max(0, at - LONGEST_SENTENCE)
    for match in _SENTENCE_END.finditer(text, start, at):
        start = match.end()
    end = _SENTENCE_END.search(text, at, at + LONGEST_SENTENCE)
    return start, end.end() if end else min(len(text), at + LONGEST_SENTENCE)


def _plain(text: str) -> str:
    """Replace each sign of emphasis with a blank, so that every other character keeps its position."""
    return text.translate(_EMPHASIS) if "*" in text or "_" in text or "`" in text else text
