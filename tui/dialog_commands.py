"""What a user can do in each dialog: the part of the table in tui/commands.py that the first screen does without."""

import msgspec

from diptych.tui.commands import ANSWERS, APP_COMMANDS, ASKING, EVERYWHERE, HELP, MOVING, SCREENS, Command, widget_keys

_HELP_WHERE_TYPED = msgspec.structs.replace(HELP, letter="")
_LIST_KEYS = (
    widget_keys("up,down", MOVING, "Go to another row", "A click chooses it"),
    widget_keys("pageup,pagedown,home,end", MOVING, "Go a page further, or to the first or last row"),
)
_TEXT_KEYS = widget_keys("up,down,pageup,pagedown,home,end", MOVING, "Scroll the text", "Or turn the mouse wheel")

HELP_COMMANDS = (
    _TEXT_KEYS,
    Command("signs", "tab", "", MOVING, "Go to the signs and colours", "signs", "Again: to the keys", priority=True),
    Command("dismiss", "escape", "f1,q,question_mark", MOVING, "Close the help", "back", "Back to the screen"),
)
_PROBES = "Probes"
PICKER_COMMANDS = (
    widget_keys("enter", _PROBES, "Choose this question", "It is typed into the prompt box", "submit", "choose"),
    widget_keys("a–z", _PROBES, "Filter the probes", "By title, id, condition, question, or what is counted"),
    _HELP_WHERE_TYPED,
    Command("cancel", "escape,f2", "", MOVING, "Go back", "back", "Clears the filter first"),
    widget_keys("tab,shift+tab", MOVING, "Go to all that is said of the question", "And back to the filter"),
    Command("cursor_up", "up", "", MOVING, "Go to the question before", "", "A click chooses one"),
    Command("cursor_down", "down", "", MOVING, "Go to the question after", "", "In the list"),
    Command("page_up", "pageup", "", MOVING, "Go a page back", "", "In the list"),
    Command("page_down", "pagedown", "", MOVING, "Go a page further", "", "In the list"),
    Command("first", "home", "", MOVING, "Go to the first question", "", "Of the first probe", priority=True),
    Command("last", "end", "", MOVING, "Go to the last row", "", "It watches without a probe", priority=True),
)
TEXT_COMMANDS = (
    _TEXT_KEYS,
    Command("copy", "y", "", ANSWERS, "Copy the text", "copy", "All of it"),
    HELP,
    Command("dismiss", "escape", "q,c,l,v,T", MOVING, "Go back", "back", "The key that opened the text does the same"),
)
MODELS_COMMANDS = (
    widget_keys("enter", SCREENS, "Put this model on the side", "In a new session", "select"),
    Command("unload", "delete", "backspace", SCREENS, "Unload an adapter", "", "Where the server can"),
    widget_keys("tab", SCREENS, "Load an adapter", "Type its name and its path or hub id, then press enter"),
    HELP,
    Command("cancel", "escape", "f11", MOVING, "Go back", "back", "The side stays as it is"),
    *_LIST_KEYS,
)  # fmt: skip
TOKENS_COMMANDS = (
    widget_keys("enter", ANSWERS, "Go on from this token", "All sides do; kept in the session", "select", "go on"),
    HELP,
    Command("cancel", "escape", "t,q", MOVING, "Go back", "back", "To the divergence view"),
    *_LIST_KEYS,
)
HOW_MANY_COMMANDS = (
    widget_keys("enter", ASKING, "Ask for so many", "They come in the background", "submit", "ask"),
    _HELP_WHERE_TYPED,
    Command("dismiss(None)", "escape", "", MOVING, "Go back", "back", "Nothing is asked"),
)
SETTINGS_COMMANDS = (
    widget_keys(
        "enter", ASKING, "Use these settings", "For the next questions, until you change them", "submit", "use"
    ),
    Command("reset", "ctrl+r", "", ASKING, "Reset all", "reset", "Empties every field"),
    _HELP_WHERE_TYPED,
    Command("dismiss(None)", "escape", "f10", MOVING, "Go back", "back", "Nothing is changed"),
    Command("step(1)", "down", "", MOVING, "Go to the next field", "", "Or press tab"),
    Command("step(-1)", "up", "", MOVING, "Go to the field before", "", "Or press shift+tab"),
    widget_keys("alt+enter,ctrl+j", ASKING, "Break a line of the system prompt"),
)
LINE_COMMANDS = (
    widget_keys("enter", ANSWERS, "Save the line", "Or the marked one that was used before", "submit", "save"),
    _HELP_WHERE_TYPED,
    Command("back", "escape", "", MOVING, "Go back", "back", "What was typed is dropped only at the second time"),
    Command("app.focus_next", "down", "", MOVING, "Go to those used before", "", "If there are any"),
    Command("app.focus_previous", "up", "", MOVING, "Go back to the line", "", "From those used before"),
)
LABEL_COMMANDS = (
    *LINE_COMMANDS,
    Command("next_answer", "tab", "", ANSWERS, "Label another side's answer", "next side", "What is typed stays"),
)
LABEL_PICKED_COMMANDS = (
    Command("say('yes')", "y", "", ANSWERS, "Yes, it shows it", "yes", "The next answer follows", footer=1),
    Command("say('no')", "n", "", ANSWERS, "No, it does not", "no", "The next answer follows", footer=1),
    Command("say('unsure')", "u", "", ANSWERS, "Unsure", "unsure", "The answer corrects no rate", footer=1),
    Command("before", "left", "b", ANSWERS, "Go back to the answer before", "back", "To label it again", footer=2),
    HELP,
    *APP_COMMANDS,
    Command("stop", "escape", "q,f7", MOVING, "Stop labelling", "stop",
            "What was labelled counts; the same key goes on later", footer=1),
    widget_keys("up,down,pageup,pagedown,home,end", MOVING, "Scroll the answer", "Or turn the mouse wheel"),
)  # fmt: skip
EXPORT_COMMANDS = (
    Command(
        "export", "enter", "", SCREENS, "Export the session", "export", "In this format, to this file", priority=True
    ),
    Command("app.focus_next", "tab", "down", MOVING, "Go to the file name", "file", "Type another if you like"),
    Command("app.focus_previous", "shift+tab", "up", MOVING, "Go back to the formats", "", "From the file name"),
    Command("copy", "", "y", ANSWERS, "Copy the path", "", "Of the file that was written"),
    _HELP_WHERE_TYPED,
    Command("back", "escape", "", MOVING, "Go back", "back", "Stops the export first, if one is under way"),
    *_LIST_KEYS,
)  # fmt: skip
CLAIM_COMMANDS = (
    widget_keys("enter", ANSWERS, "Read the answers behind the leg", "Or all that is said of it, where it has none",
                "read", "answers behind a leg", 1),
    Command("copy", "c", "y", ANSWERS, "Copy the command", "copy the command",
            "It does what is not done; paste it into another terminal", footer=2),
    Command("export_page", "e", "", SCREENS, "Export the card as a page", "export as a page",
            "An HTML file in the current folder, with the answers behind each leg", footer=3),
    Command("measures", "tab", "m", SCREENS, "See the rates", "measures", "Or the curve, whichever you came from",
            footer=1, priority=True),
    HELP,
    *APP_COMMANDS,
    Command("back", "escape", "q,f4", MOVING, "Go back", "back", "To the answers", footer=1),
    widget_keys("up,down,k,j", MOVING, "Go to another leg", "Its reason is below", "move(-1)", "leg", 4),
    widget_keys("pageup,pagedown,home,end,g,G", MOVING, "Go a page further, or to the first or last leg"),
)  # fmt: skip
LEAVE_COMMANDS = (
    Command("dismiss(True)", "enter,ctrl+q", "y,ctrl+c", MOVING, "Leave all the same", "leave",
            "Answers that have come are kept", priority=True),
    HELP,
    Command("dismiss(False)", "escape", "n,q", MOVING, "Stay", "stay", "Nothing is lost", priority=True),
)  # fmt: skip
_DEMO = "In the demo"
DEMO_COMMANDS = (
    Command("pause", "space", "", _DEMO, "Pause", "pause", "Again: go on", footer=1, priority=True),
    Command("next", "right", "enter", _DEMO, "Go on", "next", "To the next caption", footer=1, priority=True),
    Command("earlier", "left", "", _DEMO, "Go back", "back", "To the caption before", footer=1, priority=True),
    Command("live", "escape", "q", _DEMO, "End the demo", "end demo",
            "The live console opens, if its model is there", footer=1, priority=True),
    HELP,
    Command("leave", "ctrl+c", "", EVERYWHERE, "Leave diptych", "leave", "At once: nothing is lost", priority=True),
)  # fmt: skip
"""For watching: nothing else can be done in the demo."""
