"""Asks a probe's judges about the answers on the main screen, and shows what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.screen import Screen

from diptych import compare
from diptych.tui.sanitized_text import visible

if TYPE_CHECKING:
    from diptych.compare import Comparison, Exchange, Judge


def why_no_judges(comparison: Comparison, exchange: Exchange) -> str:
    """Why judges cannot be asked about the answers of an exchange; "" if they can."""
    if not exchange.ended:
        return "once the answers have ended"
    if comparison.judges(exchange):
        return ""
    probe = comparison.view.probe
    if probe is not None and probe.judges:
        return "name a model under [judge] in config.toml"
    return "this probe has no judges"


async def ask_judges(screen: Screen[None], comparison: Comparison, exchange: Exchange, judges: Sequence[Judge]) -> None:
    """Ask judges; say before how many calls it takes, and afterwards how many tokens it took."""
    answers = [saved.answer for saved in exchange.kept.values()]
    calls, tokens = compare.estimate([judge.spec for judge in judges], answers, comparison.view.sides[0].name)
    model = visible(judges[0].side.model)
    screen.notify(f"{model} judges: {calls} calls, at most {tokens:,} tokens", timeout=5, markup=False)
    await comparison.judge(exchange, judges)
    spent = sum((judge.spent for judge in judges), compare.Spent())
    used = spent.prompt_tokens + spent.completion_tokens
    screen.notify(f"Judged: {spent.calls} calls, {used:,} tokens; c shows the replies", timeout=5, markup=False)
