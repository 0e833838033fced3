"""The caption of the demo; stands where the main screen has its prompt box."""

import re
from textwrap import wrap

from textual.content import Content
from textual.widget import Widget

from diptych.sessions import SIDE_NAMES
from diptych.tui.demo_player import DemoPlayer
from diptych.tui.sanitized_text import visible

_SIDE = re.compile(rf"(?<![\w-])({'|'.join(SIDE_NAMES)})(?![\w-])")


class Caption(Widget):
    """What the demo says of what is seen, and how much of it was shown."""

    def __init__(self, player: DemoPlayer) -> None:
        super().__init__()
        self._player = player

    def render(self) -> Content:
        """The standing, and below it the words, in which the sides have their colours."""
        player = self._player
        number, total = player.number + 1, len(player.scenes)
        glyph, words = ("‖", "paused · space goes on") if player.paused else ("▸", "recorded")
        if player.scene.key:
            words += f" · {player.scene.key} in the console"
        line = Content.assemble(("━" * number, "$ink"), ("─" * (total - number), "$dim 40%"))
        head = Content.assemble((f"{glyph} demo · {number} of {total} · {words}  ", "$dim"), line)
        return Content("\n").join([head, *map(_colored, caption_rows(player.scene.caption, self.size.width))])


def caption_rows(caption: str, width: int) -> list[str]:
    """The rows of a caption. Those of a paragraph are about as long as each other: no word stands alone."""
    rows: list[str] = []
    for paragraph in visible(caption).split("\n"):
        width_of = max(1, width)
        needed = len(wrap(paragraph, width_of, break_on_hyphens=False))
        while width_of > 1 and len(wrap(paragraph, width_of - 1, break_on_hyphens=False)) == needed:
            width_of -= 1
        rows += wrap(paragraph, width_of, break_on_hyphens=False)
    return rows


def _colored(row: str) -> Content:
    parts = _SIDE.split(row)
    return Content.assemble(
        *((part, f"bold $side-{part}" if number % 2 else "bold $ink") for number, part in enumerate(parts))
    )
