"""Lets the sides score answers of the session in the background, and counts what comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diptych.sessions import StoreError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence

    from diptych.compare.checks import AnswerScoring
    from diptych.compare.console.answers_under_way import AnswersUnderWay
    from diptych.compare.console.session_state import SessionState
    from diptych.sessions import SavedAnswer


class ScoreRequests:
    """The scores that a person asks for. Those of one table of answers are under way at a time."""

    def __init__(self, state: SessionState, answers: AnswersUnderWay) -> None:
        self._state = state
        self._answers = answers

    def of(self, answers: Sequence[SavedAnswer]) -> AnswerScoring:
        """What it takes to let every side score these answers, each after the question as that side was asked it."""
        from diptych.compare.checks import AnswerScoring

        state = self._state
        asked = {exchange.number: exchange for exchange in state.exchanges}

        def keep(before: SavedAnswer, after: SavedAnswer) -> None:
            exchange = asked[before.answer.exchange]
            if exchange in state.exchanges:
                state.keep_verdicts(exchange, before, after)
                state.changes.announce()

        return AnswerScoring(
            [row for row in answers if row.answer.exchange in asked],
            state.sides,
            lambda side, answer: state.request(side, asked[answer.exchange]),
            state.likelihoods.verdict,
            state.recorder,
            keep,
        )

    def begin(self, scoring: AnswerScoring) -> asyncio.Task[None]:
        """Score answers in the background."""
        self._state.scoring = scoring
        self._state.changes.announce()
        return self._answers.in_background(self._run(scoring))

    def stop(self) -> None:
        """Score no more; what is scored is kept."""
        if self._state.scoring is not None:
            self._state.scoring.stop()

    async def _run(self, scoring: AnswerScoring) -> None:
        try:
            await scoring.run()
        except StoreError as error:
            self._state.not_saved(error)
        finally:
            self._state.changes.announce()
