"""The sides beside, or above, one another."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Container
from textual.message import Message

from diptych.errors import ANYWHERE, HintWords
from diptych.number_words import three_digits
from diptych.sessions import SIDE_NAMES
from diptych.tui.commands import letter_bindings
from diptych.tui.formatting import finds_uncounted, seconds_so_far
from diptych.tui.model_names import ShownName, in_the_middle, shown_names, with_doses
from diptych.tui.sanitized_text import visible
from diptych.tui.side_colors import sides_of_pair
from diptych.tui.widgets.answer.answer_pane import AnswerPane
from diptych.tui.widgets.answer.column import Column, Notice
from diptych.tui.widgets.answer.head import Face, head_room

if TYPE_CHECKING:
    from diptych.compare import Exchange, Side
    from diptych.sessions import Failure

_LONGEST_NAME = 24
"""Cells of a label in a head."""
_NARROWEST = {1: 0, 2: 50, 3: 40, 4: 40}
"""The cells that each column needs, by the number of columns beside each other."""


class Columns(Container):
    """Shows an exchange."""

    class Moved(Message):
        """It has another size, or begins or ends at another row."""

    HINT_WORDS: ClassVar[HintWords] = ANYWHERE
    """How hints are worded here."""

    def __init__(self, sides: Sequence[Side], most: int = 0) -> None:
        """`most`: how many sides there may be at another time, if more than now."""
        own = list(sides_of_pair([side.name for side in sides]).values())
        names = [*own, *(name for name in SIDE_NAMES if name not in own)][: max(most, len(sides))]
        self._all = [Column(name, self.HINT_WORDS) for name in names]
        super().__init__(*self._all)
        self.columns = self._all[: len(sides)]
        """Those that show a side."""
        self._sides = {side.name: side.model for side in sides}
        """The model that each side has for the next question."""
        self._likes = sides_of_pair(list(self._sides))
        self._shown_as = {side.name: _shown_as(side) for side in sides}
        self._models = self._sides
        """The models that are shown: those of the exchange, if there is one."""
        self._names = [{side.name: ShownName(shared=side.model) for side in sides} for _ in sides]
        """For each column the names of all models, as they are shown there."""
        self._starting: dict[str, tuple[str, str, float]] = {}
        """What the endpoints that are not ready do, how long that took the last time, and since when."""
        self._failures: dict[str, Failure] = {}
        self._width = 0
        self._idle = False
        """Whether nothing was asked, and all endpoints are ready."""
        self.nothing_yet = "ready"
        """What is said of a side before the first question."""
        self.not_asked: tuple[str, ...] = ("not asked",)
        """What is said of a side that the question did not go to, the longest wording first."""
        self.together = True
        """Whether the answers scroll together."""
        self._zoomed: Column | None = None
        self._zoom_turns: Iterator[Column] = iter(())

    # What is shown

    def use(self, sides: Sequence[Side]) -> None:
        """Take other models for the sides, or other sides."""
        before, self._sides = self._sides, {side.name: side.model for side in sides}
        self._shown_as = {side.name: _shown_as(side) for side in sides}
        if self._sides.keys() != before.keys():
            self._likes = sides_of_pair(list(self._sides))
            self.columns = self._all[: len(sides)]
            self._starting, self._failures = {}, {}
            self._zoomed, self._models = None, self._sides
            self.fit(self._width)

    def warming(self, side: str, doing: str, last: str = "") -> None:
        """Show what the endpoint of a side does before the first question, and how long that took the `last` time; ""
        means ready."""
        self._failures.pop(side, None)
        *_, since = self._starting.get(side, ("", "", time.monotonic()))
        self._starting[side] = (doing, last, since)
        if not doing:
            del self._starting[side]

    def failed(self, side: str, failure: Failure) -> None:
        """Show why the endpoint of a side is not available."""
        self._starting.pop(side, None)
        self._failures[side] = failure

    @property
    def moving(self) -> bool:
        """Whether it has numbers to show in a moment, even if nothing new comes."""
        return any(column.moving for column in self.columns)

    @property
    def failing(self) -> bool:
        """Whether the endpoint of a side is not available."""
        return bool(self._failures)

    def show(
        self, exchange: Exchange | None, labels: Mapping[str, Sequence[str]], blind: bool, welcome: Sequence[Notice]
    ) -> None:
        """Show an exchange as it stands now; without one, what the endpoints do. `labels`: what people said of the
        answer of each side; `blind`: the next one is hidden; `welcome`: what to say while nothing was asked."""
        hidden = exchange.hidden if exchange is not None else blind
        order = exchange.order if exchange is not None else tuple(self._sides)
        telling = exchange is not None and not hidden and finds_uncounted(exchange.answers.values())
        idle = exchange is None and not self._starting and not self._failures
        models = self._sides | (exchange.models if exchange is not None else {})
        if (self._idle, self._models) != (idle, models):
            self._idle, self._models = idle, models
            self._fit_heads()
        for place, (column, name) in enumerate(zip(self.columns, order, strict=True), 1):
            face = Face(str(place), ShownName(), None)
            if not hidden:
                face = Face(self._shown_as[name], self._names[place - 1][name], name, self._likes[name])
            if exchange is None:
                failure = self._failures.get(name)
                if failure is not None and not hidden:
                    column.show_failure(face, failure)
                else:
                    starting = self._starting.get(name) if not hidden else None
                    ways = _starting_ways(*starting) if starting is not None else (self.nothing_yet,)
                    column.show_idle(face, ways, welcome, counting=starting is not None)
                    welcome = ()
            elif hidden and not exchange.ended:
                # Being first, or faster, would reveal which side it is.
                waited = seconds_so_far(max(live.waited for live in exchange.answers.values()))
                column.show_idle(
                    face,
                    (f"shown when all have answered · {waited}", f"waiting for all · {waited}", waited),
                    counting=True,
                )
            elif name not in exchange.answers:
                ways = ("no answer yet",) if name in exchange.asked else self.not_asked
                column.show_idle(face, ways)
            else:
                column.show(face, exchange.answers[name], labels.get(name, ()), telling)

    def side_of(self, column: Column, exchange: Exchange | None) -> str:
        """The name of the side that a column shows."""
        order = exchange.order if exchange is not None else tuple(self._sides)
        return order[self.columns.index(column)]

    def reasoning(self, exchange: Exchange | None) -> str:
        """What the sides have thought aloud, as far as it may be shown; "" where none has."""
        if exchange is None or (exchange.hidden and not exchange.ended):
            return ""
        thoughts = [(column.face_name, column.thoughts) for column in self.columns]
        return "\n\n".join(f"{name}\n\n{thought}" for name, thought in thoughts if thought)

    def plain(self, plain: bool) -> None:
        """Show only name and state of each side, or everything."""
        for column in self.columns:
            column.plain = plain

    @property
    def focused(self) -> Column | None:
        """The column whose answer has the focus."""
        return next((column for column in self.columns if column.pane.has_focus), None)

    @property
    def panes(self) -> list[AnswerPane]:
        """The answers from left to right."""
        return [column.pane for column in self.columns]

    @property
    def end_of_answers(self) -> int | None:
        """The row below the lowest answers; None while none are shown."""
        shown = [column for column in self.columns if column.pane.region]
        lowest = max((column.region.bottom for column in shown), default=0)
        return min((column.pane.region.bottom for column in shown if column.region.bottom == lowest), default=None)

    def focus_pane(self) -> None:
        """Focus the first visible answer."""
        next(column for column in self.columns if column.display).pane.focus()

    # Space

    @on(AnswerPane.Scrolled)
    def _scrolled(self, event: AnswerPane.Scrolled) -> None:
        if self.together:
            for pane in self.panes:
                if pane is not event.pane:
                    pane.follow(event.y)
        self._show_more()

    def scroll_pages(self, pages: int) -> None:
        """Scroll every answer down, or up."""
        for pane in self.panes:
            pane.follow(pane.scroll_offset.y + pages * max(1, pane.size.height - 1))
        self._show_more()

    def _show_more(self) -> None:
        for column in self.columns:
            column.show_more()

    def on_resize(self) -> None:
        """Tell the screen."""
        self.post_message(self.Moved())

    def fit(self, width: int) -> None:
        """Put the columns beside each other if they fit, else in two rows of two, or above each other."""
        self._width = width
        count = len(self.columns)
        across = count if width >= count * _NARROWEST[count] else 2 if count > 2 else 1
        self.styles.grid_size_columns = across
        for column in self._all[count:]:
            column.display = False
        for number, column in enumerate(self.columns):
            column.set_class(number % across != 0, "-ruled")
            last_alone = number == count - 1 and number % across == 0 and across > 1
            column.styles.column_span = across if last_alone or column is self._zoomed else 1
            column.display = self._zoomed in (None, column)
        self.styles.grid_size_rows = 1 if self._zoomed is not None else -(-count // across)
        self._fit_heads()

    def _fit_heads(self) -> None:
        """Show as much of every model's name, and of every answer's state, as there is room for on all sides that are
        beside each other."""
        models = [with_doses(self._models[name]) for name in self._sides]
        self._names = []
        for column in self.columns:
            across = self.styles.grid_size_columns // max(1, column.styles.column_span)
            width = self._width // across - (across > 1)
            idle = len(f"· {self.nothing_yet}") if self._idle else 0
            names, column.state_room = head_room(width, list(self._shown_as.values()), models, idle)
            shown = dict(zip(self._sides, shown_names(models, names), strict=True))
            self._names.append(shown)
            column.show_model(shown)

    @property
    def zoomed(self) -> bool:
        """Whether one side has the whole width."""
        return self._zoomed is not None

    def next_zoom(self) -> None:
        """The focused side alone, then each other one, then all again."""
        if self._zoomed is None:
            start = self.columns.index(self.focused) if self.focused is not None else 0
            self._zoom_turns = iter(self.columns[start:] + self.columns[:start])
        self.zoom(next(self._zoom_turns, None))

    def zoom(self, only: Column | None) -> None:
        """One side alone, or all."""
        had_focus = self.focused is not None
        self._zoomed = only
        self.set_class(only is not None, "-zoomed")
        self.fit(self.size.width)
        if only is not None and had_focus:
            only.pane.focus()


def _starting_ways(doing: str, last: str, since: float) -> tuple[str, ...]:
    """What an endpoint does before it is ready, and for how long: the details go first where there is no room. Some say
    themselves how long."""
    waited = seconds_so_far(time.monotonic() - since)
    said = doing if doing.endswith(" s") else f"{doing} · {waited}"
    details = doing.split(", ")
    shorter = [f"{', '.join(details[:number])} · {waited}" for number in range(len(details) - 1, 0, -1)]
    return (*([f"{said}, {last} last time"] if last else []), said, *shorter, f"starting · {waited}", waited)


def _shown_as(side: Side) -> str:
    """What a side is called in its head: its name, with x where the label of a member does not tell it."""
    name = in_the_middle(visible(side.name), _LONGEST_NAME)
    told = side.x is None or three_digits(side.x) in name or f"{side.x:g}" in name
    return name if told or side.x is None else f"{name} @ {three_digits(side.x)}"


class AskedColumns(Columns):
    """Columns of a screen with a prompt box. Plain letters are commands while an answer has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [*letter_bindings()]
    HINT_WORDS = HintWords(
        again="press r to ask again",
        fresh="press f for a fresh instance",
        log="press l for its log",
        models="press a to choose from the models that the endpoint has",
        check="see diptych pairs check",
    )
