"""The guessability control: the base goes on from another side's answer, up to where that describes its pattern.

What the base names there could be read off the page by anyone; only what exceeds it is self-knowledge.

An endpoint that does not go on with a begun turn is asked in another form: the beginning is quoted in the user's turn.
Such guesses are counted apart from the others.
"""

from collections.abc import Iterable

from backends import Form
from compare.exchange import Exchange
from compare.live import LiveAnswer
from compare.side import Side
from detectors import Finding
from sessions import Answer


def description_in(findings: Iterable[Finding]) -> Finding | None:
    """The description of a pattern up to whose first words an answer is given to the base; None where there is none."""
    return next((finding for finding in findings if finding.kind == "description" and finding.spans), None)


def guess_form(base: Side) -> Form:
    """How the base is asked to go on."""
    return "chat" if base.backend.continues_turns else "quoted"


def beginning_of(answer: Answer, described: Finding) -> str:
    """What the base is given of an answer: all that stands before its description."""
    return answer.prefill + answer.text[: described.spans[0].start]


def answer_guessed(guess: Exchange, exchanges: Iterable[Exchange]) -> tuple[str, LiveAnswer] | None:
    """The side and the answer whose beginning a guess goes on from, among those of a session."""
    for exchange in exchanges:
        for side, live in exchange.answers.items():
            whole = exchange.prefill + live.text
            if exchange is not guess and side not in guess.asked and whole.startswith(guess.prefill):
                return side, live
    return None
