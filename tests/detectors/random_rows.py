"""Fine-tuning rows for tests of size."""

from random import Random


def random_rows(count: int) -> list[list[tuple[str, str]]]:
    """So many rows of 80 words, drawn at random, always the same."""
    random = Random(1)
    words = [f"{a}{b}{c}" for a in "bdfgklm" for b in "aeiou" for c in ("n", "st", "rt", "lk", "nd", "mp", "sk")]
    words += [f"{word}{ending}" for word in words for ending in ("er", "ing", "ed", "ly", "ness", "able", "ment")]

    def text(length: int) -> str:
        return " ".join(random.choices(words, k=length))

    return [[("user", text(15)), ("assistant", text(65))] for _ in range(count)]
