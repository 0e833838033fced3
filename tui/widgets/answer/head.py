"""The head of a column: which side it shows, its model, and how its answer stands."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from diptych.tui.formatting import STATE_CELLS, first_fitting
from diptych.tui.model_names import ShownName
from diptych.tui.sanitized_text import visible
from diptych.tui.side_colors import side_style

Tone = Literal["quiet", "live", "fault"]
"""How loudly the state of an answer is shown."""
_LEAST_NAME = 12
"""Cells of the name of a model that are worth more than some numbers of its answer."""


class Face(NamedTuple):
    """How a column identifies the side that it shows."""

    name: str
    model: ShownName
    side: str | None
    """The side whose colour it has; None while the side is hidden."""
    like: str = ""
    """The side of a pair that has the same colour; "" while the side is hidden."""


class Status(NamedTuple):
    """The state of an answer."""

    ways: tuple[str, ...] = ("",)
    """How it may be worded, the longest first."""
    tone: Tone = "quiet"


class Head(Widget):
    """Name, model and state of a side."""

    face: reactive[Face] = reactive(Face("", ShownName(), None))
    status: reactive[Status] = reactive(Status())
    plain: reactive[bool] = reactive(False)
    """Whether only the name and the glyph of the state are shown."""
    room: reactive[int] = reactive(0)
    """Cells that every side has for the state of its answer."""
    marked: reactive[bool] = reactive(False)
    """Whether the answer below has the focus."""

    def render(self) -> Content:
        """Name and model on the left, state on the right. The name of the answer that has the focus is inverted, which
        is seen without colours too."""
        name, model, side, _ = self.face
        color = side_style(side) if side is not None else "$ink"
        said = [(f" {name} ", f"bold {color} reverse" if self.marked and not self.plain else f"bold {color}")]
        if model.text and not self.plain:
            # What distinguishes a model from the others is what is looked for.
            own = color if model.shared else "$ink"
            said += [(" ", ""), (model.before, own), (model.shared, "$ink"), (model.after, own)]
        ways, tone = self.status
        if self.plain:
            ways = (ways[0][:1],)
        ways = tuple(map(visible, ways))
        before = sum(len(words) for words, _ in said)
        left = self.size.width - before - 3
        room = max(1, min(self.room, left) if model.text else left)
        status = Content(first_fitting(room, *ways) or ways[-1]).truncate(room, ellipsis=True)
        gap = " " * max(2, self.size.width - before - status.cell_length - 1)
        style = {"quiet": "$dim", "live": color, "fault": "bold $fault reverse"}[tone]
        return Content.assemble(*said, gap, (status.plain, style)).truncate(max(1, self.size.width), ellipsis=True)


def head_room(width: int, sides: Sequence[str], models: Sequence[str], idle: int = 0) -> tuple[int, int]:
    """How many cells of a head that is `width` cells wide are for the name of a model, and how many for the state of an
    answer: the same on all sides, and the same before, during and after an answer. `idle`: the cells of what is said
    while nothing has been asked and nothing starts."""
    left = width - max(map(len, sides)) - 6
    longest = max(len(visible(model)) for model in models)
    most, some, fewest = STATE_CELLS
    state = most if left - most >= longest else some if left - some >= min(longest, _LEAST_NAME) else fewest
    names = max(1, min(longest, left - (idle or state)))
    return names, max(1, left - names)
