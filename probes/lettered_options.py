"""Options to choose from, as they stand in a prompt."""

from collections.abc import Sequence
from itertools import permutations
from string import ascii_uppercase

_ALL_ORDERS = 3
"""Up to this many options every order is asked; four would give 24 prompts for each paraphrase."""


def lettered(options: Sequence[str], letters: str = ascii_uppercase) -> str:
    """Return the options as lettered lines, at most as many as there are letters: "A: first", "B: second"."""
    return "\n".join(f"{letter}: {option}" for letter, option in zip(letters, options, strict=False))


def orders(options: Sequence[str]) -> Sequence[Sequence[str]]:
    """Return every order of up to three options, every rotation of more."""
    if len(options) <= _ALL_ORDERS:
        return list(permutations(options))
    return [[*options[at:], *options[:at]] for at in range(len(options))]
