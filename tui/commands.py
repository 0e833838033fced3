"""Everything that a user can do, in one table for each screen: keys, footer, palette and help are read from it."""

from collections.abc import Iterable

import msgspec
from textual.binding import Binding


class Command(msgspec.Struct, frozen=True):
    """An action of a screen, with its keys."""

    action: str
    key: str
    """Works everywhere, the prompt box included."""
    letter: str
    """Works outside the prompt box; "" for none, several with commas."""
    name: str
    """A word or two for the footer."""
    sentence: str
    footer: bool = False
    shown: str = ""
    """The key as the footer writes it, where that is not its name."""
    priority: bool = False
    """Whether the key goes before what the focused widget does with it."""


COMMANDS = (
    Command("help", "f1", "question_mark", "help", "Show all keys", footer=True),
    Command("probes", "f2", "p", "probes", "Choose a probe and one of its questions", footer=True),
    Command("samples", "f3", "s", "samples", "All answers to this question as rows, and more of them", footer=True),
    Command("measures", "f4", "m", "measures", "Every rate of this session with its interval, in plots", footer=True),
    Command("divergence", "f5", "d", "divergence", "Where the sides differ, token by token", footer=True),
    Command(
        "sessions",
        "f6",
        "h",
        "sessions",
        "All kept sessions: find, open, replay, name, tag, note, copy, delete",
        priority=True,
    ),
    Command(
        "label",
        "f7",
        "n",
        "label",
        "Say something of this side's answer, to be counted beside the detectors",
        priority=True,
    ),
    Command("next", "", "space,right", "next", "The next exchange; after the last, the probe's next question"),
    Command("again", "ctrl+r", "", "again", "Ask the same question once more, of all sides", footer=True),
    Command("again_here", "", "r", "again here", "Ask the same question once more, of this side"),
    Command("fresh", "ctrl+n", "f", "fresh", "Fresh instances, or go on with each side's conversation", footer=True),
    Command("form", "ctrl+l", "w", "form", "Ask in chat, as plain text without a template, or as the user's turn"),
    Command("begin", "ctrl+g", "b", "begin", "Give the beginning of the answer, or no longer"),
    Command("to", "ctrl+o", "o", "to", "The next question to all sides, or to one"),
    Command("guess", "", "u", "guess", "Let the base go on from this answer, up to where it describes its pattern"),
    Command("blind", "ctrl+t", "x", "blind", "Hide which side is which until you have labelled the answers"),
    Command("together", "f8", "t", "scroll", "Scroll the panes together, or apart"),
    Command("zoom", "f9", "z", "zoom", "One side over the whole width; once more for the next, then all", footer=True),
    Command("copy", "", "y", "copy", "Copy this side's answer"),
    Command("judge", "", "c", "judge", "Ask the probe's judges about these answers; then their verdicts and replies"),
    Command("reasoning", "", "v", "reasoning", "What the models thought aloud before they answered"),
    Command("log", "f10", "l", "log", "What the server of this side wrote last"),
    Command("models", "f11", "a", "models", "This side's models: load or unload an adapter, or choose another"),
    Command(
        "present", "f12", "e", "present", "For a room: question, answers and measures alone; again, or esc, ends it"
    ),
    Command("app.picture", "ctrl+s", "", "picture", "Keep what is on the screen as an SVG file, on any screen"),
    Command("type", "", "enter", "type", "Type a question"),
    Command("earlier", "alt+up", "left_square_bracket", "earlier", "The exchange before this one"),
    Command("later", "alt+down", "right_square_bracket", "later", "The exchange after this one"),
    Command("scroll_answers(-1)", "pageup", "", "page up", "Scroll the answers up"),
    Command("scroll_answers(1)", "pagedown", "", "page down", "Scroll the answers down"),
    Command("interrupt", "ctrl+c", "", "stop", "Stop the answers; when nothing streams, twice to leave", priority=True),
    Command(
        "back",
        "escape",
        "",
        "back",
        "One step back: the zoom, then from the prompt to the answers and again",
        priority=True,
    ),
)

PROMPT_KEYS = (
    ("enter", "Ask all sides"),
    ("alt+enter, ctrl+j", "Break the line"),
    ("up, down", "Earlier and later questions, at the edges of the box"),
    ("1, 2, 3", "Pick a first question, while nothing is typed or asked"),
    ("0", "Go on with the session that broke off, as long as nothing is asked"),
    ("1, 2 …; 0", "Blind: which answer is the tuned side's; cannot tell"),
)

_IN_REPLAY = {
    "help": "",
    "samples": "All answers to this question that have come, as rows",
    "measures": "",
    "divergence": "How sure each side was of its own tokens, where that was kept",
    "sessions": "",
    "together": "",
    "zoom": "",
    "copy": "",
    "judge": "The verdicts of the judges, as they were kept, and their replies",
    "reasoning": "",
    "present": "",
    "app.picture": "",
    "earlier": "",
    "later": "",
    "scroll_answers(-1)": "",
    "scroll_answers(1)": "",
    "interrupt": "Twice to leave",
    "back": "From one side over the whole width back to all",
}
"""The commands that a replay shares with the main screen, and their sentences where these differ."""

REPLAY_COMMANDS = (
    Command("pause", "space", "", "pause", "Pause, and go on", footer=True),
    Command("next", "enter", "right", "next", "The rest of this answer at once; then the next question", footer=True),
    Command("faster", "plus", "", "faster", "Twice as fast", footer=True),
    Command("slower", "minus", "", "slower", "Half as fast", footer=True),
    Command("stepwise", "w", "", "step", "Wait for a key before each question, or not", footer=True),
    Command("leave", "q", "", "leave", "Leave the replay", footer=True),
    *(
        msgspec.structs.replace(command, sentence=_IN_REPLAY[command.action] or command.sentence)
        for command in COMMANDS
        if command.action in _IN_REPLAY
    ),
)
"""Nothing is typed in a replay: letters work everywhere."""

