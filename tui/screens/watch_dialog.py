"""Asks what to look for in all answers, and has it marked and counted."""

from typing import TYPE_CHECKING

from textual.screen import Screen

from diptych.tui import screens
from diptych.tui.sanitized_text import visible

if TYPE_CHECKING:
    from diptych.compare import Comparison

_NOTE = (
    "A text, or a regular expression as /colou?r/; an empty line ends it. It is marked in all answers of the session. "
    "Only answers from now on are counted: those you have seen may be why you look for it."
)


def ask_what_to_watch(screen: Screen[None], comparison: "Comparison") -> None:
    """Ask for the text, with the present one to change."""
    rule = comparison.view.watch

    async def watch(text: str | None) -> None:
        if text is None:
            return
        try:
            await comparison.watch(text)
        except ValueError as error:
            screen.notify(f"Not marked: {visible(str(error))}", severity="error", markup=False)

    line = rule.text if rule is not None else ""
    screen.app.push_screen(screens.LineScreen("Mark a text in all answers", line, note=_NOTE), watch)
