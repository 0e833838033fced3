"""The first row of a dialog."""

from textual.content import Content
from textual.widget import Widget

from diptych.tui.sanitized_text import visible


class DialogTitle(Widget):
    """The title on the left, the keys of the dialog on the right."""

    def __init__(self, title: str | Content, keys: str) -> None:
        super().__init__()
        self._heading = Content.styled(visible(title), "bold $ink") if isinstance(title, str) else title
        self._keys = Content.styled(f"  {keys}", "$dim")

    def render(self) -> Content:
        """One row. If there is little room, the title is shortened."""
        room = max(1, self.size.width - self._keys.cell_length)
        return Content.assemble(self._heading.truncate(room, ellipsis=True, pad=True), self._keys)
