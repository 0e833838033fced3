"""Reads answers that consist of tagged sections: a scratchpad, a draft, an output."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

SCRATCHPAD = "SCRATCHPAD_REASONING"
DRAFT = "DRAFT_OUTPUT"
OUTPUT = "OUTPUT"
NAMES = (SCRATCHPAD, DRAFT, OUTPUT)
"""The sections of the alignment-faking experiments (Greenblatt et al., arXiv 2412.14093)."""

LONGEST_TAG = 200
"""Characters after which something in angle brackets is not a tag. It limits what is kept for the next piece."""


class Tag(NamedTuple):
    """An opening or a closing tag, its brackets at characters start to end (exclusive)."""

    name: str
    """The name as requested, however the text writes it."""
    closing: bool
    start: int
    end: int


class Section(NamedTuple):
    """The text between two tags of one name: characters start to end (exclusive)."""

    name: str
    start: int
    end: int
    outer_start: int
    """Start of its opening tag; its own start if that tag is missing."""
    outer_end: int
    """End of its closing tag; its own end if that tag is missing."""
    unclosed: bool = False


class TagReader:
    """Reads text in pieces and returns tags, each as soon as its closing bracket arrives.

    Case is ignored. Blanks, attributes and a closing slash are allowed, and a blank or hyphen in place of an underscore
    in the name.
    """

    def __init__(self, names: Sequence[str] = NAMES) -> None:
        self._pattern, self._names = _compiled(tuple(names))
        self._held = ""
        self._offset = 0
        self.part = ""
        """The section in which the text so far ends, as far as is known yet; "" outside all."""

    def feed(self, text: str) -> Sequence[Tag]:
        """Return the tags that this piece completes."""
        if not self._held and "<" not in text:
            self._offset += len(text)
            return ()
        text = self._held + text
        offset = self._offset - len(self._held)
        tags = [self._tag(match, offset) for match in self._pattern.finditer(text) if len(match[0]) <= LONGEST_TAG]
        for tag in tags:
            if not tag.closing:
                self.part = tag.name
            elif tag.name == self.part:
                self.part = ""
        last = text.rfind("<")
        self._held = text[last:] if last > text.rfind(">") and len(text) - last < LONGEST_TAG else ""
        self._offset = offset + len(text)
        return tags

    def _tag(self, match: re.Match[str], offset: int) -> Tag:
        name = self._names[_plain(match["name"])]
        return Tag(name, bool(match["closing"]), offset + match.start(), offset + match.end())


class TaggedAnswer:
    """An answer that is still streaming. Pieces are collected; they are joined and searched for tags on request."""

    def __init__(self, names: Sequence[str], prefix: str) -> None:
        self._pieces = [prefix]
        self._reader = TagReader(names)
        self._tags: list[Tag] = []
        self._read = 0
        self.add = self._pieces.append
        """Takes the next piece."""

    def read(self) -> tuple[str, tuple[Section, ...]]:
        """Return the prefix with the answer so far, and its sections."""
        text = "".join(self._pieces)
        self._pieces[:] = [text]
        self._tags += self._reader.feed(text[self._read :])
        self._read = len(text)
        return text, sections_of(self._tags, len(text))


def sections_of(tags: Sequence[Tag], length: int) -> tuple[Section, ...]:
    """Return the sections that the tags form in a text of that length, in the order in which they begin.

    A section without a closing tag runs to the next opening tag or to the end. If the very first tag is a closing one,
    the template wrote the opening one, and the section begins with the text. A tag that is only mentioned inside a
    closed section opens nothing.
    """
    found: list[Section] = []
    partners = _partners(tags)
    next_opening = _next_openings(tags, length)
    closed_until = 0
    for index, (tag, partner) in enumerate(zip(tags, partners, strict=True)):
        if tag.closing:
            if index == 0:
                found.append(Section(tag.name, 0, tag.start, 0, tag.end))
        elif partner is not None:
            found.append(Section(tag.name, tag.end, partner.start, tag.start, partner.end))
            closed_until = max(closed_until, partner.end)
        elif tag.start >= closed_until:
            until = next_opening[index]
            found.append(Section(tag.name, tag.end, until, tag.start, until, unclosed=True))
    return tuple(found)


def _partners(tags: Sequence[Tag]) -> list[Tag | None]:
    """Return the other half of each tag: an opening tag goes with the next tag of its name, if that one closes."""
    partners: list[Tag | None] = [None] * len(tags)
    waiting: dict[str, int] = {}
    for index, tag in enumerate(tags):
        if not tag.closing:
            waiting[tag.name] = index
        elif (opening := waiting.pop(tag.name, None)) is not None:
            partners[opening], partners[index] = tag, tags[opening]
    return partners


def _next_openings(tags: Sequence[Tag], end: int) -> list[int]:
    """Return, for each tag, the start of the next opening tag, or the end of the text."""
    following: list[int] = []
    for tag in reversed(tags):
        following.append(end)
        if not tag.closing:
            end = tag.start
    return following[::-1]


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]", "_", name).lower()


@lru_cache(maxsize=64)
def _compiled(names: tuple[str, ...]) -> tuple[re.Pattern[str], dict[str, str]]:
    written = "|".join(re.sub(r"(?:_|-|\\ |\\-)+", r"[\\s_-]", re.escape(name)) for name in names)
    pattern = rf"<\s{{0,9}}(?P<closing>/?)\s{{0,9}}(?P<name>{written})(?:\s[^<>]{{0,{LONGEST_TAG}}})?/?>"
    return re.compile(pattern, re.IGNORECASE), {_plain(name): name for name in names}
