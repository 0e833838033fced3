"""How far the last letters spell a word."""

from functools import lru_cache


class Progress:
    """Letters go in one by one; `standing` is how many letters of the word the last ones are.

    Knuth, Morris, Pratt (1977), Fast pattern matching in strings, SIAM J. Comput. 6. Occurrences do not overlap: after
    a whole word the next letter begins anew.
    """

    def __init__(self, word: str) -> None:
        self.word = word
        self.standing = 0
        self._fallback = _fallback(word)

    @property
    def complete(self) -> bool:
        """Whether the last letters are the whole word."""
        return self.standing == len(self.word)

    def step(self, letter: str) -> None:
        """Take the next letter."""
        if self.complete:
            self.standing = 0
        while self.standing and self.word[self.standing] != letter:
            self.standing = self._fallback[self.standing - 1]
        self.standing += self.word[self.standing] == letter


@lru_cache(maxsize=100)
def _fallback(word: str) -> tuple[int, ...]:
    """For each prefix of `word` the length of its longest proper prefix that is also its suffix."""
    table = [0] * len(word)
    length = 0
    for i in range(1, len(word)):
        while length and word[i] != word[length]:
            length = table[length - 1]
        length += word[i] == word[length]
        table[i] = length
    return tuple(table)
