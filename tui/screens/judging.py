"""Asks judges about the answers on the main screen or to a whole question, and shows what it costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.screen import Screen

from diptych import compare
from diptych.tui.sanitized_text import visible

if TYPE_CHECKING:
    from diptych.compare import Comparison, Exchange, Judge
    from diptych.sessions import SavedAnswer


def why_no_judges(comparison: Comparison, exchange: Exchange) -> str:
    """Why judges cannot be asked about the answers of an exchange; "" if they can."""
    if not exchange.ended:
        return "once the answers have ended"
    if comparison.judges(exchange):
        return ""
    if comparison.judge_specs:
        return "name a model under [judge] in config.toml"
    return "this probe has no judges" if comparison.view.probe is not None else "there are no judges in config.toml"


async def ask_judges(screen: Screen[None], comparison: Comparison, exchange: Exchange, judges: Sequence[Judge]) -> None:
    """Ask judges; say before how many calls it takes, and afterwards how many tokens it took."""
    screen.notify(_cost(comparison, list(exchange.kept.values()), judges), timeout=5, markup=False)
    await comparison.judge(exchange, judges)
    screen.notify(f"{_spent(judges)}; c shows the replies", timeout=5, markup=False)


class SamplesJudging:
    """Asks judges about all answers to a question, at the second press of the key: the first says what it takes."""

    def __init__(self, screen: Screen[None], comparison: Comparison, judged: Callable[[], None]) -> None:
        """`judged` is called when all verdicts are there."""
        self._screen = screen
        self._comparison = comparison
        self._judged = judged
        self._told = ""
        """The cost that was told last."""
        self._under_way = False

    def ask(self, exchange: Exchange, answers: Sequence[SavedAnswer]) -> None:
        """Say what it takes, or ask if that was just said. `exchange`: one of those that the answers belong to."""
        judges = self._comparison.judges(exchange)
        if not judges or self._under_way:
            words = "The judges are asked already" if judges else why_no_judges(self._comparison, exchange)
            self._screen.notify(words, timeout=4, markup=False)
            return
        cost = _cost(self._comparison, answers, judges)
        if cost == self._told:
            self._screen.run_worker(self._judge(answers, judges))
        else:
            self._told = cost
            self._screen.notify(f"{cost}; press c again to ask", timeout=8, markup=False)

    async def _judge(self, answers: Sequence[SavedAnswer], judges: Sequence[Judge]) -> None:
        self._told, self._under_way = "", True
        try:
            await self._comparison.judge_answers(answers, judges)
        finally:
            self._under_way = False
        self._judged()
        self._screen.notify(_spent(judges), timeout=5, markup=False)


def _cost(comparison: Comparison, saved: Sequence[SavedAnswer], judges: Sequence[Judge]) -> str:
    answers = [row.answer for row in saved]
    calls, tokens = compare.estimate([judge.spec for judge in judges], answers, comparison.view.sides[0].name)
    return f"{visible(judges[0].side.model)} judges: {calls:,} calls, at most {tokens:,} tokens"


def _spent(judges: Sequence[Judge]) -> str:
    spent = sum((judge.spent for judge in judges), compare.Spent())
    return f"Judged: {spent.calls:,} calls, {spent.prompt_tokens + spent.completion_tokens:,} tokens"
