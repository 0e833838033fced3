"""The question over the answers, whole: its wordings, with a mark at the one that the marked row answers."""

from collections.abc import Mapping

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from diptych.tui import screens
from diptych.tui.sanitized_text import visible

_SHARE = 8
"""The question may have one of so many rows of the screen."""


class SamplesQuestion(Widget):
    """Lists all wordings where there is room, else the one that is marked. Its height does not depend on the mark."""

    def __init__(self) -> None:
        super().__init__()
        self._wordings: Mapping[str, str] = {}
        self._marked = ""

    def show(self, wordings: Mapping[str, str], marked: str) -> None:
        """Show the prompts of `wordings`, each with its short name, or "" where there is only one; `marked` is one of
        them."""
        if (wordings, marked) == (self._wordings, self._marked):
            return
        same = wordings == self._wordings
        self._wordings, self._marked = wordings, marked
        self.refresh(layout=not same)

    def read(self) -> None:
        """Open all of it."""
        text = "\n\n".join(f"{name}  {prompt}".strip() for prompt, name in self._wordings.items())
        title = "Question" if len(self._wordings) == 1 else "Wordings of the question"
        self.app.push_screen(screens.TextScreen(title, lambda: text, at_end=False))

    def on_click(self) -> None:
        """As the key."""
        self.read()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The rows of all wordings, or of the longest one as far as there is room."""
        wrapped = self._wrapped(width)
        most = self._most_rows()
        together = sum(map(len, wrapped.values()))
        return max(1, together if together <= most else min(most, max(map(len, wrapped.values()))))

    def render(self) -> Content:
        """Its rows; what has no room ends with "…"."""
        width, height = max(1, self.size.width), max(1, self.size.height)
        wrapped = self._wrapped(width)
        if sum(map(len, wrapped.values())) > height and self._marked in wrapped:
            wrapped = {self._marked: wrapped[self._marked]}
        rows: list[Content] = []
        for prompt, lines in wrapped.items():
            name, marked = self._wordings[prompt], prompt == self._marked
            sign = "› " if marked else "  "
            style = "bold $ink" if marked else "$dim"
            first = Content.assemble((sign, "$ink"), (f"{name} " if name else "", style))
            for number, line in enumerate(lines):
                before = first if number == 0 else Content(" " * first.cell_length)
                rows.append(Content.assemble(before, line.stylize(style)))
        if len(rows) > height:
            last = rows[height - 1]
            rows = [*rows[: height - 1], Content.assemble(last.truncate(max(1, width - 1)), ("…", "$dim"))]
        return Content("\n").join(rows)

    def _most_rows(self) -> int:
        return max(2, self.screen.size.height // _SHARE)

    def _wrapped(self, width: int) -> dict[str, list[Content]]:
        """The lines of each wording."""
        return {
            prompt: Content(visible(prompt).replace("\n", " ⏎ ")).wrap(
                max(1, width - 2 - (len(name) + 1 if name else 0))
            )
            for prompt, name in self._wordings.items()
        }
