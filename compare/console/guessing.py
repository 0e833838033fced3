"""The guessability control: the base goes on from another side's answer, up to where that describes its pattern.

What the base names there, anyone could guess from the text before it. Only what exceeds the base's rate is
self-knowledge.

Some endpoints cannot continue a begun answer. They are asked in another mode: the beginning is quoted in the user's
turn. Such guesses are counted apart from the others.
"""

from collections.abc import Iterable

from diptych.compare.answers import LiveAnswer
from diptych.compare.console.exchange import Exchange


def answer_guessed(guess: Exchange, exchanges: Iterable[Exchange]) -> tuple[str, LiveAnswer] | None:
    """The side and the answer that a guess goes on from, among the exchanges of a session; None if it is not there."""
    for exchange in exchanges:
        for side, live in exchange.answers.items():
            whole = exchange.question.prefill + live.text
            if exchange is not guess and side not in guess.asked and whole.startswith(guess.question.prefill):
                return side, live
    return None
