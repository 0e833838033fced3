"""Lets a person label an answer on the main screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import Screen

from diptych.sessions import Store, StoreError
from diptych.tui import screens
from diptych.tui.sanitized_text import visible

if TYPE_CHECKING:
    from diptych.compare import Comparison, Exchange


def ask_for_label(screen: Screen[None], comparison: Comparison, exchange: Exchange, side: str, shown_as: str) -> None:
    """Open a dialog for the label of a side's answer; labels that were given before are offered. `shown_as` is the
    name or the number under which the side is shown."""
    try:
        used = Store(comparison.view.store).recent_labels()
    except StoreError as error:
        screen.notify(visible(error.text()), severity="error", markup=False)
        return

    what = f"answer {shown_as}" if exchange.hidden else f"{shown_as}'s answer"

    def labelled(value: str | None) -> None:
        if value:
            screen.run_worker(comparison.label(exchange, side, value, blind=exchange.hidden))
            screen.notify(f"Labelled {what}: {visible(value)}", timeout=3, markup=False)

    note = "A word is counted beside the detectors; a sentence is a note."
    screen.app.push_screen(screens.LineScreen(f"Label {what}", "", used, note), labelled)
