"""The head of the screen: what is asked, how, and where it is kept; and the question itself."""

from collections.abc import Sequence

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from diptych.tui.sanitized_text import visible


class Title(Widget):
    """Probe and condition, the way of asking, the session."""

    parts: reactive[tuple[tuple[str, ...], tuple[str, ...], str, bool]] = reactive(((), (), "", False))

    def show(self, asked: Sequence[str], mode: Sequence[str], saved: str, urgent: bool) -> None:
        """`urgent`: the words about saving are a warning."""
        self.parts = (tuple(asked), tuple(mode), saved, urgent)

    def render(self) -> Content:
        """What is asked on the left, where it is saved on the right. If there is little room, the name of the program
        is left out first, then the middle."""
        asked, mode, saved, urgent = self.parts
        width = self.size.width
        saved = visible(saved)[: max(0, width - 20)]
        said = Content.assemble(
            (visible(asked[0]) if asked else "", "$ink"),
            ("".join(f" · {visible(a)}" for a in asked[1:]), "$dim"),
            ("   " + " · ".join(visible(m) for m in mode), "$dim"),
        )
        room = max(1, width - len(saved) - 2)
        name = Content.styled(" diptych  " if said.cell_length + 10 <= room else " ", "bold $ink")
        left = (name + said).truncate(room, ellipsis=True, pad=True)
        return Content.assemble(left, (f" {saved} ", "$fault" if urgent else "$dim"))


class Question(Widget):
    """The question of the answers below, and above it in small letters the load of the servers."""

    sign: reactive[str] = reactive("›")
    prompt: reactive[str] = reactive("", layout=True)
    vitals: reactive[str] = reactive("")
    sentence: reactive[Content] = reactive(Content(""))
    """Stands here while there is no question."""
    whole: reactive[bool] = reactive(False, layout=True)
    """Whether the question is shown alone, over as many rows as it needs."""

    def render(self) -> Content:
        """One row for each. Line breaks are shown as a sign."""
        width = max(1, self.size.width)
        if self.whole:
            return Content.styled(visible(self.prompt), "bold $ink")
        if not self.prompt and self.sentence:
            above = [Content("")] if self.size.height > 2 else []
            return Content("\n").join([*above, *self.sentence.wrap(width)])
        words = visible(self.prompt).replace("\n", " ⏎ ")
        question = (
            Content.assemble((f"{self.sign} ", "$dim"), (words, "bold $ink")) if words else Content.styled("›", "$dim")
        )
        vitals = Content.styled(visible(self.vitals)[:width].rjust(width), "$dim")
        rows = [vitals, question.truncate(width, ellipsis=True)]
        return Content("\n").join(rows if self.size.height > 2 else reversed(rows))
