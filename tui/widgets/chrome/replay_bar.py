"""Shows how far a replay has come; stands where the main screen has its prompt box."""

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from diptych.compare import Replay

_LONGEST = 40


class ReplayBar(Widget):
    """What the replay does now, and how much of it was played."""

    of: reactive[str] = reactive("")
    """The session that is played. An audience sees no head, so it is named here too."""
    state: reactive[tuple[str, str]] = reactive(("·", ""))
    """A glyph, and what goes on."""
    played: reactive[tuple[int, int]] = reactive((0, 0))
    """How many steps have begun, and how many there are."""

    def show(self, replay: Replay) -> None:
        """Show the current state of a replay."""
        self.of = f"replay of session {replay.stored_session.id} · "
        self.state = _state(replay)
        self.played = replay.begun, len(replay.steps)

    def render(self) -> Content:
        """Words on the left, a progress line on the right."""
        glyph, words = self.state
        begun, total = self.played
        width = max(1, self.size.width)
        cells = min(_LONGEST, max(0, width - len(self.of) - len(words) - 8))
        done = round(cells * begun / total) if total else 0
        line = Content.assemble(("━" * done, "$ink"), ("─" * (cells - done), "$dim 40%"))
        left = Content.assemble((f"{glyph} ", "bold $ink"), (self.of, "$dim"), (words, "$ink"))
        return Content.assemble(left.truncate(max(1, width - cells - 1), ellipsis=True, pad=True), " ", line)


def speed_words(replay: Replay) -> str:
    """How fast it is played."""
    return "recorded speed" if replay.speed == 1 else f"{replay.speed:g}×"


def _state(replay: Replay) -> tuple[str, str]:
    if replay.ended:
        return "✓", "this was all of it · q leaves"
    if replay.stepwise and not replay.playing:
        return "·", f"enter plays the {'next' if replay.begun else 'first'} question"
    if replay.paused:
        return "‖", "paused · space goes on"
    if not replay.playing:
        return "·", "the next question comes in a moment" if replay.begun else "it begins"
    return "▸", "playing" if replay.timed else "playing at a steady rate: no times were kept"
