"""The sides beside, or above, one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Container

from diptych.errors import ANYWHERE, HintWords
from diptych.tui.commands import letter_bindings
from diptych.tui.formatting import finds_uncounted
from diptych.tui.widgets.answer.answer_pane import AnswerPane
from diptych.tui.widgets.answer.column import Column, Face, Notice

if TYPE_CHECKING:
    from diptych.compare import Exchange, Side
    from diptych.sessions import Failure

_NARROWEST = {1: 0, 2: 50, 3: 40, 4: 40}
"""The cells that each column needs, by the number of columns beside each other."""


class Columns(Container):
    """Shows an exchange."""

    HINT_WORDS: ClassVar[HintWords] = ANYWHERE
    """How hints are worded here."""

    def __init__(self, sides: Sequence[Side]) -> None:
        self.columns = [Column(side.name, self.HINT_WORDS) for side in sides]
        super().__init__(*self.columns)
        self._sides = {side.name: side for side in sides}
        self._doing = dict.fromkeys(self._sides, "")
        self._failures: dict[str, Failure] = {}
        self.together = True
        """Whether the answers scroll together."""
        self._zoomed: Column | None = None
        self._zoom_turns: Iterator[Column] = iter(())

    # What is shown

    def use(self, sides: Sequence[Side]) -> None:
        """Take other models for the sides."""
        self._sides = {side.name: side for side in sides}

    def warming(self, side: str, doing: str) -> None:
        """Show what the endpoint of a side does before the first question; "" means ready."""
        self._doing[side] = doing
        self._failures.pop(side, None)

    def failed(self, side: str, failure: Failure) -> None:
        """Show why the endpoint of a side is not available."""
        self._failures[side] = failure

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
        for place, (column, name) in enumerate(zip(self.columns, order, strict=True), 1):
            side = self._sides[name]
            face = Face(str(place), "", None) if hidden else Face(name, side.model, name)
            if exchange is None:
                failure = self._failures.get(name)
                if failure is not None and not hidden:
                    column.show_failure(face, failure)
                else:
                    doing = "" if hidden else self._doing[name]
                    column.show_idle(face, doing or "ready", welcome)
                    welcome = ()
            elif hidden and not exchange.ended:
                # Being first, or faster, would reveal which side it is.
                column.show_idle(face, "shown when all have answered")
            elif name not in exchange.answers:
                column.show_idle(face, "no answer yet" if name in exchange.asked else "not asked")
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

    def scroll_pages(self, pages: int) -> None:
        """Scroll every answer down, or up."""
        for pane in self.panes:
            pane.follow(pane.scroll_offset.y + pages * max(1, pane.size.height - 1))

    def fit(self, width: int) -> None:
        """Put the columns beside each other if they fit, else in two rows of two, or above each other."""
        count = len(self.columns)
        across = count if width >= count * _NARROWEST[count] else 2 if count > 2 else 1
        self.styles.grid_size_columns = across
        for number, column in enumerate(self.columns):
            column.set_class(number % across != 0, "-ruled")
            last_alone = number == count - 1 and number % across == 0 and across > 1
            column.styles.column_span = across if last_alone or column is self._zoomed else 1
            column.display = self._zoomed in (None, column)
        self.styles.grid_size_rows = 1 if self._zoomed is not None else -(-count // across)

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


class AskedColumns(Columns):
    """Columns of a screen with a prompt box. Plain letters are commands while an answer has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [*letter_bindings()]
    HINT_WORDS = HintWords(
        again="press r to ask again",
        fresh="press f for a fresh instance",
        log="press l for its log",
        models="diptych pairs check shows the models that the endpoint has",
        check="see diptych pairs check",
    )
