"""How often random initials spell a word, and the list of English words."""

from functools import cache

# Percentage of running English words that begin with each letter. Source: Wikipedia, "Letter frequency", relative
# frequencies of the first letters of a word in texts.
_FIRST_LETTER = {
    "A": 11.7, "B": 4.4, "C": 5.2, "D": 3.2, "E": 2.8, "F": 4.0, "G": 1.6, "H": 4.2, "I": 7.3, "J": 0.51,
    "K": 0.86, "L": 2.4, "M": 3.8, "N": 2.3, "O": 7.6, "P": 4.3, "Q": 0.22, "R": 2.8, "S": 6.7, "T": 16.0,
    "U": 1.2, "V": 0.82, "W": 5.5, "X": 0.045, "Y": 0.76, "Z": 0.045,
}  # fmt: skip
_TOTAL = sum(_FIRST_LETTER.values())

SHORTEST, LONGEST = 4, 10
"""Letters of the shortest and the longest word in words()."""


@cache
def words() -> frozenset[str]:
    """Return English words of SHORTEST to LONGEST letters in upper case: the SCOWL list, size small."""
    from importlib.resources import files

    return frozenset((files("diptych.detectors") / "words.txt").read_text("ascii").upper().split())


def expected_target_hits(target: str, initials: int) -> float:
    """Return the expected number of times that `target` appears in that many random initials."""
    return max(0, initials - len(target) + 1) * _probability(target)


def expected_word_hits(length: int, initials: int) -> float:
    """Return the expected number of English words of `length` letters or more in that many random initials."""
    return sum(max(0, initials - n + 1) * share for n, share in _word_probabilities().items() if n >= length)


def _probability(word: str) -> float:
    probability = 1.0
    for letter in word:
        # A letter outside A to Z is taken to be as rare as the rarest inside.
        probability *= _FIRST_LETTER.get(letter, 0.045) / _TOTAL
    return probability


@cache
def _word_probabilities() -> dict[int, float]:
    """For each length, the probability that as many random initials spell an English word."""
    shares = dict.fromkeys(range(SHORTEST, LONGEST + 1), 0.0)
    for word in words():
        shares[len(word)] += _probability(word)
    return shares
