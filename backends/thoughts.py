"""Separates the thoughts of a model from its answer, where both come in one text with tags around the thoughts.

A thought begins where an opening tag begins the text. A closing tag that nothing has opened ends a thought as well: the
chat template wrote its opening tag. Tags that a text only mentions, in quotation marks, in code or in the middle of a
sentence, are ordinary text.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase
from typing import NamedTuple

TAGS = (
    "<think>", "</think>",
    "<thinking>", "</thinking>",
    "<thought>", "</thought>",
    "[THINK]", "[/THINK]",
    "<seed:think>", "</seed:think>",
    "◁think▷", "◁/think▷",
    "<|START_THINKING|>", "<|END_THINKING|>",
    "<|channel|>analysis<|message|>", "<|start|>assistant<|channel|>final<|message|>",
)  # fmt: skip
"""Opening and closing tags in turn, as models are trained to write them."""

_AROUND = frozenset("`\"'“”‘’«»„()*")
"""Characters on both sides of a tag that is only mentioned."""
_SENTENCE_ENDS = frozenset(".!?…:;)]}*`\"”'")
_FENCE = re.compile("```|~~~")
_INDENTED = 4
"""Blanks at the beginning of a line of code."""
_LONGEST_BLANK = 256
"""How many blanks are held back until the text behind them is known."""
_LINE = 200
"""How many characters of the line before a tag are examined."""


_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)
"""Unlike str.lower, it does not change the number of characters."""


class Split(NamedTuple):
    """A piece of text, taken apart."""

    text: str = ""
    thought: str = ""
    was_thought: bool = False
    """Whether all earlier text was a thought as well, which only the closing tag has shown."""


class _Tags(NamedTuple):
    opening: tuple[str, ...]
    """In lower case. "" where the chat template writes it."""
    closing: tuple[str, ...]
    pattern: re.Pattern[str]
    """Finds a whole tag."""
    begin: Callable[[str], object]
    """Finds a character that begins a tag."""


class ThoughtSplitter:
    """Takes pieces of a text, cut anywhere, and gives thoughts and answer apart. The cuts make no difference."""

    def __init__(self, tags: Sequence[str] = TAGS, given: str = "") -> None:
        """`given`: the text that the answer continues. A thought may have begun in it, or the answer itself."""
        self._tags = _compiled(tuple(tags))
        self._may_begin = self._tags.begin
        self._held = ""
        """Text that cannot be assigned yet: blanks, or the beginning of what may be a tag."""
        self._closing = ""
        """The tag that ends the current thought."""
        self._state = self._first(given)
        self._blank = ""
        """Blanks at the end of the thought so far. They are given with the text that follows them."""
        self._thought_begun = False
        self._unread: list[str] = []
        """Text that was given out, and not yet examined for code and lines."""
        self._line = ""
        """The end of the current line."""
        self._fenced = False
        """Whether a fenced block of code is open."""
        self._open = 0
        """Opening tags in the text that have not been closed."""

    def _first(self, given: str) -> "_State":
        if not self._tags.opening:
            return _ANSWER
        lowered = given.strip().translate(_LOWER)
        for opening, closing in zip(self._tags.opening, self._tags.closing, strict=True):
            begun = lowered.startswith(opening) and closing not in lowered
            if begun or (opening and lowered.endswith(opening)):
                self._closing = closing
                return _THOUGHT
        return _ANSWER if lowered else _BEGINNING

    def passes(self, piece: str) -> bool:
        """Take the next piece if all of it is text, as nearly all pieces are. This is fast. Other pieces are for
        `feed`."""
        if self._held or self._state < _TEXT:
            return False
        if self._state == _TEXT:
            if self._may_begin(piece):
                return False
            self._unread.append(piece)
        return True

    def feed(self, piece: str) -> Split:
        """Take the next piece."""
        if self.passes(piece):
            return Split(piece)
        self._held += piece
        return self._read(last=False)

    def flush(self) -> Split:
        """The text that was held back, when nothing more comes."""
        return self._read(last=True)

    def _read(self, last: bool) -> Split:
        text: list[str] = []
        thought: list[str] = []
        was_thought = False
        going_on = True
        while going_on:
            if self._state in (_BEGINNING, _AFTER):
                going_on = self._begin(last)
            elif self._state == _THOUGHT:
                going_on = self._think(thought, last)
            elif self._state == _TEXT:
                going_on = self._answer(text, last)
                if self._state == _AFTER:
                    thought, text, was_thought = text, [], True
            else:
                text.append(self._held)
                self._held, going_on = "", False
        return Split("".join(text), "".join(thought), was_thought)

    def _begin(self, last: bool) -> bool:
        """Find out how the text begins, or continues after a thought; returns whether that is known."""
        words = self._held.lstrip()
        lowered, after = words.translate(_LOWER), self._state == _AFTER
        if after:
            self._held = words
        if len(self._held) - len(words) < _LONGEST_BLANK:
            for opening, closing in zip(self._tags.opening, self._tags.closing, strict=True):
                if opening and lowered.startswith(opening):
                    self._held, self._closing, self._state = words[len(opening) :], closing, _THOUGHT
                    self._blank = "\n" if self._thought_begun else ""
                    return True
            if not last and (not words or any(opening.startswith(lowered) for opening in self._tags.opening)):
                return False
        self._state = _ANSWER if after and words else _AFTER if after else _TEXT
        return bool(self._held)

    def _think(self, thought: list[str], last: bool) -> bool:
        """Read a thought up to its closing tag; returns whether the tag has come."""
        held, lowered, end = self._held, self._held.translate(_LOWER), 0
        while (start := lowered.find(self._closing, end)) >= 0:
            end = start + len(self._closing)
            before, behind = held[max(0, start - 1) : start], held[end : end + 1]
            if before not in _AROUND or (last and not behind) or (behind and behind not in _AROUND):
                self._add_thought(thought, held[:start])
                self._blank, self._held, self._state = "", held[end:], _AFTER
                return True
            if not behind:
                break
        ready = start if start >= 0 else len(held) if last else len(held) - _overlap(lowered, (self._closing,))
        if ready and not last:
            # The character before a tag tells whether the tag is only mentioned.
            ready -= held[ready - 1] in _AROUND
        self._add_thought(thought, held[:ready])
        self._held = held[ready:]
        return False

    def _add_thought(self, thought: list[str], words: str) -> None:
        """Add a piece of a thought, without the blanks at the ends of the thought."""
        if not self._thought_begun:
            words = words.lstrip()
        if not (bare := words.rstrip()):
            self._blank += words if self._thought_begun else ""
            return
        thought.append(self._blank + bare)
        self._blank, self._thought_begun = words[len(bare) :], True

    def _answer(self, text: list[str], last: bool) -> bool:
        """Read text that is the answer, unless a closing tag shows that it was a thought; returns whether it was."""
        held, given = self._held, 0
        for tag in self._tags.pattern.finditer(held):
            following = held[tag.end() :]
            if not last and not following.strip() and len(following) < _LONGEST_BLANK:
                self._give(text, held[given : tag.start()])
                self._held = held[tag.start() :]
                return False
            self._give(text, held[given : tag.start()])
            given = tag.start()
            if self._is_mentioned(following):
                continue
            if tag[0].translate(_LOWER) in self._tags.opening:
                self._open += 1
            elif self._open:
                self._open -= 1
            else:
                self._held, self._state, self._thought_begun = following, _AFTER, True
                return True
        kept = 0 if last else _overlap(held[given:].translate(_LOWER), (*self._tags.opening, *self._tags.closing))
        self._give(text, held[given : len(held) - kept])
        self._held = held[len(held) - kept :]
        return False

    def _give(self, text: list[str], words: str) -> None:
        if words:
            text.append(words)
            self._unread.append(words)

    def _is_mentioned(self, following: str) -> bool:
        """Whether a tag with `following` behind it is only mentioned: in code, in quotation marks, in a sentence."""
        unread = "".join(self._unread)
        self._unread.clear()
        self._fenced ^= len(_FENCE.findall(unread)) % 2 == 1
        self._line = (self._line + unread).rpartition("\n")[2][-_LINE:]
        line = self._line
        indented = not line.strip() and (line.startswith("\t") or len(line) >= _INDENTED)
        if self._fenced or indented or line.replace("```", "").count("`") % 2:
            return True
        if line[-1:] in _AROUND and following[:1] in _AROUND:
            return True
        before, following = line.rstrip(), following[:_LONGEST_BLANK]
        blank = following[: len(following) - len(following.lstrip())]
        next_one = following[len(blank) : len(blank) + 1]
        mid_sentence = before != line and bool(before) and before[-1] not in _SENTENCE_ENDS
        return mid_sentence and "\n" not in blank and not next_one.isupper()


_State = int
_BEGINNING, _THOUGHT, _AFTER, _TEXT, _ANSWER = range(5)
"""Nothing but blanks has come; within a thought; after one; within text that may turn out to be a thought; within the
answer, whatever comes."""


def split_thought(text: str, tags: Sequence[str] = TAGS, given: str = "") -> tuple[str, str]:
    """The thoughts and the answer in a whole text."""
    thoughts = ThoughtSplitter(tags, given)
    thought, answer = "", ""
    for split in (thoughts.feed(text), thoughts.flush()):
        if split.was_thought:
            thought, answer = thought + answer, ""
        thought, answer = thought + split.thought, answer + split.text
    return thought.strip(), answer


def _overlap(text: str, tags: Sequence[str]) -> int:
    """How many characters at the end of a text may be the beginning of a tag."""
    longest = min(len(text), max(map(len, tags), default=1) - 1)
    return next((n for n in range(longest, 0, -1) if any(tag.startswith(text[-n:]) for tag in tags)), 0)


@lru_cache(maxsize=64)
def _compiled(tags: tuple[str, ...]) -> _Tags:
    opening, closing = (tuple(tag.translate(_LOWER) for tag in tags[start::2]) for start in (0, 1))
    every = sorted({tag for tag in (*opening, *closing) if tag}, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, every)) or r"(?!)", re.IGNORECASE | re.ASCII)
    first = "".join({re.escape(case) for tag in every for case in (tag[0], tag[0].upper())})
    return _Tags(opening, closing, pattern, re.compile(f"[{first}]" if first else r"(?!)").search)
