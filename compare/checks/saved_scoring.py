"""Lets sides score the answers of a saved session, for the command and the Python API."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from diptych.compare.answers import Side, backends_of
from diptych.compare.checks.answer_scoring import AnswerScoring
from diptych.compare.checks.divergence import Likelihoods
from diptych.compare.checks.saved_divergence import request_of_saved
from diptych.probes import Probe
from diptych.sessions import Recorder, SavedAnswer

Listener = Callable[[AnswerScoring], None]


async def score_saved(
    store: Path,
    saved: Sequence[SavedAnswer],
    sides: Sequence[Side],
    probe: Probe | None,
    begins: Listener = lambda scoring: None,
    scored: Listener = lambda scoring: None,
) -> AnswerScoring:
    """Score all answers of a session that have no scores yet under all sides, and keep the scores in the store.

    Each side reads an answer after the question as it was asked in that exchange. `begins` is called once it is known
    what it takes, `scored` after each answer. Servers that were started are ended. Raises StoreError.
    """
    likelihoods, recorder = Likelihoods(), Recorder(store)
    answers = [row.answer for row in saved]

    def keep(before: SavedAnswer, after: SavedAnswer) -> None:
        if scoring.done:
            scored(scoring)

    scoring = AnswerScoring(
        saved,
        sides,
        lambda side, answer: request_of_saved(side, answer, answers, probe),
        likelihoods.verdict,
        recorder,
        keep,
    )
    begins(scoring)
    try:
        await scoring.run()
    finally:
        await likelihoods.close()
        for backend in backends_of(sides):
            await backend.close()
        await asyncio.to_thread(recorder.close)
    return scoring
