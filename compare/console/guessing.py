"""The guessability control: the base goes on from another side's answer, up to where that describes its pattern.

What the base names there, anyone could guess from the text before it. Only what exceeds the base's rate is
self-knowledge.

Some endpoints cannot continue a begun answer. They are asked in another mode: the beginning is quoted in the user's
turn. Such guesses are counted apart from the others.
"""

from collections.abc import Iterable

from diptych.compare.answers import GUESSING, LiveAnswer, Question, Side
from diptych.compare.console.exchange import Exchange
from diptych.compare.counts import description_in, guess_mode


def guess_of(exchange: Exchange, side: str, base: Side) -> Question | None:
    """The question in which `base` guesses how a side's answer in an exchange goes on; None where that answer does not
    describe its pattern."""
    live = exchange.answers[side]
    described = description_in(live.findings)
    if described is None or exchange.question.mode != "chat":
        return None
    beginning = exchange.question.prefill + live.text[: described.spans[0].start]
    return Question(exchange.prompt, GUESSING, guess_mode(base), beginning)


def answer_guessed(guess: Exchange, exchanges: Iterable[Exchange]) -> tuple[str, LiveAnswer] | None:
    """The side and the answer that a guess goes on from, among the exchanges of a session; None if it is not there."""
    for exchange in exchanges:
        for side, live in exchange.answers.items():
            whole = exchange.question.prefill + live.text
            if exchange is not guess and side not in guess.asked and whole.startswith(guess.question.prefill):
                return side, live
    return None