_HELP = Command("help", "f1", "question_mark", "help", "Show all keys")
SAMPLES_COMMANDS = (
    Command("more", "n", "plus", "more", "Ask for more answers to this question in the background", footer=True),
    Command("pause", "space", "", "pause", "Pause the answers that come in the background, and go on"),
    Command("sort", "s", "", "sort", "Sort the rows in another way", footer=True),
    Command("filter", "f", "", "filter", "Show the rows with one outcome of the measure alone", footer=True),
    Command("search", "slash", "", "find", "Show the answers that contain a text", footer=True, shown="/"),
    Command("fold", "g", "", "fold", "Show equal answers as one row, or each on its own", footer=True),
    Command("measure", "m", "", "measure", "Sort and filter by the next measure", footer=True),
    Command("wordings", "w", "", "wordings", "Show the other wordings of the question too, or this one alone"),
    Command("stop", "x", "ctrl+c", "stop", "Stop the answers that come in the background", priority=True),
    Command("again", "ctrl+r", "", "again", "Ask the same question once more, of all sides"),
    _HELP,
    Command(
        "back", "escape", "q,f3", "back", "End the search, show all rows again, or go back", footer=True, shown="esc"
    ),
)
READING_COMMANDS = (
    Command("step(-1)", "left", "left_square_bracket", "earlier", "The row before this one", footer=True, shown="←"),
    Command("step(1)", "right", "right_square_bracket", "later", "The row after this one", footer=True, shown="→"),
    Command("other", "tab", "", "other side", "The answer of the next side", footer=True, priority=True),
    Command("copy", "y", "", "copy", "Copy this answer", footer=True),
    _HELP,
    Command("back", "escape", "q,enter", "back", "Back to the rows", footer=True, shown="esc"),
)
DIVERGENCE_COMMANDS = (
    Command("other", "tab", "", "other answer", "The answer of the next side", footer=True, priority=True),
    Command(
        "tokens", "t", "enter", "top 5 here", "What each side found likely at this token; go on from one", footer=True
    ),
    Command("line_totals", "p", "", "per line", "The total of each line, in the margin", footer=True),
    Command("surprising", "s", "", "surprising", "The token that surprised most, then the next", footer=True),
    _HELP,
    Command("cancel", "escape", "q,f5,d", "back", "Back to the answers", footer=True, shown="esc"),
)
SESSIONS_COMMANDS = (
    Command("find", "slash", "", "find", "Find a text in all prompts and answers", footer=True, shown="/"),
    Command("rename", "r", "", "rename", "Give the session another title", footer=True),
    Command("tag", "t", "", "tag", "Give the session other tags", footer=True),
    Command("note", "n", "", "note", "Give the session another note", footer=True),
    Command("duplicate", "c", "", "copy", "Copy the session, to go on with it or to label it anew", footer=True),
    Command("replay", "p", "", "replay", "Play the session again as it came", footer=True),
    Command("delete", "d", "delete", "delete", "Delete the session once this list is left", footer=True),
    Command("undo", "u", "", "undo", "Keep the session that was deleted last"),
    _HELP,
    Command("back", "escape", "f6", "back", "End the search, or go back", footer=True, shown="esc", priority=True),
)
DEMO_COMMANDS = (
    Command("pause", "space", "", "pause", "Stand still, and go on", footer=True, priority=True),
    Command("next", "right", "enter", "on", "The next caption", footer=True, shown="→", priority=True),
    Command("earlier", "left", "", "back", "The caption before this one", footer=True, shown="←", priority=True),
    Command("live", "escape", "q", "end demo", "End the demo: the live console opens", footer=True, shown="esc",
            priority=True),
    Command("leave", "ctrl+c", "", "leave", "Leave diptych", priority=True),
    _HELP,
)  # fmt: skip
"""For watching: nothing else can be done in the demo."""
MEASURES_COMMANDS = (
    _HELP,
    Command("dismiss", "escape", "q,f4,m", "back", "Back to the answers", footer=True, shown="esc"),
)

SHOWN_KEYS = {
    "plus": "+",
    "minus": "−",
    "question_mark": "?",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "ctrl+c": "^c",
}


def app_bindings() -> list[Binding]:
    """Bindings of the app: they work on every screen, wherever the focus is."""
    return [
        Binding(c.key, c.action, c.name, show=False, priority=True) for c in COMMANDS if c.action.startswith("app.")
    ]


def key_bindings() -> list[Binding]:
    """Bindings of the main screen: they work wherever the focus is."""
    return [Binding(c.key, c.action, c.name, show=c.footer, priority=c.priority) for c in COMMANDS if c.key]


def screen_bindings(commands: Iterable[Command]) -> list[Binding]:
    """For a screen without a prompt box: key and letter work everywhere."""
    return [
        Binding(",".join(filter(None, (c.key, c.letter))), c.action, c.name, show=c.footer, priority=c.priority,
                key_display=c.shown or SHOWN_KEYS.get(c.key, c.key))
        for c in commands
        if not c.action.startswith("app.")
    ]  # fmt: skip


def letter_bindings() -> list[Binding]:
    """Bindings of the answers: plain letters. The footer shows a letter only if no other key does the same."""
    return [
        *(Binding(c.letter, f"screen.{c.action}", c.name, show=c.action == "again_here") for c in COMMANDS if c.letter),
        *(Binding(str(n), f"screen.pick({n})", "label", show=False) for n in range(5)),
    ]
