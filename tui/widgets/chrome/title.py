"""The head of the screen: what is asked, how, and where it is kept; and the question itself."""

from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from diptych.tui.formatting import counted
from diptych.tui.sanitized_text import visible

_KEY = "Q"
"""Folds the question out."""


class Title(Widget):
    """Probe and condition, the way of asking, the session."""

    parts: reactive[tuple[tuple[str, ...], tuple[str, ...], str, bool]] = reactive(((), (), "", False))

    def show(self, asked: Sequence[str], mode: Sequence[str], saved: str, urgent: bool) -> None:
        """`urgent`: the words about saving are a warning."""
        self.parts = (tuple(asked), tuple(mode), saved, urgent)

    def render(self) -> Content:
        """What is asked on the left, where it is saved on the right. If there is little room, the name of the program
        is left out first, then the last words of the middle."""
        asked, mode, saved, urgent = self.parts
        width = self.size.width
        saved = visible(saved)[: max(0, width - 20)]
        room = max(1, width - len(saved) - 2)
        while mode and _said(asked, mode).cell_length >= room:
            mode = mode[:-1]
        said = _said(asked, mode)
        name = Content.styled(" diptych  " if said.cell_length + 10 <= room else " ", "bold $ink")
        left = (name + said).truncate(room, ellipsis=True, pad=True)
        return Content.assemble(left, (f" {saved} ", "$fault" if urgent else "$dim"))


class Question(Widget):
    """The question of the answers below, and above it in small letters the load of the servers. A question that is
    longer than its row folds out."""

    sign: reactive[str] = reactive("›")
    prompt: reactive[str] = reactive("", layout=True)
    vitals: reactive[str] = reactive("")
    sentence: reactive[Content] = reactive(Content(""))
    """Stands here while there is no question."""
    whole: reactive[bool] = reactive(False, layout=True)
    """Whether the question is shown alone, over as many rows as it needs."""
    folded_out: reactive[bool] = reactive(False, layout=True)
    """Whether it is shown over as many rows as there are, until it is folded in again."""
    first: reactive[int] = reactive(0)
    """The first row that is shown while it is folded out."""

    def render(self) -> Content:
        """One row for each, or the rows of the question alone."""
        width, height = max(1, self.size.width), max(1, self.size.height)
        if self.folded_out:
            rows = self._rows(width)
            left = len(rows) - self.first - self._room
            shown = rows[self.first : self.first + self._room]
            shown += [Content("")] * (self._room - len(shown))
            return Content("\n").join([*shown, _beside(Content(""), _hint(left) or f"{_KEY} folds it in", width)])
        if self.whole:
            rows = self._rows(width)
            left = len(rows) - height
            shown = rows[: height - 1] + [_beside(row, _hint(left), width) for row in rows[height - 1 : height]]
            return Content("\n").join(shown)
        if not self.prompt and self.sentence:
            above = [self._vitals_row(width)] if height > 2 else []
            return Content("\n").join([*above, *self.sentence.wrap(width)])
        question = self._in_one_row()
        left = len(self._rows(width)) - 1 if question.cell_length > width else 0
        rows = [self._vitals_row(width), _beside(question, _hint(left), width)]
        return Content("\n").join(rows if height > 2 else reversed(rows))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many rows as it needs; while it is folded out, one more for the key."""
        return len(self._rows(max(1, width))) + self.folded_out

    def turn(self) -> None:
        """Fold the question out; if there was no room for all of it, show more; after its end, fold it in."""
        rows = len(self._rows(max(1, self.size.width)))
        if self.folded_out:
            further = self.first + self._room
            self.folded_out = further < rows
            self.first = further if self.folded_out else 0
        elif rows > self.size.height if self.whole else self._in_one_row().cell_length > self.size.width:
            self.folded_out = True
        else:
            self.notify("The whole question is on the screen", timeout=2)

    def watch_prompt(self) -> None:
        """Another question is not folded out."""
        self.folded_out, self.first = False, 0

    def watch_folded_out(self, folded_out: bool) -> None:
        """Take the rows, or give them back."""
        self.set_class(folded_out, "-folded-out")

    def on_click(self) -> None:
        """As the key."""
        self.turn()

    def on_mouse_scroll_down(self) -> None:
        """Show the next row."""
        self._scroll(1)

    def on_mouse_scroll_up(self) -> None:
        """Show the row before."""
        self._scroll(-1)

    def _scroll(self, rows: int) -> None:
        if self.folded_out:
            last = max(0, len(self._rows(self.size.width)) - self._room)
            self.first = max(0, min(self.first + rows, last))

    @property
    def _room(self) -> int:
        """The rows of the question that there is room for while it is folded out."""
        return max(1, self.size.height - 1)

    def _rows(self, width: int) -> list[Content]:
        """All of the question."""
        question = Content.styled(visible(self.prompt), "bold $ink")
        if self.whole:
            return question.wrap(width)
        sign = Content.styled(f"{self.sign} ", "$dim")
        rows = question.wrap(max(1, width - 2))
        return [Content.assemble(sign if number == 0 else "  ", row) for number, row in enumerate(rows)]

    def _vitals_row(self, width: int) -> Content:
        return Content.styled(visible(self.vitals)[:width].rjust(width), "$dim")

    def _in_one_row(self) -> Content:
        """The question with signs for its line breaks; it may be longer than the row."""
        if not self.prompt:
            return Content("")
        words = visible(self.prompt).replace("\n", " ⏎ ")
        return Content.assemble((f"{self.sign} ", "$dim"), (words, "bold $ink"))


def _said(asked: Sequence[str], mode: Sequence[str]) -> Content:
    return Content.assemble(
        (visible(asked[0]) if asked else "", "$ink"),
        ("".join(f" · {visible(a)}" for a in asked[1:]), "$dim"),
        ("   " + " · ".join(map(visible, mode)), "$dim"),
    )


def _hint(left: int) -> str:
    """How many rows are left, and the key that shows them; "" for none."""
    return f"{counted(left, 'more row')} · {_KEY}" if left > 0 else ""


def _beside(row: Content, hint: str, width: int) -> Content:
    """A row with a hint at its right end; the row is cut where it has to be."""
    if not hint:
        return row.truncate(width, ellipsis=True)
    room = max(1, width - len(hint) - 2)
    return Content.assemble(row.truncate(room, ellipsis=True, pad=True), (f"  {hint}", "$dim"))
