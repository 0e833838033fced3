"""Cuts text into the pieces of the reader's vocabulary: WordPiece without case and accents, as BERT has it (Devlin et
al., arXiv 1810.04805)."""

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

UNKNOWN = "[UNK]"
_LONGEST = 100
"""Characters of a word beyond which it is unknown."""


class WordPieces:
    """A vocabulary, whose pieces are numbered in order. A piece that goes on a word begins with ##."""

    def __init__(self, pieces: Sequence[str]) -> None:
        self._numbers = {piece: number for number, piece in enumerate(pieces)}
        self._of_word = lru_cache(maxsize=20_000)(self._cut)

    def __call__(self, text: str) -> list[int]:
        """Return the numbers of the pieces of a text."""
        return [number for word in _words(text) for number in self._of_word(word)]

    def _cut(self, word: str) -> tuple[int, ...]:
        """The pieces of a word, the longest that fits first; unknown if there are none."""
        unknown = (self._numbers[UNKNOWN],)
        if len(word) > _LONGEST:
            return unknown
        found: list[int] = []
        start = 0
        while start < len(word):
            before = "##" if start else ""
            for end in range(len(word), start, -1):
                number = self._numbers.get(before + word[start:end])
                if number is not None:
                    found.append(number)
                    start = end
                    break
            else:
                return unknown
        return tuple(found)


def _words(text: str) -> Iterator[str]:
    """Yield words and signs in lower case, without accents and control characters."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(c) != "Mn")
    word = ""
    for character in plain:
        category = unicodedata.category(character)
        if character.isspace():
            sign, ends = "", True
        elif category in ("Cc", "Cf", "Co", "Cn") or character == "\ufffd":
            continue
        else:
            sign = character if _stands_alone(character, category) else ""
            ends = bool(sign)
        if not ends:
            word += character
            continue
        if word:
            yield word
            word = ""
        if sign:
            yield sign
    if word:
        yield word


def _stands_alone(character: str, category: str) -> bool:
    """Return whether a character is a word of its own: punctuation, ASCII signs and Chinese characters."""
    is_ascii_sign = character.isascii() and not character.isalnum()
    return is_ascii_sign or category.startswith("P") or "\u4e00" <= character <= "\u9fff"
