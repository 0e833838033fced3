"""Text of models, files and servers made harmless: what would act on a terminal is shown as a symbol."""

import re

# Everything that steers a terminal or hides text: C0 without newline, DEL, C1, soft hyphen, zero-width and
# bidirectional signs, separators, variation selectors, halves of surrogate pairs, byte order mark, tags.
_ACTING = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
_PRESENTATION = frozenset("\u200d\ufe0e\ufe0f")
"""Joiner and variation selectors: parts of emoji, without a picture of their own."""


def visible(text: str) -> str:
    """The same number of characters, none of which acts; newlines stay."""
    if text.isascii() and text.isprintable():
        return text
    return _ACTING.sub(_symbol, text)


def escaped_json(document: bytes) -> bytes:
    """The same JSON, in which what would act on a terminal is written as \\uXXXX; for a reader it says the same."""
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
    return "·" if char in _PRESENTATION else "\ufffd"


def _escape(match: re.Match[str]) -> str:
    units = match.group().encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
