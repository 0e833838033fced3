"""Everything that a user can do, in one table for each screen: keys, footer, palette and help are read from it.

The tables of the dialogs are in tui/dialog_commands.py: the first screen does without them."""

from collections.abc import Collection, Iterable

import msgspec
from textual.binding import Binding


class Command(msgspec.Struct, frozen=True):
    """Something that a user can do on a screen, with its keys."""

    action: str
    """What the keys call; "" where several keys of a widget do not all call the same."""
    key: str
    """Works everywhere, the prompt box included; several with commas."""
    letter: str
    """Works outside the prompt box; "" for none, several with commas."""
    group: str
    """The heading in the help."""
    name: str
    """What it does, as the help and the palette write it: "Prefill the answer"."""
    word: str
    """The same in a word or two, for the footer; "" for what the footer leaves out."""
    sentence: str
    """What there is to know besides the name."""
    footer: int = 9
    """Its place in the footer where there is little room: 1 stays longest, 9 gives way first."""
    priority: bool = False
    """Whether the key goes before what the focused widget does with it."""
    of_widget: bool = False
    """Whether a widget binds the keys, and not the screen."""
    of_family: bool = False
    """Whether it is there only while a family is asked."""

    @property
    def keys(self) -> list[str]:
        """All its keys, as Textual names them."""
        return [key for keys in (self.key, self.letter) if keys for key in keys.split(",")]

    def without(self, taken: Collection[str]) -> "Command":
        """The same without some keys."""
        key, letter = (",".join(key for key in keys.split(",") if key not in taken) for keys in (self.key, self.letter))
        return msgspec.structs.replace(self, key=key, letter=letter)


def widget_keys(
    key: str, group: str, name: str, sentence: str = "", action: str = "", word: str = "", footer: int = 9
) -> Command:
    """Keys that a widget of the screen binds: the help names them, and the footer if they have an action and a word."""
    return Command(action, key, "", group, name, word, sentence, footer, of_widget=True)


TYPING, ASKING, ANSWERS, SCREENS, MOVING, EVERYWHERE = (
    "In the prompt box", "Ask", "Answers", "Other screens", "Move", "Everywhere"
)  # fmt: skip
GROUPS = (TYPING, ASKING, ANSWERS, SCREENS, MOVING, EVERYWHERE)
"""The headings of the help in their order; a screen may have some of its own, which come first."""

HELP = Command("help", "f1", "question_mark", EVERYWHERE, "Show the help", "help",
               "All keys of the screen, and what its signs and colours mean", footer=1)  # fmt: skip
APP_COMMANDS = (
    Command("app.command_palette", "ctrl+p", "", EVERYWHERE, "Find a command by its name", "commands",
            "The themes too: dark, light and high contrast", footer=2),
    Command("app.change_theme", "", "", EVERYWHERE, "Change the theme", "theme",
            "Dark, light or high contrast; remembered", footer=9),
    Command("app.picture", "ctrl+s", "", EVERYWHERE, "Save the screen as a picture", "picture",
            "An SVG file in the current folder", footer=8),
    Command("app.quit", "ctrl+q", "", EVERYWHERE, "Leave diptych", "quit",
            "Asks first if answers are under way", footer=8),
)  # fmt: skip
"""What works on every screen, wherever the focus is."""
PALETTE_COMMANDS = (
    widget_keys("enter", "Commands", "Run the command", "Type some of its words to find it"),
    widget_keys("up,down", "Commands", "Go to another command", "Or click it"),
    widget_keys("escape", "Commands", "Go back"),
)
"""For the dialogs of Textual in which commands and themes are chosen."""

_QUESTION = Command("question", "Q", "", ANSWERS, "Read the whole question", "question",
                    "Press again for what does not fit, and once more to fold it back", footer=7)  # fmt: skip
_WORDINGS = msgspec.structs.replace(_QUESTION, sentence="Or all its wordings, where they are shown")
_TRANSCRIPT = Command("transcript", "T", "", ANSWERS, "Read the transcript", "transcript",
                      "The conversation with this side so far, its system prompt included", footer=6)  # fmt: skip
_PANE_KEYS = (
    widget_keys("tab,shift+tab", MOVING, "Go to the next side", "After the last, to the prompt box if there is one"),
    widget_keys("up,down,home,end", MOVING, "Scroll this answer", "Or turn the mouse wheel"),
    widget_keys("click", MOVING, "Focus a side, or press a key of the footer", "Drag selects text; ctrl+c copies it"),
)
_EXPORT = Command("export", "", "", SCREENS, "Export this session", "export",
                  "To a file: a table for pandas, a report to read, or all of it", footer=9)  # fmt: skip
