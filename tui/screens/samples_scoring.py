"""Lets the sides score all answers to a question, and says what it takes and what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.screen import Screen

from diptych.compare import AnswerScoring, Comparison, ScoringCost
from diptych.tui.sanitized_text import visible

if TYPE_CHECKING:
    from diptych.sessions import SavedAnswer


class SamplesScoring:
    """Scores answers at the second press of the key: the first says what it takes."""

    def __init__(self, screen: Screen[None], comparison: Comparison) -> None:
        self._screen = screen
        self._comparison = comparison
        self._told: ScoringCost | None = None
        """The cost that was told last."""

    @property
    def _under_way(self) -> bool:
        """Whether answers are being scored."""
        scoring = self._comparison.view.scoring
        return scoring is not None and scoring.under_way

    def ask(self, answers: Sequence[SavedAnswer]) -> None:
        """Say what it takes to score those answers that have no scores yet, or begin if that was just said."""
        scoring = self._comparison.scoring(answers)
        if self._under_way:
            self._screen.notify("The answers are scored already; x stops it", timeout=4)
        elif not scoring.cost.passes:
            self._screen.notify("Nothing to score: every finished answer has its scores", timeout=4)
        elif scoring.cost == self._told:
            self._told = None
            self._screen.run_worker(self._report(scoring, self._comparison.score(scoring)))
        else:
            self._told = scoring.cost
            self._screen.notify(f"{_cost_words(self._comparison, scoring)}; press e again to score", timeout=8)

    async def _report(self, scoring: AnswerScoring, scored: asyncio.Task[None]) -> None:
        # The scoring goes on if the screen is left.
        await asyncio.wait([scored])
        words = f"Scored: {scoring.done:,} of {scoring.cost.passes:,}"
        failures = (f"{side}: {failure.message}; {failure.advice()}" for side, failure in scoring.failures.items())
        said = visible("\n".join([words, *failures]))
        self._screen.notify(said, timeout=8, markup=False, severity="warning" if scoring.failures else "information")


def _cost_words(comparison: Comparison, scoring: AnswerScoring) -> str:
    sides = " and ".join(side.name for side in comparison.view.sides)
    passes, tokens = scoring.cost
    return f"{sides} read {passes:,} answers, about {tokens:,} tokens"


def progress_words(scoring: AnswerScoring | None) -> list[str]:
    """How far the scoring has come; nothing when none is under way."""
    if scoring is None or not scoring.under_way:
        return []
    return [f"▸ scoring: {scoring.done:,} of {scoring.cost.passes:,} · x stops it"]
