"""Everything that a user can do, in one table: keys, footer, palette and help are read from it."""

from dataclasses import dataclass

from textual.binding import Binding


@dataclass(frozen=True)
class Command:
    """An action of the main screen."""

    action: str
    key: str
    """Works everywhere, the prompt box included."""
    letter: str
    """Works outside the prompt box; "" for none."""
    name: str
    """A word or two for the footer."""
    sentence: str
    footer: bool = False


COMMANDS = (
    Command("help", "f1", "question_mark", "help", "Show all keys", footer=True),
    Command("probes", "f2", "p", "probes", "Choose a probe and one of its questions", footer=True),
    Command("again", "ctrl+r", "", "again", "Ask the same question once more, of both sides", footer=True),
    Command("again_here", "", "r", "again", "Ask the same question once more, of this side"),
    Command(
        "fresh", "ctrl+n", "f", "fresh/go on", "Fresh instances, or go on with each side's conversation", footer=True
    ),
    Command("together", "f8", "t", "scroll", "Scroll the panes together, or apart", footer=True),
    Command(
        "zoom", "f9", "z", "zoom", "One side over the whole width; once more for the other, then both", footer=True
    ),
    Command("copy", "", "y", "copy", "Copy this side's answer"),
    Command("log", "f10", "l", "log", "What the server of this side wrote last"),
    Command("earlier", "alt+up", "left_square_bracket", "earlier", "The exchange before this one"),
    Command("later", "alt+down", "right_square_bracket", "later", "The exchange after this one"),
    Command("scroll_answers(-1)", "pageup", "", "page up", "Scroll the answers up"),
    Command("scroll_answers(1)", "pagedown", "", "page down", "Scroll the answers down"),
    Command("interrupt", "ctrl+c", "", "stop", "Stop the answers; when nothing streams, twice to leave"),
    Command("back", "escape", "", "back", "One step back: the zoom, then from the prompt to the answers and again"),
)

PROMPT_KEYS = (
    ("enter", "Ask all sides"),
    ("alt+enter, ctrl+j", "Break the line"),
    ("up, down", "Earlier and later questions, at the edges of the box"),
    ("1, 2, 3", "Pick a first question, while nothing is typed or asked"),
)

SHOWN_KEYS = {"question_mark": "?", "left_square_bracket": "[", "right_square_bracket": "]", "ctrl+c": "^c"}


def key_bindings() -> list[Binding]:
    """For the screen: what works everywhere."""
    return [
        Binding(c.key, c.action, c.name, show=c.footer, priority=c.key in ("ctrl+c", "escape"))
        for c in COMMANDS
        if c.key
    ]


def letter_bindings() -> list[Binding]:
    """For the answers: plain letters; in the footer where no other key does the same."""
    return [Binding(c.letter, f"screen.{c.action}", c.name, show=not c.key) for c in COMMANDS if c.letter]