COMMANDS = (
    widget_keys("enter", TYPING, "Ask all sides", action="submit", word="ask", footer=1),
    widget_keys("alt+enter,ctrl+j", TYPING, "Break the line"),
    widget_keys("ctrl+u", TYPING, "Clear the box", "To bring the text back: ctrl+z"),
    widget_keys("up,down", TYPING, "Bring back another question", "At the edges of the box"),
    widget_keys("1,2,3", TYPING, "Ask a first question", "While nothing is typed or asked"),
    widget_keys("0", TYPING, "Go on with the session that broke off", "While nothing is asked"),
    widget_keys("1 to 4,0", TYPING, "Blind: name the fine-tuned copy's answer", "0: cannot tell"),
    HELP,
    Command("probes", "f2", "p", SCREENS, "Choose a probe", "probes", "And one of its questions", footer=2),
    Command("samples", "f3", "s", SCREENS, "See many samples", "samples",
            "All answers to this question as rows; more can be asked for there", footer=2),
    Command("curve", "f4", "", SCREENS, "See the curve of the family", "curve",
            "What its members do and say over x, and all of them as rows", footer=2, of_family=True),
    Command("measures", "f4", "m", SCREENS, "See all rates", "measures",
            "Every rate of this session with its interval, in plots; tab goes on to the claim card", footer=2),
    Command("divergence", "f5", "d", SCREENS, "See where they differ", "differ",
            "The divergence of the sides, token by token", footer=2),
    Command("sessions", "f6", "h", SCREENS, "Find a saved session", "sessions",
            "Find, open, replay, name, tag, note, copy, export or delete it", footer=1, priority=True),
    Command("walk", "", "space", ASKING, "Show the next x", "next x",
            "In a presentation: the member with the next x, the same question; after the last one, the next question",
            footer=5, of_family=True),
    Command("next", "", "space,right", ASKING, "Ask the next question", "next",
            "The next exchange; after the last one, the probe's next question", footer=5),
    Command("again", "ctrl+r", "", ASKING, "Ask all sides again", "again", "The same question", footer=3),
    Command("again_here", "", "r", ASKING, "Ask this side again", "again here", "The same question", footer=4),
    Command("settings", "f10", "comma", ASKING, "Change the settings", "settings",
            "Temperature, token limit, system prompt and more, for the next questions", footer=4),
    Command("dose(1)", "alt+right", "plus", ASKING, "Turn the adapter up", "dose up",
            "Its dose in this side's next answers: 0 to 1.5; of several adapters the last one's", footer=8),
    Command("dose(-1)", "alt+left", "minus", ASKING, "Turn the adapter down", "dose down",
            "Answers at each dose count apart; at 0 the base itself answers", footer=8),
    Command("fresh", "ctrl+n", "f", ASKING, "Ask fresh, or converse", "fresh",
            "Fresh instances, or the next turn of each side's conversation", footer=3),
    Command("form", "ctrl+l", "w", ASKING, "Change the way of asking", "form",
            "In chat, as plain text without a template, or as the user's turn written by the model", footer=6),
    Command("begin", "ctrl+g", "b", ASKING, "Prefill the answer", "prefill",
            "Type its beginning, which the sides continue; again: no longer", footer=5),
    Command("to", "ctrl+o", "o", ASKING, "Choose who is asked", "to", "All sides, or one", footer=6),
    Command("guess", "", "u", ASKING, "Run the guess control", "guess",
            "Guessability: base continues this answer from just before it describes its pattern", footer=7),
    Command("blind", "ctrl+t", "x", ASKING, "Compare blind", "blind",
            "Hide which side is which until you have guessed it", footer=5),
    Command("judge", "", "c", ASKING, "Ask the judges", "judge",
            "The probe's judges, about these answers; afterwards: read their verdicts and replies", footer=7),
    Command("label", "f7", "n", ANSWERS, "Label this answer", "label",
            "In your own words; labels are counted beside the detectors", footer=5, priority=True),
    Command("watch", "", "slash", ANSWERS, "Mark a text in all answers", "mark",
            "Also a /regular expression/; it is counted from then on", footer=6),
    Command("copy", "", "y", ANSWERS, "Copy this answer", "copy", "The focused side's", footer=6),
    msgspec.structs.replace(_TRANSCRIPT, key="", letter="T"),
    msgspec.structs.replace(_QUESTION, key="", letter="Q"),
    Command("zoom", "f9", "z", ANSWERS, "Show one side alone", "zoom",
            "Over the whole width; again: the next side, then all", footer=3),
    Command("together", "f8", "t", ANSWERS, "Scroll together or apart", "scroll", "All sides, or one", footer=7),
    Command("reasoning", "", "v", ANSWERS, "Read the reasoning", "reasoning",
            "What the models wrote before they answered", footer=6),
    Command("members", "f11", "a", SCREENS, "Choose members of the family", "members",
            "All of them with their numbers; any two to four are put on the sides", footer=2, of_family=True),
    Command("models", "f11", "a", SCREENS, "Change this side's model", "models",
            "Choose another model, or open a family; load or unload an adapter", footer=5),
    Command("log", "", "l", SCREENS, "Read the server log", "log", "What this side's server wrote last", footer=7),
    _EXPORT,
    Command("present", "f12", "e", EVERYWHERE, "Present to a room", "present",
            "Question, answers and measures alone; again, or esc, ends it", footer=5),
    *APP_COMMANDS,
    Command("interrupt", "ctrl+c", "", EVERYWHERE, "Stop the answers", "stop",
            "Copies what is selected instead; when nothing streams, press it twice to leave", footer=7, priority=True),
    Command("type", "", "enter", MOVING, "Go to the prompt box", "type", "Plain letters are typed there", footer=4),
    Command("back", "escape", "", MOVING, "Go back one step", "back",
            "Out of the zoom; from the prompt box to the answers and back", footer=7, priority=True),
    Command("earlier", "alt+up", "left_square_bracket", MOVING, "Show the exchange before", "earlier",
            "The question asked before this one, with its answers", footer=7),
    Command("later", "alt+down", "right_square_bracket", MOVING, "Show the exchange after", "later",
            "The question asked after this one, with its answers", footer=7),
    Command("scroll_answers(-1)", "pageup", "", MOVING, "Scroll all sides up", "", "By a page"),
    Command("scroll_answers(1)", "pagedown", "", MOVING, "Scroll all sides down", "", "By a page"),
    *_PANE_KEYS,
)  # fmt: skip

