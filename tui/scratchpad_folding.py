"""Hides the scratchpads of an answer: a row says that there is one, and a key shows it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from diptych.detectors import SCRATCHPAD, Span, TagReader, unfinished_tag

if TYPE_CHECKING:
    from diptych.compare import MarkKey
    from diptych.detectors import Mark, Tag


class Fold:
    """Divides one answer, piece by piece, into shown and hidden text. Marks move with their words."""

    def __init__(self) -> None:
        self._reader = TagReader()
        self._read = 0
        """Characters of the raw text that are shown or folded."""
        self._pending = ""
        """The characters after those: a tag may begin in them."""
        self._inside: int | None = None
        """Where the scratchpad that is open begins, its tag included."""
        self._written = ""
        """How its tag is written. Another may stand in it."""
        self._hidden: list[tuple[int, int]] = []
        """Characters start to end (exclusive) of the raw text that are not shown."""
        self._removed: list[int] = []
        """How many characters are hidden up to the end of each of them."""
        self._waiting: dict[MarkKey, Mark] = {}
        self._folded: list[str] = []
        self.count = 0
        """Characters that are folded away."""

    @property
    def folded(self) -> str:
        """All that is folded away."""
        return "".join(self._folded)

    def take(self, text: str, marks: Mapping[MarkKey, Mark | None]) -> tuple[str, dict[MarkKey, Mark | None]]:
        """The next piece and what changed with it, as they are to be shown."""
        tags = self._reader.feed(text)
        untouched = not self._pending and not self._hidden and self._inside is None
        if untouched and not tags and unfinished_tag(text) == len(text):
            self._read += len(text)
            return text, dict(marks)
        return self._divided(text, tags), self._placed(marks)

    def finish(self) -> tuple[str, dict[MarkKey, Mark | None]]:
        """The rest of the text, which was held back because it might have been a tag."""
        rest, self._pending = self._pending, ""
        return self._give(rest), self._placed({})

    def _divided(self, text: str, tags: Sequence[Tag]) -> str:
        self._pending += text
        shown = []
        for tag in tags:
            before = tag.start - self._read
            if self._inside is None and tag.name == SCRATCHPAD and not tag.closing:
                shown.append(self._give(self._pending[:before]))
                self._inside, self._written = tag.start, tag.written
                self._skip(tag.end - tag.start, before)
            elif self._inside is not None and self._ends(tag):
                self._give(self._pending[:before])
                through = tag.end if tag.closing else tag.start
                self._hide(self._inside, through)
                self._inside = None
                self._skip(through - tag.start, before)
        ready = unfinished_tag(self._pending)
        shown.append(self._give(self._pending[:ready]))
        self._pending = self._pending[ready:]
        return "".join(shown)

    def _ends(self, tag: Tag) -> bool:
        """Whether a tag ends the scratchpad that is open: its own, or the first of another part of the answer."""
        return tag.written == self._written if tag.closing else tag.name != SCRATCHPAD

    def _give(self, text: str) -> str:
        """Count a text as read; returns what of it is shown."""
        self._read += len(text)
        if self._inside is None:
            return text
        self._folded.append(text)
        self.count += len(text)
        return ""

    def _skip(self, tag: int, before: int) -> None:
        """Drop from what is pending what was given and the tag behind it."""
        self._read += tag
        self._pending = self._pending[before + tag :]

    def _hide(self, start: int, end: int) -> None:
        self._hidden.append((start, end))
        self._removed.append(end - start + (self._removed[-1] if self._removed else 0))

    def _placed(self, marks: Mapping[MarkKey, Mark | None]) -> dict[MarkKey, Mark | None]:
        placed: dict[MarkKey, Mark | None] = {}
        for key, mark in [*self._waiting.items(), *marks.items()]:
            self._waiting.pop(key, None)
            if mark is not None and mark.span.end > self._read:
                self._waiting[key] = mark
            else:
                placed[key] = self._moved(mark) if mark is not None else None
        return placed

    def _moved(self, mark: Mark) -> Mark | None:
        """The mark where it is shown; None for one that touches what is hidden."""
        start, end = mark.span.start, mark.span.end
        index = bisect_right(self._hidden, (start, self._read))
        if self._inside is not None and end > self._inside:
            return None
        if index and self._hidden[index - 1][1] > start:
            return None
        if index < len(self._hidden) and self._hidden[index][0] < end:
            return None
        removed = self._removed[index - 1] if index else 0
        return msgspec.structs.replace(mark, span=Span(start - removed, end - removed))
