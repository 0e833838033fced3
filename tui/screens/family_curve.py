"""Opens the curve of a family, and keeps its numbers up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from diptych.tui import screens
from diptych.tui.claims import has_claim
from diptych.tui.comparison_status import saved_words

if TYPE_CHECKING:
    from textual.screen import Screen

    from diptych.compare import SessionView, StoredFamily
    from diptych.tui.stored_numbers import StoredNumbers


async def show_curve(screen: Screen[Any], view: SessionView, numbers: StoredNumbers[StoredFamily]) -> None:
    """Open the curve above a screen; with a message where there is nothing to draw."""
    if view.session is not None and not numbers.fresh:
        screen.notify("Reading the answers of all members…", timeout=2)
    await numbers.read()
    stored = numbers.stored
    if not screen.is_current:
        return
    if stored is None or not any(measure.curves for measure in stored.document.measures):
        nothing = "Nothing has been counted yet" if stored is None or not stored.document.measures else ""
        screen.notify(nothing or "A curve takes an arm with at least three x that were asked", timeout=4)
        return
    curve = screens.CurveScreen(stored.document, stored.said, *saved_words(view), has_claim(view.probe))

    def show() -> None:
        if numbers.stored is not None:
            curve.show(numbers.stored.document, numbers.stored.said, *saved_words(view))

    await screen.app.push_screen(curve)
    curve.run_worker(numbers.follow(show))