_IN_REPLAY = {
    "help": "",
    "samples": "All answers to this question that have come, as rows",
    "measures": "",
    "divergence": "How sure each side was of its own tokens, where that was kept",
    "sessions": "",
    "together": "",
    "zoom": "",
    "copy": "",
    "transcript": "",
    "question": "",
    "judge": "The verdicts of the judges, as they were kept, and their replies",
    "reasoning": "",
    "present": "",
    "export": "",
    "app.command_palette": "",
    "app.picture": "",
    "app.quit": "",
    "earlier": "",
    "later": "",
    "scroll_answers(-1)": "",
    "scroll_answers(1)": "",
    "interrupt": "Copies what is selected instead; press it twice to leave",
    "back": "From one side over the whole width back to all",
}
"""The commands that a replay shares with the main screen, and their sentences where these differ."""
_IN_REPLAY_NAMES = {"judge": "Read the verdicts", "interrupt": "Leave"}

_REPLAY = "Replay"
REPLAY_COMMANDS = (
    Command("pause", "space", "", _REPLAY, "Pause", "pause", "Press again to go on", footer=1),
    Command("next", "enter", "right", _REPLAY, "Skip ahead", "next",
            "To the end of this answer, then to the next question", footer=1),
    Command("faster", "plus", "", _REPLAY, "Play faster", "faster", "Twice as fast", footer=2),
    Command("slower", "minus", "", _REPLAY, "Play slower", "slower", "Half as fast", footer=2),
    Command("stepwise", "w", "", _REPLAY, "Play step by step", "step",
            "Waits for a key before each question; again: no longer", footer=2),
    Command("leave", "q", "", _REPLAY, "Leave the replay", "leave", "Back to where it was started", footer=1),
    *(
        msgspec.structs.replace(
            command,
            name=_IN_REPLAY_NAMES.get(command.action, command.name),
            sentence=_IN_REPLAY[command.action] or command.sentence,
        )
        for command in COMMANDS
        if command.action in _IN_REPLAY
    ),
    *_PANE_KEYS,
)  # fmt: skip
"""Nothing is typed in a replay: letters work everywhere."""

