"""The keys that work now, in the last row."""

from itertools import accumulate

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.events import Resize
from textual.widget import Widget
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

_AROUND = 3
"""Cells around a key and what it does."""
_RULE = 2
"""Cells besides those around the key of the palette."""
_PALETTE_FROM = 100
"""Cells under which the palette, which the help names too, gives way."""


class Keys(Footer):
    """As many keys as have room whole; the help has them all."""

    def compose(self) -> ComposeResult:
        """The first keys, and the palette's at the right end."""
        found: list[Widget] = list(super().compose())
        palette = [key for key in found if key.has_class("-command-palette")]
        keys = found[: len(found) - len(palette)]
        shown = palette if self.size.width >= _PALETTE_FROM else []
        room = self.size.width - sum(_cells(key) + _RULE for key in shown)
        for key, used in zip(keys, accumulate(map(_cells, keys)), strict=True):
            if used <= room:
                yield key
        yield from shown

    def on_resize(self, event: Resize) -> None:
        """There may be room for more, or for fewer."""
        self.call_after_refresh(self.recompose)


def _cells(key: Widget) -> int:
    return cell_len(key.key_display) + cell_len(key.description) + _AROUND if isinstance(key, FooterKey) else 0
