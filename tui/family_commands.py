"""What a user can do on the curve of a family, and in the dialog about what is drawn."""

from diptych.tui.commands import ANSWERS, APP_COMMANDS, ASKING, HELP, MOVING, SCREENS, Command, widget_keys

_PICTURE = "The picture"
CURVE_COMMANDS = (
    widget_keys("enter", ANSWERS, "Read these answers", "Of the models behind the marked point", "read",
                "read answers", 1),
    widget_keys("up,down,k,j", MOVING, "Go to another point", "The picture marks it", "move(-1)", "point", 6),
    Command("scatter", "s", "", _PICTURE, "Report against behaviour, or the curve", "scatter",
            "A point a model: what it says against what it does", footer=2),
    Command("log_axis", "x", "", _PICTURE, "Make the axis logarithmic, or linear", "log axis",
            "What is not above 0 then stands apart at the left", footer=3),
    Command("drawn", "m", "", _PICTURE, "Choose the measures that are drawn", "measures",
            "Two of what the models do, and two of what they say", footer=4),
    Command("words", "w", "", _PICTURE, "Read all that is said of the picture", "words",
            "Where there is no room for it beside the picture", footer=6),
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
