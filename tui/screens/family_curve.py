"""Opens the curve of a family, and keeps its numbers up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from diptych.tui import screens
from diptych.tui.comparison_status import saved_words
from diptych.tui.family_numbers import FamilyNumbers

if TYPE_CHECKING:
    from textual.screen import Screen

    from diptych.compare import Comparison


async def show_curve(screen: Screen[Any], comparison: Comparison, numbers: FamilyNumbers | None = None) -> None:
    """Open the curve above a screen; with a message where there is nothing to draw. `numbers`: those that the screen
    has read already."""
    numbers = numbers or FamilyNumbers(comparison)
    await numbers.read()
    stored = numbers.stored
    if stored is None or not any(measure.curves for measure in stored.document.measures):
        nothing = "Nothing has been counted yet" if stored is None or not stored.document.measures else ""
        screen.notify(nothing or "A curve takes an arm with at least three x that were asked", timeout=4)
        return
    curve = screens.CurveScreen(stored.document, stored.said, *saved_words(comparison.view))
    following = FamilyNumbers(comparison)

    def show() -> None:
        if following.stored is not None:
            curve.show(following.stored.document, following.stored.said, *saved_words(comparison.view))

    await screen.app.push_screen(curve)
    curve.run_worker(following.follow(show))
