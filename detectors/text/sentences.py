"""Splits the prose of an answer into sentences, each as soon as it has ended."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from diptych.detectors.detector import Span

LONGEST = 400
"""Characters after which an unfinished sentence is treated as ended. It limits the work per piece."""
STEP = 40
"""Characters that must arrive before an unfinished line is read again."""

_END = re.compile(r"""[.!?…\n](?:(?<=\n)|(?<!\s[A-Z].)(?<![.!?…]{2})[.!?…]*["'”’)*_]*(?=\s))""")
"""The end of a line, or a stop; not the stops of "H. E. L." nor the later ones of an ellipsis."""
_LINE = re.compile(r"[^\n]*\n")
_UNDECIDED = ".!?…\"'”’)*_"
_FENCE = re.compile(r"\s*(?:```|~~~)")
_COMMENT = re.compile(r"\s*(?://|/\*)")


class Sentence(NamedTuple):
    """Some words of the answer, including the sign that ends them."""

    text: str
    start: int
    """Its first character in the raw text; negative if it began in the prefix."""
    line: int
    """The line of that character, counted from 1 at the start of the prefix."""

    @property
    def span(self) -> Span:
        """Where it stands in the answer, without the white space around it and without what the prefix holds of it."""
        start = self.start + len(self.text) - len(self.text.lstrip())
        return Span(max(0, start), self.start + len(self.text.rstrip()))

    @property
    def first_line(self) -> int:
        """The line in which its first word stands."""
        return self.line + self.text.count("\n", 0, len(self.text) - len(self.text.lstrip()))


class SentenceReader:
    """Reads text in pieces; how it is cut does not change the sentences. Fenced code and comment lines are skipped."""

    def __init__(self, prefix: str = "", may_matter: Callable[[str], bool] = bool) -> None:
        """`prefix`: the text before the answer; its open sentence continues in the answer. `may_matter`: a quick test.
        Complete lines that fail it are skipped, which is far quicker than reading them."""
        self._may_matter = may_matter
        ends = [match.end() for match in _END.finditer(prefix)]
        self._open = prefix[ends[-1] if ends else 0 :][-LONGEST:]
        self._searched = 0
        """Where in it the search for its end continues."""
        self._start = -len(self._open)
        self._line = 1 + prefix.count("\n") - self._open.count("\n")
        self._in_code = sum(_FENCE.match(line) is not None for line in prefix.split("\n")[:-1]) % 2 == 1
        self._new: list[str] = []
        self._new_length = 0

    def add(self, text: str) -> bool:
        """Take the next piece; returns whether it is time to read the sentences."""
        self._new.append(text)
        self._new_length += len(text)
        return self._new_length >= STEP or "\n" in text

    def ended(self) -> list[Sentence]:
        """Return the sentences that have ended since the last call."""
        text = "".join(self._new)
        self._new.clear()
        self._new_length = 0
        found: list[Sentence] = []
        whole_lines = text.rfind("\n") + 1
        for line in self._worth_reading(text[:whole_lines]):
            found += self._read(line)
        return found + self._read(text[whole_lines:])

    def _worth_reading(self, lines: str) -> Iterator[str]:
        """Yield the complete lines that may matter and skip the others."""
        if lines and not self._matters(self._open + lines):
            self._pass_over(lines)
            return
        for line in _LINE.findall(lines):
            if self._matters(self._open + line):
                yield line
            else:
                self._pass_over(line)

    def _matters(self, text: str) -> bool:
        return "```" in text or "~~~" in text or self._may_matter(text)

    def _pass_over(self, lines: str) -> None:
        self._line += self._open.count("\n") + lines.count("\n")
        self._start += len(self._open) + len(lines)
        self._open = ""
        self._searched = 0

    def _read(self, text: str) -> list[Sentence]:
        found: list[Sentence] = []
        for at in range(0, len(text), LONGEST):
            self._open += text[at : at + LONGEST]
            while (end := self._end()) is not None:
                found += self._prose(self._open[:end])
                self._in_code ^= _FENCE.match(self._open[:end]) is not None
                self._line += self._open.count("\n", 0, end)
                self._start += end
                self._open = self._open[end:]
                self._searched = 0
        return found

    def unfinished(self) -> list[Sentence]:
        """Return the sentence that has not ended, as far as it was read: one, or none inside code."""
        return self._prose(self._open)

    def _end(self) -> int | None:
        """Return the end of the current sentence, once later text cannot change it."""
        match = _END.search(self._open, self._searched)
        if match is not None and match.end() <= LONGEST:
            return match.end()
        # A stop is certain once the character after it and its quotes is known.
        self._searched = len(self._open.rstrip(_UNDECIDED))
        return LONGEST if len(self._open) > LONGEST else None

    def _prose(self, text: str) -> list[Sentence]:
        if self._in_code or _COMMENT.match(text):
            return []
        return [Sentence(text, self._start, self._line)]