_ROWS, _FINDING = "Rows", "While a text is typed to be found"
_ROW_KEYS = (
    widget_keys("up,down,k,j", MOVING, "Go to another row"),
    widget_keys("pageup,pagedown,home,end", MOVING, "Go a page further, or to the first or last row"),
)
_LABEL_PICKED = Command(
    "label_picked", "f7", "b", ANSWERS, "Label 20 at random", "label 20",
    "Of each side, unnamed, picked by the program: your labels correct the rates", footer=3,
)  # fmt: skip
SAMPLES_COMMANDS = (
    widget_keys("enter", _ROWS, "Read an answer in full", "Beside its counterpart", "read", "read", 1),
    Command("more", "n", "plus", ASKING, "Ask for more samples", "more", "In the background", footer=1),
    Command("pause", "space", "", ASKING, "Pause the samples", "pause", "Press again to go on", footer=6),
    Command("stop", "x", "ctrl+c", ASKING, "Stop what is under way", "stop",
            "The samples and the scoring; what has come is kept", footer=6,
            priority=True),
    Command("again", "ctrl+r", "", ASKING, "Ask all sides again", "again", "One more answer of each side", footer=8),
    Command("sort", "s", "", _ROWS, "Sort the rows", "sort", "By number, finding, exclusion or length", footer=2),
    Command("filter", "f", "", _ROWS, "Filter the rows", "filter",
            "Only one outcome of the measure, or where detector, judge and label disagree", footer=2),
    Command("search", "slash", "", _ROWS, "Find a text", "find", "Shows the answers that contain it", footer=2),
    widget_keys("enter", _FINDING, "Keep the filter", "", "submit", "keep", 1),
    widget_keys("escape", _FINDING, "Clear the filter", "", "clear", "clear", 1),
    _LABEL_PICKED,
    Command("judge", "c", "", ANSWERS, "Ask the judges", "judge",
            "About all these answers; the first press says what it takes, the second asks", footer=7),
    Command("score", "e", "", ANSWERS, "Score the answers", "entropy",
            "How surprised each side is at every answer, and its entropy; press twice", footer=7),
    Command("fold", "g", "", _ROWS, "Fold equal answers", "fold", "Into one row; again: each on its own", footer=3),
    Command("measure", "m", "", _ROWS, "Take the next measure", "measure", "To sort and filter by", footer=3),
    Command("differences", "o", "", _ROWS, "Open the unexpected differences", "differences",
            "All of them, with examples", footer=2),
    Command("wordings", "w", "", _ROWS, "Show all wordings", "wordings",
            "Of the question; again: this one alone", footer=5),
    _WORDINGS,
    _EXPORT,
    HELP,
    *APP_COMMANDS,
    Command("back", "escape", "q,f3", MOVING, "Go back", "back",
            "Ends the search first, then shows all rows again", footer=1),
    widget_keys("left,right,tab,h,l", MOVING, "Go to the other side"),
    *_ROW_KEYS,
)  # fmt: skip

DIFFERENCES_COMMANDS = (
    widget_keys("enter", ANSWERS, "Read the example in full", "Beside its counterpart", "read", "read", 1),
    widget_keys("up,down,k,j", MOVING, "Go to another example", "", "move(-1)", "example", 2),
    _WORDINGS,
    HELP,
    *APP_COMMANDS,
    Command("back", "escape", "q,o", MOVING, "Go back", "back", "To the answers", footer=1),
    widget_keys("pageup,pagedown,home,end", MOVING, "Go a page further, or to the first or last example"),
)

READING_COMMANDS = (
    Command("step(-1)", "left", "left_square_bracket", MOVING, "Read the row before", "earlier", "Of the same rows",
            footer=2, priority=True),
    Command("step(1)", "right", "right_square_bracket", MOVING, "Read the row after", "later", "Of the same rows",
            footer=2, priority=True),
    Command("other", "tab", "", MOVING, "Go to the next side", "other side", "To scroll or copy its answer",
            footer=2, priority=True),
    Command("copy", "y", "", ANSWERS, "Copy this answer", "copy", "The focused side's", footer=2),
    _TRANSCRIPT,
    _WORDINGS,
    HELP,
    *APP_COMMANDS,
    Command("back", "escape", "q,enter", MOVING, "Go back", "back", "To the rows", footer=1),
    widget_keys("up,down,home,end,k,j", MOVING, "Scroll this answer", "Or turn the mouse wheel"),
)  # fmt: skip

DIVERGENCE_COMMANDS = (
    widget_keys("left,right,h,l", MOVING, "Go to another token", "", "step(-1)", "token", 2),
    Command("other", "tab", "", MOVING, "Go to the next side", "other answer", "To walk through its answer",
            footer=2, priority=True),
    Command("tokens", "t", "enter", ANSWERS, "See the likeliest tokens", "likeliest",
            "Of both sides at this place; choose one to go on from", footer=1),
    Command("line_totals", "p", "", ANSWERS, "Show the total of each line", "per line", "In the margin", footer=2),
    Command("surprising", "s", "", ANSWERS, "Go to the most surprising token", "surprising",
            "Again: to the next", footer=2),
    _QUESTION,
    HELP,
    *APP_COMMANDS,
    Command("cancel", "escape", "q,f5,d", MOVING, "Go back", "back", "To the answers", footer=1),
    widget_keys("up,down,k,j", MOVING, "Go to another line"),
    widget_keys("home,end,g,G", MOVING, "Go to the first token or the last"),
)  # fmt: skip

