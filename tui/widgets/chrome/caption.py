"""The caption of the demo; stands where the main screen has its prompt box."""

from textual.content import Content
from textual.widget import Widget

from diptych.tui.demo_player import DemoPlayer


class Caption(Widget):
    """What the demo says of what is seen, and how much of it was shown."""

    def __init__(self, player: DemoPlayer) -> None:
        super().__init__()
        self._player = player

    def render(self) -> Content:
        """The standing, and below it the words."""
        player = self._player
        number, total = player.number + 1, len(player.scenes)
        glyph, words = ("‖", "paused · space goes on") if player.paused else ("▸", "a recording")
        line = Content.assemble(("━" * number, "$ink"), ("─" * (total - number), "$dim 40%"))
        head = Content.assemble((f"{glyph} demo · {number} of {total} · {words}  ", "$dim"), line)
        return Content("\n").join([head, Content.styled(player.scene.caption, "bold $ink")])
