"""Reads answers that consist of tagged sections: a scratchpad, a draft, an output."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

SCRATCHPAD = ""
"""Stands for every usual tag of reasoning."""
DRAFT = "DRAFT_OUTPUT"
OUTPUT = "OUTPUT"
NAMES = (SCRATCHPAD, DRAFT, OUTPUT)
"""The sections of the alignment-faking experiments (Greenblatt et al., arXiv 2412.14093), whose scratchpad is tagged
SCRATCHPAD_REASONING."""
USUAL_SCRATCHPADS = (
    "SCRATCHPAD_REASONING", "scratchpad", "scratch_pad", "think", "thinking", "thought", "thoughts", "reason",
    "reasoning", "reflection", "inner_monologue", "internal_monologue", "inner_thoughts", "internal_thoughts",
    "internal_reasoning", "private_reasoning", "hidden_reasoning", "chain_of_thought", "cot", "deliberation",
    "ant_thinking", "antThinking", "seed:think", "[THINK]", "[scratchpad]", "[SCRATCHPAD_REASONING]",
)  # fmt: skip
"""Tags in which models reason, by training or because a prompt says so. Those in square brackets are written so."""
_TOKENS = {
    "<|begin_of_thought|>": "<|end_of_thought|>",
    "<|START_THINKING|>": "<|END_THINKING|>",
    "<|inner_prefix|>": "<|inner_suffix|>",
    "◁think▷": "◁/think▷",
}
"""Tokens that open and close the reasoning of some models."""

LONGEST_TAG = 200
"""Characters after which something in brackets is not a tag. It limits what is kept for the next piece."""
_BRACKETS = re.compile("[<[◁]")
_BRACKETS_OR_BACKTICK = re.compile("[<[◁`]")
_BEGUN = re.compile(r"<[\s/]*+(?:[^\s<>\[\]◁▷][^<>\[\]◁▷]*+)?|\[/?[\w\s:-]{0,40}|◁[^<>\[\]◁▷]*+")
"""How a tag begins. A tag in square brackets has no attributes, so that most other brackets are told apart at once."""


class Tag(NamedTuple):
    """An opening or a closing tag, its brackets at characters start to end (exclusive)."""

    name: str
    """The name as requested, however the text writes it."""
    closing: bool
    start: int
    end: int
    written: str
    """The name in the text, in lower case. A tag is closed by one that is written alike."""


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
    in the name. A name in square brackets is a tag in square brackets. A tag directly after a backtick is only
    mentioned.
    """

    def __init__(self, names: Sequence[str] = NAMES) -> None:
        self._pattern, self._names = _compiled(tuple(names))
        self._held = ""
        self._offset = 0

    def feed(self, text: str) -> Sequence[Tag]:
        """Return the tags that this piece completes."""
        if not self._held and not _BRACKETS_OR_BACKTICK.search(text):
            self._offset += len(text)
            return ()
        text = self._held + text
        offset = self._offset - len(self._held)
        tags = [self._tag(match, offset) for match in self._pattern.finditer(text) if len(match[0]) <= LONGEST_TAG]
        begun = unfinished_tag(text)
        self._held = text[max(0, begun - 1) :] if begun < len(text) or text.endswith("`") else ""
        self._offset = offset + len(text)
        return tags

    def _tag(self, match: re.Match[str], offset: int) -> Tag:
        written, closing = match["name"] or match["square"], match["closing"] or match["square_closing"]
        if written is None:
            token = match[0].lower()
            written, closing = _TOKEN_NAMES[token], token in _CLOSING_TOKENS
        plain = _plain(f"[{written}]" if match["square"] else written)
        return Tag(self._names[plain], bool(closing), offset + match.start(), offset + match.end(), plain)


def unfinished_tag(text: str) -> int:
    """Return the character at which a tag may begin that the text does not complete; the text's length if none can."""
    if not _BRACKETS.search(text):
        return len(text)
    last = max(text.rfind("<"), text.rfind("["), text.rfind("◁"))
    return last if len(text) - last < LONGEST_TAG and _BEGUN.fullmatch(text, last) else len(text)


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
    """Return the other half of each tag: an opening tag goes with the next tag written alike, if that one closes."""
    partners: list[Tag | None] = [None] * len(tags)
    waiting: dict[str, int] = {}
    for index, tag in enumerate(tags):
        if not tag.closing:
            waiting[tag.written] = index
        elif (opening := waiting.pop(tag.written, None)) is not None:
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


def between_sections(sections: Sequence[Section], length: int) -> list[tuple[int, int]]:
    """Return the text after the first section that is in no section, as start and end (exclusive) characters."""
    gaps: list[tuple[int, int]] = []
    at: int | None = None
    for section in sorted(sections, key=lambda section: section.outer_start):
        if at is not None and section.outer_start > at:
            gaps.append((at, section.outer_start))
        at = max(at or 0, section.outer_end)
    return [*gaps, (at or 0, length)]


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]", "_", name).lower()


_TOKEN_NAMES = {token.lower(): opening for opening, closing in _TOKENS.items() for token in (opening, closing)}
_CLOSING_TOKENS = frozenset(closing.lower() for closing in _TOKENS.values())


@lru_cache(maxsize=64)
def _compiled(names: tuple[str, ...]) -> tuple[re.Pattern[str], dict[str, str]]:
    """Return a pattern of the tags, and the name as requested for each name as written."""
    requested = {_plain(name): SCRATCHPAD for name in (*USUAL_SCRATCHPADS, *_TOKENS)} if SCRATCHPAD in names else {}
    requested |= {_plain(name): name for name in names if name != SCRATCHPAD}
    tokens = [token for token in _TOKEN_NAMES if requested.get(_plain(_TOKEN_NAMES[token])) == SCRATCHPAD]
    square = [name[1:-1] for name in requested if name.startswith("[")]
    angle = [name for name in requested if not name.startswith("[") and name not in map(_plain, _TOKENS)]
    kinds = [
        rf"<\s{{0,9}}(?P<closing>/?)\s{{0,9}}(?P<name>{_any_of(angle)})(?:\s[^<>\[\]◁▷]{{0,{LONGEST_TAG}}})?/?>",
        rf"\[(?P<square_closing>/?)(?P<square>{_any_of(square)})\]",
        *map(re.escape, tokens),
    ]
    return re.compile(rf"(?<!`)(?:{'|'.join(kinds)})", re.IGNORECASE), requested


def _any_of(names: Sequence[str]) -> str:
    """Return an expression for these names, in which "_" stands for a blank, a hyphen or itself; it never matches where
    there are none."""
    return "|".join(re.escape(name).replace("_", r"[\s_-]") for name in names) or "(?!)"