_SESSION = "This session"
SESSIONS_COMMANDS = (
    widget_keys("enter", _SESSION, "Open the session", "To go on with it", "open", "open", 1),
    Command("replay", "p", "", _SESSION, "Replay the session", "replay", "As it came", footer=2),
    Command("rename", "r", "", _SESSION, "Change its title", "rename", "The first question at first", footer=3),
    Command("tag", "t", "", _SESSION, "Change its tags", "tag", "Words to find it by", footer=3),
    Command("note", "n", "", _SESSION, "Change its note", "note", "A line in your own words", footer=3),
    Command("duplicate", "c", "", _SESSION, "Copy the session", "copy",
            "To go on with the copy, or to label it again", footer=3),
    msgspec.structs.replace(_EXPORT, key="e", group=_SESSION, name="Export the session", footer=2),
    Command("delete", "d", "delete", _SESSION, "Delete the session", "delete", "Once this list is left", footer=3),
    Command("undo", "u", "", _SESSION, "Undo the last deletion", "undo", "Before this list is left", footer=6),
    Command("find", "slash", "", MOVING, "Find a text", "find", "In all prompts and answers", footer=2),
    HELP,
    *APP_COMMANDS,
    Command("back", "escape", "f6", MOVING, "Go back", "back", "Ends the search first", footer=1, priority=True),
    *_ROW_KEYS,
    widget_keys("g,G", MOVING, "Go to the first row or the last"),
)  # fmt: skip

CLAIM = Command("claim", "tab", "", SCREENS, "See the claim card", "claim",
                "On which legs the claim of the probe stands: that the copy knows this of itself", footer=1,
                priority=True)  # fmt: skip
MEASURES_COMMANDS = (
    widget_keys("up,down,k,j", MOVING, "Go to another measure", "Its plots are below", "move(-1)", "measure", 1),
    CLAIM,
    _LABEL_PICKED,
    HELP,
    *APP_COMMANDS,
    Command("dismiss", "escape", "q,f4,m", MOVING, "Go back", "back", "To the answers", footer=1),
    widget_keys("pageup,pagedown,home,end,g,G", MOVING, "Go four further, or to the first or last measure"),
)

_SIGNS = {
    "plus": "+", "minus": "−", "question_mark": "?", "left_square_bracket": "[", "right_square_bracket": "]",
    "slash": "/", "comma": "comma", "space": "space",
}  # fmt: skip
"""Keys that type something, besides letters and digits."""
_OTHERS = {
    "escape": "esc", "left": "←", "right": "→", "up": "↑", "down": "↓", "pageup": "page up", "pagedown": "page down",
}  # fmt: skip


def shown_key(key: str) -> str:
    """A key as it is written on the screen: "esc", "←", "ctrl+c"."""
    *modifiers, last = key.split("+")
    return "+".join([*modifiers, _SIGNS.get(last) or _OTHERS.get(last, last)])


def is_typed(key: str) -> bool:
    """Whether the key types something where text is typed."""
    return len(key) == 1 or key in _SIGNS


def app_bindings() -> list[Binding]:
    """Bindings of the app: they work on every screen, wherever the focus is."""
    offered = (HELP, *APP_COMMANDS)
    return [Binding(c.key, c.action.removeprefix("app."), c.name, priority=True) for c in offered if c.key]


def key_bindings() -> list[Binding]:
    """Bindings of the main screen: they work wherever the focus is."""
    return [Binding(c.key, c.action, c.name, priority=c.priority) for c in COMMANDS if c.key and _bound_by_screen(c)]


def screen_bindings(commands: Iterable[Command]) -> list[Binding]:
    """For a screen without a prompt box: key and letter work everywhere."""
    return [Binding(",".join(c.keys), c.action, c.name, priority=c.priority) for c in commands if _bound_by_screen(c)]


def letter_bindings() -> list[Binding]:
    """Bindings of the answers: plain letters."""
    return [
        *(Binding(c.letter, f"screen.{c.action}", c.name) for c in COMMANDS if c.letter),
        *(Binding(str(n), f"screen.pick({n})", "label", show=False) for n in range(5)),
    ]


def _bound_by_screen(command: Command) -> bool:
    return bool(command.keys) and not command.of_widget and command not in APP_COMMANDS
