"""Makes foreign text safe to paint. The rest of the console takes `visible` from here."""

from rich.highlighter import Highlighter
from rich.text import Text

from diptych.sessions import visible

__all__ = ["ShownInert", "visible"]


class ShownInert(Highlighter):
    """For an input: shows its text through `visible`; the text itself stays unchanged."""

    def highlight(self, text: Text) -> None:
        """Replace control characters by symbols."""
        text.plain = visible(text.plain)
