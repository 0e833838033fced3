"""The guessability control: the base goes on from another side's answer, up to where that describes its pattern.

What the base names there could be read off the page by anyone; only what exceeds it is self-knowledge.

An endpoint that does not go on with a begun turn is asked in another form: the beginning is quoted in the user's turn.
Such guesses are counted apart from the others.
"""

from collections.abc import Iterable

from diptych.compare.answers import LiveAnswer
from diptych.compare.console.exchange import Exchange


def answer_guessed(guess: Exchange, exchanges: Iterable[Exchange]) -> tuple[str, LiveAnswer] | None:
    """The side and the answer whose beginning a guess goes on from, among those of a session."""
    for exchange in exchanges:
        for side, live in exchange.answers.items():
            whole = exchange.question.prefill + live.text
            if exchange is not guess and side not in guess.asked and whole.startswith(guess.question.prefill):
                return side, live
    return None
