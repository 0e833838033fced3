"""Text that is not ours, as it may be painted. The rest of the console takes `visible` from here."""

from rich.highlighter import Highlighter
from rich.text import Text

from diptych.sessions import visible

__all__ = ["ShownInert", "visible"]


class ShownInert(Highlighter):
    """For an input: what is in it is shown by `visible`, and stays as it is."""

    def highlight(self, text: Text) -> None:
        """Put symbols in the place of what would act."""
        text.plain = visible(text.plain)
