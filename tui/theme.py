"""The three themes. Two roles have a colour each and keep it everywhere; so have the two kinds of finding.

The colours are those of exported reports, too.
"""

from textual.color import Color
from textual.theme import Theme

from diptych.sessions import (
    DESCRIPTION_COLOR,
    DESCRIPTION_INK_LIGHT,
    PATTERN_COLOR,
    PATTERN_INK_LIGHT,
    SIDE_COLORS_DARK,
    SIDE_COLORS_LIGHT,
    SIDE_NAMES,
)

_CONTRAST_SIDES = ("#7CC8F5", "#FFB733", "#2BD3A0", "#CFCFCF")


def _theme(
    name: str, dark: bool, ink: str, dim: str, ground: str, bar: str, sides: tuple[str, ...], **own: str
) -> Theme:
    variables = {f"side-{side}": color for side, color in zip(SIDE_NAMES, sides, strict=True)}
    variables["message"] = Color.parse(bar).blend(Color.parse(ink), 0.12).hex
    variables |= {"ink": ink, "dim": dim, "ground": ground, "bar": bar, "letter-ink": "#101010", **own}
    variables |= {
        "footer-background": bar,
        "footer-foreground": dim,
        "footer-key-foreground": ink,
        "footer-key-background": bar,
        "footer-description-background": bar,
        "footer-description-foreground": dim,
        "footer-item-background": bar,
        "input-selection-background": f"{sides[0]} 40%",
        "block-cursor-background": ink,
        "block-cursor-foreground": ground,
        "scrollbar": bar,
        "scrollbar-background": ground,
        "scrollbar-background-hover": ground,
        "scrollbar-background-active": ground,
        "scrollbar-corner-color": ground,
        "scrollbar-hover": dim,
        "scrollbar-active": dim,
    }
    return Theme(
        name=name,
        primary=sides[0],
        secondary=sides[1],
        warning=own["pattern"],
        error=own["fault"],
        success=sides[2],
        accent=sides[1],
        foreground=ink,
        background=ground,
        surface=ground,
        panel=bar,
        dark=dark,
        variables=variables,
    )


THEMES = (
    _theme(
        "diptych-dark", True, "#D8DEE3", "#7C8790", "#0F1418", "#161D24", SIDE_COLORS_DARK,
        pattern=PATTERN_COLOR, letter=PATTERN_COLOR, description=DESCRIPTION_COLOR, fault="#FF6B5E",
    ),
    _theme(
        "diptych-light", False, "#1C2226", "#5F6A72", "#FCFCFA", "#ECEEF0", SIDE_COLORS_LIGHT,
        pattern=PATTERN_INK_LIGHT, letter=PATTERN_COLOR, description=DESCRIPTION_INK_LIGHT, fault="#B3261E",
    ),
    _theme(
        "diptych-contrast", True, "#FFFFFF", "#C8C8C8", "#000000", "#1C1C1C", _CONTRAST_SIDES,
        pattern="#FFF04D", letter="#FFF04D", description="#FF9AD2", fault="#FF8A80",
    ),
)  # fmt: skip

THEME_NOTE = "theme"
"""The name under which the store keeps the theme that was chosen in the console."""


def note_of(configured: str, chosen: str) -> str:
    """The note to store for a chosen theme. It also holds the configured theme of that time."""
    return f"{configured} {chosen}"


def chosen_theme(configured: str, note: str | None) -> str:
    """The theme that was chosen last, unless the configured theme has changed since."""
    before, _, chosen = (note or "").partition(" ")
    known = chosen in [theme.name for theme in THEMES]
    return chosen if known and before == configured else configured
