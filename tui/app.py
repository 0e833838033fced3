"""The Textual app: themes, the palette, and one main screen."""

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.app import App, SystemCommand
from textual.screen import Screen

from compare import Comparison
from probes import Probe
from sessions import BrokenOff, Label, SavedAnswer, Session, StoreError
from tui.screens.comparing import ComparingScreen
from tui.screens.main import MainScreen
from tui.status import broken_off_words
from tui.theme import THEMES


class DiptychApp(App[None]):
    """Composes and routes; the work is done below."""

    TITLE = "diptych"
    CSS_PATH: ClassVar[list[str]] = ["widgets/column.tcss"]  # type: ignore[assignment]
    ENABLE_COMMAND_PALETTE = True

    def __init__(
        self,
        comparison: Comparison,
        probes: Callable[[], Sequence[Probe]],
        theme: str,
        typed: str = "",
        history: Sequence[str] = (),
        last_start: float | None = None,
        restored: tuple[Session, Sequence[SavedAnswer], Sequence[Label]] | None = None,
        news: str = "",
        broken_off: BrokenOff | None = None,
        presenting: bool = False,
    ) -> None:
        """`probes` reads those that can be chosen, and may raise FileError; `typed` stands in the prompt box at the
        start; `last_start` in seconds; `news` is told once; `broken_off` can be
        opened while nothing was asked; `presenting`: to a room."""
        super().__init__()
        # A scroll that takes its time would be overtaken by the text that comes in meanwhile.
        self.animation_level = "none"
        self._comparison = comparison
        self._probes = probes
        self._typed = typed
        self._history = list(history)
        self._last_start = last_start
        self._restored = restored
        self._news = news
        self._broken_off = broken_off
        self._presenting = presenting
        self.wanted: int | None = None
        """The session that is to be opened next; None when the user leaves."""
        for theme_ in THEMES:
            self.register_theme(theme_)
        self.theme = theme

    async def on_mount(self) -> None:
        """Open the main screen."""
        main = MainScreen(
            self._comparison, self._probes, self._typed, self._history, self._last_start, self._broken_off
        )
        await self.push_screen(main)
        if self._restored is not None:
            try:
                await main.restore(*self._restored)
            except StoreError as error:
                self._comparison.unsaved = error
        if self._presenting:
            main.action_present()
        for news in (self._news, broken_off_words(self._broken_off)):
            if news:
                self.notify(news, timeout=10, markup=False)

    @on(ComparingScreen.SessionWanted)
    def _session_wanted(self, event: ComparingScreen.SessionWanted) -> None:
        """End, so that the caller opens it: its sides may be others."""
        self.wanted = event.session
        self.exit()

    async def on_unmount(self) -> None:
        """Save what is under way and end what was started."""
        await self._comparison.close()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the palette offers: every command of the table, and Textual's own."""
        if isinstance(screen, ComparingScreen):
            for command in screen.OFFERED:
                if "(" not in command.action:
                    run = getattr(screen, f"action_{command.action}")
                    yield SystemCommand(command.name, command.sentence, run)
        yield from super().get_system_commands(screen)
