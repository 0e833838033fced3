"""The screens of the demo: a recorded session on the console's own screens, with captions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.widget import Widget

from diptych.tui.commands import screen_bindings
from diptych.tui.demo_player import DemoPlayer
from diptych.tui.dialog_commands import DEMO_COMMANDS
from diptych.tui.screens.command_screen import CommandScreen
from diptych.tui.screens.comparing_screen import ComparingScreen
from diptych.tui.screens.divergence_screen import DivergenceScreen
from diptych.tui.screens.samples_screen import SamplesScreen
from diptych.tui.widgets.answer.column import Findings, Notice
from diptych.tui.widgets.answer.columns import Columns
from diptych.tui.widgets.chrome.caption import Caption
from diptych.tui.widgets.chrome.keys import Keys
from diptych.tui.widgets.chrome.title import Title

if TYPE_CHECKING:
    from diptych.compare import Exchange, SessionView


class LiveWanted(Message):
    """The demo has ended, or the user has seen enough of it."""


class _Title(Title):
    """The head of each screen says that this is a recording."""

    def show(self, asked: Sequence[str], mode: Sequence[str], saved: str, urgent: bool) -> None:
        """Whatever is `saved`."""
        super().show(asked, mode, "recorded", False)


class _Captioned(CommandScreen[None]):
    """A screen with a caption above its keys. Nothing can be done on it but to watch."""

    _player: DemoPlayer
    _caption: Caption

    def show_caption(self) -> None:
        """Show the caption of the scene as it stands now."""
        self._caption.refresh()

    def action_pause(self) -> None:
        """Stand still, or go on."""
        self._pause(not self._player.paused)

    def _pause(self, paused: bool) -> None:
        self._player.pause(paused)
        self.show_caption()

    def action_next(self) -> None:
        """The next caption."""
        self._player.next()

    def action_earlier(self) -> None:
        """The caption before."""
        self._player.earlier()

    def action_live(self) -> None:
        """To the live console."""
        self.app.post_message(LiveWanted())

    def action_leave(self) -> None:
        """Leave diptych."""
        self.app.exit()

    def action_help(self) -> None:
        """All keys, while the demo waits."""
        self._pause(True)
        super().action_help()


class _Samples(_Captioned, SamplesScreen, inherit_bindings=False):
    """All answers to a question."""

    shows = "samples"
    OFFERED = DEMO_COMMANDS  # type: ignore[assignment]
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings(DEMO_COMMANDS)]

    def __init__(self, view: SessionView, exchange: Exchange, title: Sequence[str], player: DemoPlayer) -> None:
        super().__init__(view, exchange, title)
        self._player, self._caption, self._title = player, Caption(player), _Title()
        self._foot.more_key = ""

    def compose(self) -> ComposeResult:
        """As usual, with the caption above the keys."""
        for widget in super().compose():
            if isinstance(widget, Keys):
                yield self._caption
            yield widget

    @property
    def _growing(self) -> bool:
        return self._player.steps_to_come


class _Divergence(_Captioned, DivergenceScreen, inherit_bindings=False):
    """Where the sides differ, token by token."""

    shows = "divergence"
    OFFERED = DEMO_COMMANDS  # type: ignore[assignment]
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings(DEMO_COMMANDS)]

    def __init__(self, view: SessionView, exchange: Exchange, title: Sequence[str], player: DemoPlayer) -> None:
        super().__init__(view, exchange, view.sides[1].name, title)
        self._player, self._caption, self._title = player, Caption(player), _Title()

    def compose(self) -> ComposeResult:
        """As usual, with the caption above the keys."""
        for widget in super().compose():
            if isinstance(widget, Keys):
                yield self._caption
            yield widget


class DemoScreen(_Captioned, ComparingScreen, inherit_bindings=False):
    """Plays the demo: shows the answers itself, and the other screens above it."""

    OFFERED = DEMO_COMMANDS
    LEGEND = "replay"
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings(DEMO_COMMANDS)]

    def __init__(self, player: DemoPlayer) -> None:
        view = player.replay.view
        super().__init__(view, Columns(view.sides))
        self._player, self._caption = player, Caption(player)
        self._first: dict[int, Exchange] = {}
        """Each question with its first answers: later samples take their place in the replay."""
        self._above: _Samples | _Divergence | None = None
        """The screen above this one."""
        self._columns.nothing_yet = "to come"

    def on_mount(self) -> None:
        """Play. No key is named that does nothing here."""
        self._strip.more_key = ""
        for findings in self.query(Findings):
            findings.more_key = ""
        self.run_worker(self._play())

    async def _play(self) -> None:
        await self._player.play(self._show_scene)
        self.action_live()

    async def _show_scene(self) -> None:
        for exchange in self._view.exchanges:
            if exchange.ended and exchange.number not in self._first:
                self._first[exchange.number] = replace(exchange, answers=dict(exchange.answers))
        scene = self._player.scene
        if self._above is not None and scene.shows != self._above.shows:
            await self.app.pop_screen()
            self._above = None
        self._show_all()
        if self._above is None and scene.shows != "answers" and self._shown is not None:
            kind = _Samples if scene.shows == "samples" else _Divergence
            self._above = kind(self._view, self._shown, self._asked(), self._player)
            await self.app.push_screen(self._above)
        (self._above or self).show_caption()

    # What is shown

    def _below(self) -> Widget:
        return self._caption

    def _show_all(self) -> None:
        question = self._player.scene.question
        begun = next((exchange for exchange in self._view.exchanges if exchange.number == question), None)
        self._shown = self._first.get(question, begun)
        super()._show_all()

    def _show_title(self) -> None:
        self._title.show(self._asked(), ["nothing is asked or kept"], "recorded", False)

    def _asked(self) -> list[str]:
        return ["demo", *(self._asked_words()[1:] if self._shown is not None else [])]

    def _welcome(self) -> list[Notice]:
        return []
