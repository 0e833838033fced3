"""What a user can do in the list of a family's members, on its curve, and in the dialog about what is drawn."""

import msgspec

from diptych.tui.commands import ANSWERS, APP_COMMANDS, ASKING, CLAIM, HELP, MOVING, SCREENS, Command, widget_keys

_MEMBERS = "Members"
FAMILY_COMMANDS = (
    widget_keys("enter", _MEMBERS, "Put members on the sides", 
                "The marked one beside that of the first arm, or the picked ones",
                "submit", "beside each other", 1),
    Command("pick", "space", "", _MEMBERS, "Pick a member", "pick", "Up to four; enter puts these beside each other",
            footer=2, priority=True),
    widget_keys("a–z", _MEMBERS, "Find a member", "By label, arm or model; blanks do not matter"),
    Command("more", "ctrl+r", "", ASKING, "Ask all members", "ask all",
            "The question of the main screen, as often as you say, in the background", footer=3),
    Command("stop", "ctrl+c", "", ASKING, "Stop asking", "stop", "What has come is kept", footer=6, priority=True),
    Command("answers", "f3", "", SCREENS, "See their answers", "answers", "As rows, beside each other", footer=3),
    Command("curve", "f4", "", SCREENS, "See the curve", "curve", "What the members do and say, over x", footer=2),
    Command("other_measures", "tab", "", _MEMBERS, "Show other measures", "measures", "Those that have no room",
            footer=5, priority=True),
    msgspec.structs.replace(HELP, letter=""),
    *APP_COMMANDS,
    Command("back", "escape,f11", "", MOVING, "Go back", "back", "Clears what you typed first", footer=1,
            priority=True),
    Command("move(-1)", "up", "", MOVING, "Go to the member before", "", "A click marks one, a second one chooses it"),
    Command("move(1)", "down", "", MOVING, "Go to the member after", "", "In the list"),
    Command("page(-1)", "pageup", "", MOVING, "Go a page back", "", "In the list"),
    Command("page(1)", "pagedown", "", MOVING, "Go a page further", "", "In the list"),
    Command("jump(0)", "home", "", MOVING, "Go to the first member", "", "Of those that were found", priority=True),
    Command("jump(-1)", "end", "", MOVING, "Go to the last member", "", "Of those that were found", priority=True),
)  # fmt: skip
_PICTURE = "The picture"
CURVE_COMMANDS = (
    widget_keys("enter", ANSWERS, "Read these answers", "Of the models behind the marked point", "read",
                "read answers", 1),
    widget_keys("up,down,k,j", MOVING, "Go to another point", "The picture marks it", "move(-1)", "point", 6),
    Command("next_point", "space", "", MOVING, "Go to the next x", "",
            "The same question; after the last x, the first one again"),
    Command("scatter", "s", "", _PICTURE, "Report against behaviour, or the curve", "scatter",
            "A point a model: what it says against what it does", footer=2),
    Command("log_axis", "x", "", _PICTURE, "Make the axis logarithmic, or linear", "log axis",
            "What is not above 0 then stands apart at the left", footer=3),
    Command("drawn", "m", "", _PICTURE, "Choose the measures that are drawn", "measures",
            "Two of what the models do, and two of what they say", footer=4),
    Command("words", "w", "", _PICTURE, "Read all that is said of the picture", "words",
            "Where there is no room for it beside the picture", footer=6),
    CLAIM,
    Command("more", "n", "", ASKING, "Ask for more answers", "more", "Of all models", footer=4),
    Command("export", "e", "", SCREENS, "Export this session", "export", "To a file; the report has this picture",
            footer=4),
    HELP,
    *APP_COMMANDS,
    Command("dismiss", "escape", "q,f4", MOVING, "Go back", "back", "To the answers", footer=1),
    widget_keys("pageup,pagedown,home,end,g,G", MOVING, "Go a page further, or to the first or last point"),
)  # fmt: skip
DRAWN_COMMANDS = (
    widget_keys("enter", _PICTURE, "Draw this measure, or leave it out", "At most two of a kind", "select",
                "draw or leave out"),
    HELP,
    Command("done", "escape", "m,q", MOVING, "Show the picture", "done", "With the measures that are marked"),
    widget_keys("up,down,pageup,pagedown,home,end", MOVING, "Go to another measure"),
)  # fmt: skip
