"""Says how the next question will be asked; stands beside the box in which it is typed."""

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from diptych.tui.sanitized_text import visible

_ROOM = 60
"""Cells from which there is room for a sentence."""
_GAP = 4
"""Cells between the words and a tip."""


class NextWords(Widget):
    """One row."""

    words: reactive[tuple[str, ...]] = reactive((), layout=True)
    waiting: reactive[tuple[str, ...]] = reactive((), layout=True)
    """The prompts that wait: they are shown in place of everything else."""
    tip: reactive[Content] = reactive(Content(""), layout=True)
    """Stands at the right; without room for the words too, it stands alone."""

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """The width that the words need; the style may give them less."""
        return (self.tip if self.tip and not self.waiting else self._said(_ROOM - 1)).cell_length

    def render(self) -> Content:
        """Cut at the edge."""
        width = max(1, self.size.width)
        return self._said(width).truncate(width, ellipsis=True)

    def _said(self, width: int) -> Content:
        """Waiting questions are shown in a stronger colour."""
        if not self.waiting:
            words = Content.styled(visible(" · ".join(self.words)), "$dim")
            gap = width - words.cell_length - self.tip.cell_length
            if not self.tip:
                return words
            return words + " " * gap + self.tip if gap >= _GAP else self.tip
        number = len(self.waiting)
        sign = Content.styled("▹ ", "bold $pattern")
        if width < _ROOM:
            return Content.assemble(sign, (f"{number} to ask", "$ink"), (" · ctrl+c takes it back", "$dim"))
        what = visible(" ".join(self.waiting[0].split()))
        more = f" and {number - 1} more" if number > 1 else ""
        told = f" · asked when these answers have ended · ctrl+c takes {'the last' if more else 'it'} back"
        first = Content.styled(what, "$ink").truncate(max(8, width - len(more) - len(told) - 2), ellipsis=True)
        return Content.assemble(sign, first, (more, "$ink"), (told, "$dim"))
