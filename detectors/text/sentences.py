"""The sentences of an answer's prose, each as soon as it has ended."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

LONGEST = 400
"""Characters after which a sentence without an end is taken for one: bounds the work per piece."""
STEP = 40
"""Characters that come before an unfinished line is looked at again."""

_END = re.compile(r"""[.!?…\n](?:(?<=\n)|(?<!\s[A-Z].)(?<![.!?…]{2})[.!?…]*["'”’)*_]*(?=\s))""")
"""A line's end, or a stop: not that of "H. E. L." or the later ones of an ellipsis."""
_LINE = re.compile(r"[^\n]*\n")
_UNDECIDED = ".!?…\"'”’)*_"
_FENCE = re.compile(r"\s*(?:```|~~~)")
_COMMENT = re.compile(r"\s*(?://|/\*)")


class Sentence(NamedTuple):
    """Some words of the answer, up to and with the sign that ends them."""

    text: str
    start: int
    """Its first character in the raw text; below 0 where it began in what the answer was given as its beginning."""
    line: int
    """The line of that character, from 1 at the beginning that was given."""


class SentenceReader:
    """Text in any cutting goes in, the same sentences come out; fenced code and lines of comment are passed over."""

    def __init__(self, prefix: str = "", may_matter: Callable[[str], bool] = bool) -> None:
        """`prefix`: what stands before the text; a sentence that it leaves open goes on in the text. The sentences of
        whole lines that cannot matter do not come out: that is far quicker than to read them."""
        self._may_matter = may_matter
        ends = [match.end() for match in _END.finditer(prefix)]
        self._open = prefix[ends[-1] if ends else 0 :][-LONGEST:]
        self._searched = 0
        """Where in it the search for its end goes on."""
        self._start = -len(self._open)
        self._line = 1 + prefix.count("\n") - self._open.count("\n")
        self._in_code = sum(_FENCE.match(line) is not None for line in prefix.split("\n")[:-1]) % 2 == 1
        self._new: list[str] = []
        self._new_length = 0

    def add(self, text: str) -> bool:
        """Take the next piece; true when it is time to look at what has come."""
        self._new.append(text)
        self._new_length += len(text)
        return self._new_length >= STEP or "\n" in text

    def ended(self) -> list[Sentence]:
        """The sentences that have ended since this was last asked."""
        text = "".join(self._new)
        self._new.clear()
        self._new_length = 0
        found: list[Sentence] = []
        whole_lines = text.rfind("\n") + 1
        for line in self._worth_reading(text[:whole_lines]):
            found += self._read(line)
        return found + self._read(text[whole_lines:])

    def _worth_reading(self, lines: str) -> Iterator[str]:
        """Whole lines in turn; those that cannot matter are passed over."""
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
        """The sentence that has not ended, as far as it was looked at: one, or none in code."""
        return self._prose(self._open)

    def _end(self) -> int | None:
        """Where the current sentence ends, once that cannot change with the text to come."""
        match = _END.search(self._open, self._searched)
        if match is not None and match.end() <= LONGEST:
            return match.end()
        # A stop is one once the character after it and its quotes is known.
        self._searched = len(self._open.rstrip(_UNDECIDED))
        return LONGEST if len(self._open) > LONGEST else None

    def _prose(self, text: str) -> list[Sentence]:
        if self._in_code or _COMMENT.match(text):
            return []
        return [Sentence(text, self._start, self._line)]
