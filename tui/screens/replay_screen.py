"""The replay screen: a stored session is played again and looks as it did on the main screen."""

from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.widget import Widget

from diptych.compare import Exchange, Replay
from diptych.tui import screens
from diptych.tui.commands import COMMANDS, REPLAY_COMMANDS, screen_bindings
from diptych.tui.comparison_status import Measures, Warnings
from diptych.tui.screens.comparing_screen import ComparingScreen
from diptych.tui.widgets.answer.column import Notice
from diptych.tui.widgets.answer.columns import Columns
from diptych.tui.widgets.chrome.replay_bar import ReplayBar, speed_words

_ASKING = {c.key for c in COMMANDS} - {c.key for c in REPLAY_COMMANDS}
"""Keys that ask something on the main screen, besides all printable ones."""


class ReplayScreen(ComparingScreen):
    """Shows a replay, and controls its playing. It follows the replay unless the user looks back."""

    OFFERED = REPLAY_COMMANDS
    LEGEND = "replay"
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings(REPLAY_COMMANDS)]

    def __init__(self, replay: Replay) -> None:
        super().__init__(replay.view, Columns(replay.view.sides))
        self._replay = replay
        self._followed: Exchange | None = None
        self._bar = ReplayBar()
        self._columns.nothing_yet = "to come"

    def on_mount(self) -> None:
        """Play."""
        self.run_worker(self._replay.play())

    # What is shown

    def _below(self) -> Widget:
        return self._bar

    def _show_all(self) -> None:
        if self._shown is self._followed:
            self._shown = self._followed = self._replay.exchange
        super()._show_all()
        self._bar.show(self._replay)

    def _show_title(self) -> None:
        replay = self._replay
        asked = [f"replay of session {replay.stored_session.id}"]
        if self._shown is not None:
            asked += self._asked_words()[1:]
        mode = [
            "step by step" if replay.stepwise else "",
            "" if self._columns.together else "scroll apart",
            "nothing is sent or saved",
        ]
        standing = f"{replay.begun} of {len(replay.steps)} played · {speed_words(replay)}"
        self._title.show(asked, [words for words in mode if words], standing, False)

    def _welcome(self) -> list[Notice]:
        session = self._replay.stored_session
        return [("", session.title), ("", f"{session.created[:16].replace('T', ' ')} · {session.pair}")]

    def _counted(self) -> tuple[Measures, Warnings, str]:
        if self._shown is not None and self._shown.hidden:
            return {}, [("·", "the sides stay hidden until the answers are labelled in the session itself")], ""
        return super()._counted()

    # Commands

    def action_pause(self) -> None:
        """Stand still, or go on."""
        replay = self._replay
        waits = replay.stepwise and not replay.playing
        replay.pause(not replay.paused and not waits)

    def action_next(self) -> None:
        """Show the rest of the answer at once, or begin the next question."""
        self._replay.next()

    def action_faster(self) -> None:
        """Twice as fast."""
        self._replay.run_at(self._replay.speed * 2)

    def action_slower(self) -> None:
        """Half as fast."""
        self._replay.run_at(self._replay.speed / 2)

    def action_stepwise(self) -> None:
        """Wait for a key before each question, or not."""
        self._replay.play_stepwise(not self._replay.stepwise)

    def action_leave(self) -> None:
        """Back to where it was called from."""
        self.post_message(self.LeaveWanted())

    def action_back(self) -> None:
        """From one side to all sides; from what an audience sees to everything."""
        if self._columns.zoomed:
            self._columns.zoom(None)
        elif self.presenting:
            self.action_present()
        else:
            self.notify("q leaves the replay", timeout=3)

    def _stop(self) -> bool:
        return False

    def _branch(self, branch: "screens.Branch | None") -> None:
        if branch is not None:
            self._refuse()

    def _without_verdicts(self, exchange: Exchange) -> None:
        """Judges are not asked again."""
        self.notify("Once the answers have ended" if not exchange.ended else "No verdicts were kept", timeout=3)

    def on_key(self, event: events.Key) -> None:
        """Say that nothing can be asked, when somebody types."""
        if event.key not in self.active_bindings and (event.is_printable or event.key in _ASKING):
            self._refuse()

    def on_paste(self) -> None:
        """The same when somebody pastes."""
        self._refuse()

    def _refuse(self) -> None:
        number = self._replay.stored_session.id
        self.notify(
            f"Nothing is asked in a replay: q leaves it; session {number} itself goes on when opened", timeout=4
        )
