"""The app of `diptych demo`."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on

from diptych.compare import Replay
from diptych.tui.app import DiptychApp
from diptych.tui.asciicast import Cast
from diptych.tui.demo_player import DemoPlayer
from diptych.tui.demo_scenes import Scene
from diptych.tui.screens.demo_screen import DemoScreen, LiveWanted


class DemoApp(DiptychApp):
    """Plays scenes on a replay. Nothing can be asked in it."""

    CSS_PATH: ClassVar[list[str]] = [*DiptychApp.CSS_PATH, "screens/demo_screen.tcss"]
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self, replay: Replay, scenes: Sequence[Scene], theme: str, theme_note: str | None, cast: Cast | None = None
    ) -> None:
        """`replay` waits for each of its steps. The others as in DiptychApp."""
        super().__init__(replay, lambda: (), theme, theme_note=theme_note, cast=cast)
        self.player = DemoPlayer(replay, scenes)
        self.live = False
        """Whether the live console is wanted next."""

    def get_default_screen(self) -> DemoScreen:
        """The screen of the demo."""
        return DemoScreen(self.player)

    @on(LiveWanted)
    def _live_wanted(self) -> None:
        self.live = True
        self.exit()
