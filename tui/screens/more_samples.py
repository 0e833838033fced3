"""Asks for more samples of a question in the background, and pauses and stops them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from diptych.tui.screens.how_many_screen import HowManyScreen

if TYPE_CHECKING:
    from textual.screen import Screen

    from diptych.compare import BackgroundSamples, Comparison, Exchange


class MoreSamples:
    """Asks how many, refuses what cannot be asked, and says why."""

    def __init__(self, screen: Screen[None], comparison: Comparison, look: Callable[[], None]) -> None:
        """`look` shows what has changed."""
        self._screen, self._comparison, self._look = screen, comparison, look
        self._view = comparison.view

    def ask(self, exchange: Exchange, all_wordings: bool) -> None:
        """Let the user say how many samples of each side, and ask for them."""
        if self._would_stop_others(exchange, all_wordings):
            self._screen.notify("Other samples are under way; x stops them", timeout=4)
            return
        if exchange.question.is_guess:
            self._screen.notify("A guess goes on from one answer; it has no further samples", timeout=4)
            return
        if exchange.question.is_about_answers:
            self._screen.notify("This asks about two answers of the session; it has no further samples", timeout=4)
            return

        def ask(count: int | None) -> None:
            if count is not None:
                self._comparison.sample(exchange, count, all_wordings)
                self._look()

        wordings = len(self._view.wordings(exchange)) if all_wordings else 1
        conversing = any(exchange.histories.values())
        self._screen.app.push_screen(HowManyScreen(self._view.samples_wanted, wordings, conversing), ask)

    def pause(self, samples: BackgroundSamples | None) -> None:
        """Ask for nothing more for now, or go on. `samples`: those of the question that is shown."""
        if samples is None or not samples.under_way:
            self._screen.notify("Nothing is under way; n asks for more samples", timeout=3)
        else:
            self._comparison.pause_samples(not samples.paused)
        self._look()

    def stop(self) -> None:
        """Stop samples and scoring, of this question or of another; what has come is kept."""
        under_way = (each for each in (self._view.background, self._view.scoring) if each is not None)
        if not any(each.under_way for each in under_way):
            self._screen.notify("Nothing is under way; esc goes back", timeout=3)
        else:
            self._comparison.stop_samples()
            self._comparison.stop_scoring()

    def _would_stop_others(self, exchange: Exchange, all_wordings: bool) -> bool:
        """Whether samples are under way that could not go on if these were asked for."""
        background = self._view.background
        if background is None or not background.under_way:
            return False
        wanted = self._view.wordings(exchange) if all_wordings else [exchange.prompt]
        prompts = {other.prompt for other in background.exchanges}
        return background.exchanges[0].group != exchange.group or prompts != set(wanted)
