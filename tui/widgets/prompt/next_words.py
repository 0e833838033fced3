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
    """Stands at the right; without room for the words too, it stands alone until the words change."""

    _usual: tuple[str, ...] = ()
    """The words that a tip stands in place of."""

    def watch_tip(self) -> None:
        """Remember the words."""
        self._usual = self.words

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """The width that the words need; the style may give them less."""
        return (self.tip if self._tip_alone and not self.waiting else self._said(_ROOM - 1)).cell_length

    def render(self) -> Content:
        """Cut at the edge."""
        width = max(1, self.size.width)
        return self._said(width).truncate(width, ellipsis=True)

    @property
    def _tip_alone(self) -> bool:
        """Whether the tip may stand in place of the words: nobody has changed how the next question is asked."""
        return bool(self.tip) and self.words == self._usual

    def _fitting(self, width: int) -> Content:
        """As many of the words as fit whole; the usual ones are the last."""
        count = len(self.words)
        while count > 1 and len(visible(" · ".join(self.words[:count]))) > width:
            count -= 1
        return Content.styled(visible(" · ".join(self.words[:count])), "$dim")

    def _said(self, width: int) -> Content:
        """Waiting questions are shown in a stronger colour."""
        if not self.waiting:
            words = self._fitting(width)
            gap = width - words.cell_length - self.tip.cell_length
            if self.tip and gap >= _GAP:
                return words + " " * gap + self.tip
            return self.tip if self._tip_alone else words
        number = len(self.waiting)
        sign = Content.styled("▹ ", "bold $pattern")
        if width < _ROOM:
            return Content.assemble(sign, (f"{number} to ask", "$ink"), (" · ctrl+c takes it back", "$dim"))
        what = visible(" ".join(self.waiting[0].split()))
        more = f" and {number - 1} more" if number > 1 else ""
        told = f" · asked when these answers have ended · ctrl+c takes {'the last' if more else 'it'} back"
        first = Content.styled(what, "$ink").truncate(max(8, width - len(more) - len(told) - 2), ellipsis=True)
        return Content.assemble(sign, first, (more, "$ink"), (told, "$dim"))
