"""The two pictures of a family as data: rates over x, and report against behaviour.

They are drawn in the console as cells and in reports as SVG. Whoever makes them has decided every number and every
sentence, so that all drawings say the same.
"""

from typing import Literal

import msgspec

Role = Literal["does", "says"]
"""Whether a measure is about what a model does, or about what it says of itself."""
ROLE_GLYPHS: dict[Role, tuple[str, str, str, str]] = {"does": ("●", "■", "○", "□"), "says": ("◆", "▲", "◇", "△")}
"""The signs of the first and the second measure of a role; then those of the same measures in another arm."""
ARM_GLYPHS = ("■", "●", "▲", "◆", "○", "△")
"""The signs of arms in a scatter, in their order; from the seventh on they begin again."""


class PicturePoint(msgspec.Struct, frozen=True):
    """The members of an arm that share one x."""

    x: float
    rate: float
    low: float
    high: float
    """The ends of its 95 % interval."""
    words: str
    """The same in words: "19/60 [.21, .44]"."""
    members: tuple[str, ...]
    """Their labels."""


class PictureLine(msgspec.Struct, frozen=True):
    """A measure of an arm over x."""

    role: Role
    label: str
    """Of the measure."""
    arm: str
    glyph: str
    points: tuple[PicturePoint, ...]
    """By rising x."""
    fit: tuple[tuple[float, float], ...]
    """x and rate of the isotonic fit; between two of them it is straight."""
    words: tuple[str, ...]
    """What is said of it: "half at .56 [.51, .61]"."""


class PictureBand(msgspec.Struct, frozen=True):
    """A measure of the members without x, usually of the base."""

    role: Role
    label: str
    arm: str
    glyph: str
    """That of its measure."""
    rate: float
    low: float
    high: float
    words: str
    """The rate in words: "0/60 [.00, .06]"."""


class PictureColumn(msgspec.Struct, frozen=True):
    """A measure that is drawn."""

    role: Role
    glyph: str
    label: str


class PictureRow(msgspec.Struct, frozen=True):
    """The answers behind a point, or behind a band."""

    name: str
    """What it is called: the x of an arm, the arm, or the member."""
    arm: str
    x: float | None
    members: tuple[str, ...]
    """The labels of those who answered."""
    words: tuple[str, ...]
    """Its rate in each column: "19/60 [.21, .44]"; "–" where there is none."""


class CurvePicture(msgspec.Struct, frozen=True):
    """Rates over x."""

    title: str
    x: str
    """What x is."""
    log: bool
    """Whether the axis of x is logarithmic; what is not above 0 stands apart at its left."""
    lines: tuple[PictureLine, ...]
    bands: tuple[PictureBand, ...]
    columns: tuple[PictureColumn, ...] = ()
    rows: tuple[PictureRow, ...] = ()
    """The same in words, and the arms that are not drawn."""
    conclusions: tuple[str, ...] = ()
    """What the two say together: which rises first."""
    notes: tuple[str, ...] = ()
    """What the numbers speak of: kinds of the intervals, the unit."""


class ScatterPoint(msgspec.Struct, frozen=True):
    """A member."""

    label: str
    arm: str
    glyph: str
    x: float
    x_low: float
    x_high: float
    y: float
    y_low: float
    y_high: float
    """Both rates with the ends of their 95 % intervals."""


class ScatterPicture(msgspec.Struct, frozen=True):
    """What members say against what they do."""

    title: str
    x: str
    """The measure of what they do."""
    y: str
    """The measure of what they say."""
    arms: tuple[tuple[str, str], ...]
    """Name and sign, in the order of the family."""
    points: tuple[ScatterPoint, ...]
    columns: tuple[PictureColumn, ...] = ()
    rows: tuple[PictureRow, ...] = ()
    """A member each."""
    conclusions: tuple[str, ...] = ()
    """The rank correlation with its interval."""
    notes: tuple[str, ...] = ()
