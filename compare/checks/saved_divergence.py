"""How likely two sides find an answer that was saved."""

from collections.abc import Sequence

from diptych.backends import Request
from diptych.compare.answers import Question, Side, backends_of, setup_for, setup_of, turns_before
from diptych.compare.checks.divergence import Divergence, Likelihoods
from diptych.probes import Probe
from diptych.sessions import Answer


async def saved_divergence(
    answer: Answer, answers: Sequence[Answer], base: Side, tuned: Side, probe: Probe | None
) -> Divergence:
    """The text of an answer scored under two sides, each asked as it was in the session; `answers` are those of the
    session. Servers that were started are ended. `failure` says if a side cannot score."""
    divergence, likelihoods = Divergence(answer.text), Likelihoods()
    asked = [(side, request_of_saved(side, answer, answers, probe)) for side in (base, tuned)]
    try:
        await likelihoods.compare(divergence, asked[0], asked[1])
    finally:
        await likelihoods.close()
        for backend in backends_of((base, tuned)):
            await backend.close()
    return divergence


def request_of_saved(side: Side, answer: Answer, answers: Sequence[Answer], probe: Probe | None) -> Request:
    """The request of the side in the exchange of the answer. A side that was not asked is asked as it would be now."""
    now = setup_for(side, probe, answer.condition)
    own = next((a for a in answers if a.exchange == answer.exchange and a.side == side.name and _says_how(a)), None)
    setup = setup_of(own, now) if own is not None else now
    history = turns_before(own if own is not None else answer)
    return setup.request(side, Question.of(answer), history)


def _says_how(answer: Answer) -> bool:
    """Whether its request shows how it was asked."""
    return "messages" in answer.request or "prompt" in answer.request
