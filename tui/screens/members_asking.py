"""Asks all members of a family the question that is on the main screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from diptych.sessions import StoreError
from diptych.tui import screens
from diptych.tui.sanitized_text import visible

if TYPE_CHECKING:
    from textual.screen import Screen

    from diptych.compare import Comparison, Exchange


def ask_members(screen: Screen[Any], comparison: Comparison, exchange: Exchange | None) -> None:
    """Let the user say how many answers of each member, and ask for them in the background."""
    view = comparison.view
    if exchange is None:
        screen.notify("Ask a question on the main screen first", timeout=3)
        return
    if exchange.question.is_guess or len(set(exchange.histories.values())) > 1:
        screen.notify("This question goes on from earlier answers; ask a fresh one", timeout=4)
        return
    if view.streaming or (view.background is not None and view.background.under_way):
        screen.notify("Wait until the answers have come, or stop them with ctrl+c", timeout=3)
        return

    def ask(count: int | None) -> None:
        if count is not None:
            screen.run_worker(begin(count))

    async def begin(count: int) -> None:
        try:
            await comparison.sample_members(exchange, count)
        except StoreError as error:
            screen.notify(visible(error.text()), severity="error", markup=False)

    screen.app.push_screen(screens.HowManyScreen(view.samples_wanted, 1, False, whom="member"), ask)
