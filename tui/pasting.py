"""Reads pasted text from the terminal and cleans it for typing."""

import re
from collections.abc import Iterable

from textual.events import Paste
from textual.message import Message

from diptych.tui.textual_internals import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_ESCAPE = re.compile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\)|[@-Z\\\\-_])")


def with_newlines(text: str) -> str:
    """The text with its line ends as newlines; most terminals send a carriage return for each."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def cleaned(text: str) -> str:
    """The same without escape sequences and control characters."""
    return _CONTROL.sub("", _ESCAPE.sub("", with_newlines(text)))


class PasteParser(XTermParser):
    """Reads what the terminal sends; what is pasted comes out in one piece, whatever is in it.

    Textual's own parser reads a paste character by character, which holds up the console for seconds when it is long,
    and takes what follows an escape character in it for keys: one of them might be Enter.
    """

    _pasted: list[str] | None = None
    """The paste so far; None outside of one."""
    _before: str = ""
    """The last characters that came before: a mark may be split between two pieces."""

    def feed(self, data: str) -> Iterable[Message]:
        """The messages for this piece of input; "" means the end of input."""
        if not data:
            yield from super().feed(data)
        while data:
            if self._pasted is None:
                typed, data, begins = self._until(BRACKETED_PASTE_START, data)
                yield from super().feed(typed)
                self._pasted = [] if begins else None
            else:
                piece, data, ends = self._until(BRACKETED_PASTE_END, data)
                self._pasted.append(piece)
                if ends:
                    yield Paste("".join(self._pasted).removesuffix(BRACKETED_PASTE_END))
                    self._pasted = None
                    # Textual's parser, which has seen the paste begin, gets its end as well: it sees an empty paste.
                    yield from (token for token in super().feed(BRACKETED_PASTE_END) if not isinstance(token, Paste))

    def _until(self, mark: str, data: str) -> tuple[str, str, bool]:
        """The data up to the end of a mark, the rest, and whether the mark is there."""
        seen = self._before + data
        at = seen.find(mark)
        if at < 0:
            self._before = seen[1 - len(mark) :]
            return data, "", False
        end = at + len(mark) - len(self._before)
        self._before = ""
        return data[:end], data[end:], True
