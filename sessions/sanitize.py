"""Makes text of models, files and servers safe to print: control characters are shown as symbols."""

import re

# Everything that controls a terminal or is invisible: C0 without newline, DEL, C1, separators, bidirectional signs, all
# characters that Unicode calls default-ignorable or format controls, halves of surrogate pairs, noncharacters.
_UNSEEN = (
    "\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
) + "".join(chr(plane + end) for plane in range(0x10000, 0x110000, 0x10000) for end in (0xFFFE, 0xFFFF))
# Signs that a terminal may or may not combine with their neighbours, so that their width is unpredictable.
_MODIFIERS, _FLAG_LETTERS = "\U0001f3fb-\U0001f3ff", "\U0001f1e6-\U0001f1ff"
_ACTING = re.compile(f"[{_UNSEEN}]")
_CHANGED = re.compile(f"[{_UNSEEN}{_MODIFIERS}{_FLAG_LETTERS}]")
_PRESENTATION = frozenset("\u200d\ufe0e\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
"""Joiner, variation selectors and skin colours: parts of emoji without a picture of their own."""


def visible(text: str) -> str:
    """Return the text with every control character and unpredictable sign replaced by one visible symbol. Newlines
    stay, and the length stays the same."""
    if text.isascii() and text.isprintable():
        return text
    return _CHANGED.sub(_symbol, text)


def escaped_json(document: bytes) -> bytes:
    r"""Return the same JSON with control characters written as \uXXXX. Its meaning does not change."""
    if document.isascii() and b"\x7f" not in document:
        return document
    return _ACTING.sub(_escape, document.decode()).encode()


def _symbol(match: re.Match[str]) -> str:
    char = match.group()
    code = ord(char)
    if char == "\t":
        return " "
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if 0x1F1E6 <= code <= 0x1F1FF:
        return chr(code - 0x1F1E6 + ord("Ⓐ"))
    return "·" if char in _PRESENTATION else "\ufffd"


def _escape(match: re.Match[str]) -> str:
    units = match.group().encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
