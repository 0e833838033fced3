"""The legs of a claim card as rows: whether each stands, its figure, and the reason or the command."""

import re
from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from diptych.compare import LEG_SIGNS, LEG_TITLES, ClaimCard, Leg, LegName
from diptych.tui.formatting import first_fitting, in_cells
from diptych.tui.sanitized_text import visible
from diptych.tui.widgets.chrome.row_list import HeadedRowList

_BEFORE = 4
"""Cells of the cursor and of the mark."""
_GAP, _NARROW_GAP = 2, 1
_LEAST_FIGURE, _MOST_FIGURE = 19, 32
_LEAST_REASON = 16
"""Cells of a reason, at least; with less room there is none in the rows."""
_COMMA_OUTSIDE_INTERVAL = re.compile(r", (?![^\[]*\])")
_MARGIN = 1
"""Blank cells at the right of the reasons."""
_ROOMY_FROM, _HEADED_FROM = 30, 22
"""Rows of the screen from which on there are blank rows between the groups, and headings."""


class _Line(NamedTuple):
    """A row: a heading, or a leg, or blank."""

    heading: str = ""
    leg: LegName | None = None


class _Places(NamedTuple):
    """Cells of the columns."""

    title: int
    gap: int
    figure: int
    reason: int
    """0 where there is no room for it."""


class LegsList(HeadedRowList):
    """The cursor stands on a leg."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"legs--dim", "legs--held", "legs--failed", "legs--cursor"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "read", "read", key_display="enter"),
        Binding("g", "jump(0)", "first", show=False),
        Binding("G", "jump(-1)", "last", show=False),
    ]

    class Moved(Message):
        """The cursor is on another leg."""

    class Read(Message):
        """The user wants to know what is behind the leg."""

    def __init__(self) -> None:
        super().__init__()
        self._card: ClaimCard | None = None
        self._lines: list[_Line] = []

    @property
    def marked(self) -> Leg | None:
        """The leg under the cursor, once the card has been read."""
        name = self._lines[self.place].leg if self._lines else None
        return self._card.leg(name) if self._card is not None and name is not None else None

    @property
    def reason_in_row(self) -> str:
        """What the row of the marked leg says at its end, if it says it whole."""
        leg, reason = self.marked, self._places.reason
        return _reason(leg) if leg is not None and cell_len(_reason(leg)) <= reason else ""

    def show(self, card: ClaimCard) -> None:
        """Show the legs of this card; the cursor stays on its leg."""
        self._card = card
        self.refresh()
        self.post_message(self.Moved())

    def fit(self, height: int) -> None:
        """Leave out blank rows, and then headings, where the screen has little `height`; the cursor stays on its
        leg."""
        marked = self._lines[self.place].leg if self._lines else None
        self._lines = list(_lines(roomy=height >= _ROOMY_FROM, headed=height >= _HEADED_FROM))
        self._stops = [place for place, line in enumerate(self._lines) if line.leg is not None]
        self.place = next((place for place in self._stops if self._lines[place].leg == marked), self._stops[0])
        self.virtual_size = Size(0, len(self._lines))
        self.styles.max_height = len(self._lines)
        self.refresh(layout=True)

    def move_to(self, place: int) -> None:
        """Put the cursor on a leg, bring it into sight with its heading, and say so."""
        super().move_to(place)
        if place > 0 and self._lines[place - 1].heading and place - 1 < self.scroll_offset.y:
            self.scroll_to(y=place - 1, animate=False)
        self.post_message(self.Moved())

    def action_read(self) -> None:
        """What is behind the leg."""
        if self.marked is not None:
            self.post_message(self.Read())

    # Painting

    def render_line(self, y: int) -> Strip:
        """The strip of one row of the widget."""
        index, ground, width = self.scroll_offset.y + y, self.rich_style, self.size.width
        line = self._lines[index] if index < len(self._lines) else _Line()
        if line.leg is not None:
            if index == self.place:
                ground += Style(bgcolor=self.get_component_rich_style("legs--cursor").bgcolor)
            return Strip(self._leg(line.leg, index == self.place, ground)).adjust_cell_length(width, ground)
        return Strip([Segment(f"  {line.heading}", self._style("dim", ground))]).adjust_cell_length(width, ground)

    def _leg(self, name: LegName, here: bool, ground: Style) -> list[Segment]:
        """Mark, title, figure, and why; before the card has been read, the title alone."""
        dim, places = self._style("dim", ground), self._places
        cursor = Segment("› " if here else "  ", ground + Style(bold=True))
        title = in_cells(leg_title(name), places.title)
        if self._card is None:
            return [cursor, Segment(f"  {title}", dim)]
        leg = self._card.leg(name)
        mark = self._style(leg.state, ground) + Style(bold=True) if leg.decided else dim
        segments = [
            cursor,
            Segment(f"{LEG_SIGNS[leg.state]} ", mark),
            Segment(f"{title}{' ' * places.gap}", ground + Style(bold=here or None)),
            Segment(f"{_fitting_figure(leg, places.figure):{places.figure}}", ground if leg.decided else dim),
        ]
        if places.reason:
            segments.append(Segment(f"{' ' * places.gap}{in_cells(_reason(leg), places.reason)}", dim))
        return segments

    @property
    def _places(self) -> _Places:
        width = self.scrollable_content_region.width
        titles = max(cell_len(leg_title(name)) for own in LEG_TITLES.values() for name in own)
        legs = self._card.legs if self._card is not None else ()
        figures = max((cell_len(figure_words(leg)) for leg in legs), default=0)
        gap = _GAP if width - _BEFORE - titles - _GAP >= _LEAST_FIGURE else _NARROW_GAP
        room = width - _BEFORE - gap
        title = max(1, min(titles, room - _LEAST_FIGURE))
        figure = max(1, min(max(_LEAST_FIGURE, figures), _MOST_FIGURE, room - title))
        reason = room - title - figure - gap - _MARGIN
        return _Places(title, gap, figure, reason) if reason >= _LEAST_REASON else _Places(title, gap, room - title, 0)

    def _style(self, name: str, ground: Style) -> Style:
        return ground + Style(color=self.get_component_rich_style(f"legs--{name}").color)


def leg_title(name: LegName) -> str:
    """What a leg says, e.g. "the report survives its mirrors"."""
    return Leg(name, "not done").title


def figure_words(leg: Leg) -> str:
    """The figure of a leg in one line."""
    return " ".join(visible(leg.shown_figure).split())


def _fitting_figure(leg: Leg, cells: int) -> str:
    """The figure, or its first part, if it is too long: no number is cut."""
    figure = figure_words(leg)
    return first_fitting(cells, figure, _COMMA_OUTSIDE_INTERVAL.split(figure)[0])


def _reason(leg: Leg) -> str:
    """Why it stands or falls, or the command that would do what is not done, in one line."""
    return " ".join(visible(leg.shown_reason).split())


def _lines(roomy: bool, headed: bool) -> Iterator[_Line]:
    for number, (heading, titles) in enumerate(LEG_TITLES.items()):
        if roomy and number:
            yield _Line()
        if headed:
            yield _Line(heading)
        yield from (_Line(leg=name) for name in titles)
