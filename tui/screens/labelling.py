"""Lets a person label an answer on the main screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual.screen import Screen

from diptych.sessions import Store, StoreError
from diptych.tui import screens
from diptych.tui.sanitized_text import visible

if TYPE_CHECKING:
    from diptych.compare import Comparison, Exchange


def ask_for_label(
    screen: Screen[None], comparison: Comparison, exchange: Exchange, side: str, shown_as: Mapping[str, str]
) -> None:
    """Open a dialog for the label of an answer, at first of this side's; labels that were given before are offered.
    `shown_as` has the name or the number under which each side with an answer is shown."""
    try:
        used = Store(comparison.view.store).recent_labels()
    except StoreError as error:
        screen.notify(visible(error.text()), severity="error", markup=False)
        return

    answers = {name: f"answer {as_}" if exchange.hidden else f"{as_}'s answer" for name, as_ in shown_as.items()}
    dialog = screens.LabelScreen(answers, side, used)

    def labelled(value: str | None) -> None:
        if value:
            screen.run_worker(comparison.label(exchange, dialog.side, value, blind=exchange.hidden))
            screen.notify(f"Labelled {answers[dialog.side]}: {visible(value)}", timeout=3, markup=False)

    screen.app.push_screen(dialog, labelled)
