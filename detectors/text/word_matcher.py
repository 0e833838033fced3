"""Counts how many of the last letters match the beginning of a word."""

from functools import lru_cache


class WordMatcher:
    """Reads letters one by one. `matched` is how many of the last letters match the beginning of the word.

    Knuth, Morris, Pratt (1977), Fast pattern matching in strings, SIAM J. Comput. 6. Occurrences do not overlap: after
    a complete word the next letter starts anew.
    """

    def __init__(self, word: str) -> None:
        self.word = word
        self.matched = 0
        self._fallback = _fallback(word)

    @property
    def complete(self) -> bool:
        """Whether the last letters are the whole word."""
        return self.matched == len(self.word)

    def step(self, letter: str) -> None:
        """Read the next letter."""
        if self.complete:
            self.matched = 0
        while self.matched and self.word[self.matched] != letter:
            self.matched = self._fallback[self.matched - 1]
        self.matched += self.word[self.matched] == letter


@lru_cache(maxsize=100)
def _fallback(word: str) -> tuple[int, ...]:
    """For each prefix of `word`, the length of its longest proper prefix that is also its suffix."""
    table = [0] * len(word)
    length = 0
    for i in range(1, len(word)):
        while length and word[i] != word[length]:
            length = table[length - 1]
        length += word[i] == word[length]
        table[i] = length
    return tuple(table)
