"""What the next question will be asked with, beside the box in which it is typed."""

from collections.abc import Sequence

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from tui.inert import visible

_ROOM = 60
"""Cells from which there is room for a sentence."""


class NextWords(Widget):
    """One row."""

    words: reactive[tuple[str, ...]] = reactive((), layout=True)
    waiting: reactive[tuple[str, ...]] = reactive((), layout=True)

    def show(self, words: Sequence[str], waiting: Sequence[str]) -> None:
        """Show how the next question is asked; while questions are `waiting`, that they do."""
        self.words, self.waiting = tuple(words), tuple(waiting)

    def render(self) -> Content:
        """What waits is louder."""
        width = max(1, self.size.width)
        if not self.waiting:
            return Content.styled(visible(" · ".join(self.words)), "$dim").truncate(width, ellipsis=True)
        number = len(self.waiting)
        if width < _ROOM:
            words = [("▹ ", "bold $pattern"), (f"{number} to ask", "$ink"), (" · ctrl+c takes it back", "$dim")]
            return Content.assemble(*words).truncate(width, ellipsis=True)
        what = visible(" ".join(self.waiting[0].split()))
        more = f" and {number - 1} more" if number > 1 else ""
        told = f" · asked when these answers have ended · ctrl+c takes {'the last' if more else 'it'} back"
        first = Content.styled(f"{what}", "$ink").truncate(max(8, width - len(more) - len(told) - 2), ellipsis=True)
        return Content.assemble(("▹ ", "bold $pattern"), first, (more, "$ink"), (told, "$dim")).truncate(
            width, ellipsis=True
        )
