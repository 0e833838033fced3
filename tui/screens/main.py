"""The screen that a room looks at: a question, both answers, what was found, how often."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.events import Resize
from textual.screen import Screen
from textual.widgets import Footer, Label

from compare import Comparison, Exchange, smallest_visible_rate
from probes import Probe, prompt_note
from sessions import SavedAnswer, Session
from tui.commands import key_bindings, letter_bindings
from tui.inert import visible
from tui.screens.help import HelpScreen
from tui.screens.log import LogScreen
from tui.screens.picker import Picked, PickerScreen
from tui.widgets.answer_pane import AnswerPane
from tui.widgets.column import Column
from tui.widgets.prompt_box import PromptBox
from tui.widgets.strip import MeasuresStrip
from tui.widgets.title import Question, Title
from tui.words import duration

FRAME_SECONDS = 1 / 20
"""Paints are at least this far apart."""
_STACKED_BELOW = 100
"""Cells of width under which the panes stand one above the other."""
_LEAVE_SECONDS = 3.0
_SMALLEST = (80, 24)


class Columns(Container):
    """The sides, beside or above one another; plain letters work in here."""

    BINDINGS: ClassVar[list[BindingType]] = [*letter_bindings()]


class MainScreen(Screen[None]):
    """Shows a comparison and passes on what the user wants of it."""

    CSS_PATH = "main.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*key_bindings()]
    AUTO_FOCUS = "#prompt"

    def __init__(
        self, comparison: Comparison, probes: Sequence[Probe], typed: str, history: list[str], last_start: float | None
    ) -> None:
        super().__init__()
        self._comparison = comparison
        self._probes = tuple(probes)
        self._last_start = last_start
        self._shown: Exchange | None = None
        names = [side.name for side in comparison.sides]
        self._title, self._question, self._strip = Title(), Question(), MeasuresStrip(names)
        self._columns = [Column(side) for side in comparison.sides]
        self._box = PromptBox(history, typed)
        self._together = True
        self._leave_asked = 0.0
        self._zoomed: Column | None = None
        self._zoom_turns: Iterator[Column] = iter(())

    def compose(self) -> ComposeResult:
        """Title, question, sides, measures, prompt, keys: each has its place before there is anything in it."""
        yield self._title
        yield self._question
        yield Columns(*self._columns)
        yield self._strip
        with Horizontal(id="ask"):
            yield Label("›", id="ask-sign")
            yield self._box
        yield Footer(show_command_palette=True)
        yield Label(id="too-small")

    def on_mount(self) -> None:
        """Paint first, then start what takes time."""
        self._show_all()
        self._paint()
        self.call_after_refresh(self._warm_up)

    # What is shown

    @work
    async def _paint(self) -> None:
        """Show the newest state, at most once a frame, however fast the answers come."""
        comparison = self._comparison
        while True:
            await comparison.woken.wait()
            comparison.woken.clear()
            self._show_all()
            await asyncio.sleep(FRAME_SECONDS)

    def _show_all(self) -> None:
        exchange = self._shown
        for column in self._columns:
            column.show(exchange.answers.get(column.side.name) if exchange is not None else None)
        if exchange is None:
            self._welcome()
        self._show_title()
        self._show_measures()

    def _show_title(self) -> None:
        comparison, exchange = self._comparison, self._shown
        probe = comparison.probe
        condition = exchange.condition if exchange is not None else None
        asked = [probe.id if probe is not None else "no probe"]
        if exchange is not None and probe is not None:
            asked.append(condition or "free question")
        mode = ["fresh instance" if comparison.fresh else "conversation", self._temperature()]
        if not self._together:
            mode.append("scroll apart")
        if exchange is not None and len(comparison.exchanges) > 1:
            mode.append(f"{exchange.number} of {len(comparison.exchanges)}")
        if comparison.unsaved is not None:
            saved, urgent = f"not saved: {comparison.unsaved.message}", True
        elif comparison.session is not None:
            saved, urgent = f"session {comparison.session} · saved", False
        else:
            saved, urgent = comparison.pair, False
        self._title.show(asked, [m for m in mode if m], saved, urgent)
        self._question.prompt = exchange.prompt if exchange is not None else ""

    def _temperature(self) -> str:
        probe = self._comparison.probe
        default = probe.sampling.temperature if probe is not None else None
        chosen = {
            s.sampling.temperature if s.sampling.temperature is not None else default for s in self._comparison.sides
        }
        known = sorted({t for t in chosen if t is not None})
        return f"T {' / '.join(f'{t:g}' for t in known)}" if known else ""

    def _show_measures(self) -> None:
        comparison, exchange = self._comparison, self._shown
        probe = comparison.probe
        measures = comparison.measures(exchange) if exchange is not None else {}
        samples = max((c.n for sides in measures.values() for c in sides.values()), default=0)
        warnings: list[tuple[bool, str]] = []
        if samples:
            rate = f"{smallest_visible_rate(samples):.0%}".replace("%", " %")
            warnings.append(
                (True, f"{samples} {'sample' if samples == 1 else 'samples'} cannot show a rate below {rate}")
            )
        if exchange is not None and probe is not None and probe.targets:
            warnings.append(prompt_note(exchange.prompt, probe.targets))
        self._strip.show(measures, warnings)

    def _welcome(self) -> None:
        """With nothing asked yet: three questions to pick with one key."""
        self._box.picking = bool(self._first_questions())
        lines = [("", "Press a number, or type your own question.")] if self._box.picking else []
        lines += [(str(i), prompt) for i, (_, prompt) in enumerate(self._first_questions(), 1)]
        self._columns[0].pane.set_notice(lines, wrap=False)

    def _first_questions(self) -> list[tuple[str, str]]:
        probe = self._comparison.probe
        return [(c.name, c.prompts[0]) for c in probe.conditions[:3]] if probe is not None else []

    @work
    async def _warm_up(self) -> None:
        columns = {column.side.name: column for column in self._columns}
        last = f", {duration(self._last_start)} last time" if self._last_start is not None else ""

        def say(side: str, doing: str) -> None:
            columns[side].warming(f"{doing}{last}" if doing else "")

        for name in columns:
            say(name, "starting")
        began = time.monotonic()
        await self._comparison.warm_up(say)
        await self._comparison.remember("start seconds", f"{time.monotonic() - began:.3f}")

    # Asking

    @on(PromptBox.Asked)
    def _asked(self, event: PromptBox.Asked) -> None:
        self._ask(event.prompt)

    @on(PromptBox.Picked)
    def _picked(self, event: PromptBox.Picked) -> None:
        questions = self._first_questions()
        if event.number <= len(questions):
            self._ask(questions[event.number - 1][1])

    def _ask(self, prompt: str) -> None:
        self._box.picking = False
        self._shown = self._comparison.ask(prompt, self._condition_of(prompt))
        self._show_all()

    def _condition_of(self, prompt: str) -> str | None:
        """The condition of the probe that asks just this."""
        probe = self._comparison.probe
        if probe is None:
            return None
        return next((c.name for c in probe.conditions if prompt in c.prompts), None)

    @on(PromptBox.Cleaned)
    def _cleaned(self) -> None:
        self.notify("control characters were left out of the pasted text")

    async def restore(self, session: Session, saved: Sequence[SavedAnswer]) -> None:
        """Show a saved session. Raises StoreError."""
        await self._comparison.restore(session, saved)
        if self._comparison.exchanges:
            self._shown = self._comparison.exchanges[-1]
            self._box.picking = False
        self._show_all()

    # Commands

    def action_again(self) -> None:
        """Ask once more, of both sides."""
        self._again(None)

    def action_again_here(self) -> None:
        """Ask once more, of the focused side."""
        column = self._focused_column()
        self._again(column.side.name if column is not None else None)

    def _again(self, side: str | None) -> None:
        if self._shown is not None:
            self._comparison.again(self._shown, side)
            self._show_all()

    def action_fresh(self) -> None:
        """Fresh instances, or a conversation that goes on."""
        self._comparison.start_fresh(not self._comparison.fresh)
        self._show_title()

    def action_together(self) -> None:
        """Scroll together or apart."""
        self._together = not self._together
        self._show_title()

    def action_zoom(self) -> None:
        """The focused side alone, then each other one, then all again."""
        columns = self._columns
        if self._zoomed is None:
            self._zoom_turns = _turned(columns, self._focused_column())
        self._zoom(next(self._zoom_turns, None))

    def _zoom(self, only: Column | None) -> None:
        self._zoomed = only
        for column in self._columns:
            column.display = only is None or column is only
        if only is not None and self._focused_column() is not None:
            only.pane.focus()

    def action_copy(self) -> None:
        """Copy the focused side's answer."""
        column = self._focused_column()
        if column is not None and column.pane.text:
            self.app.copy_to_clipboard(column.pane.text)
            self.notify(f"copied the answer of {column.side.name}", timeout=2)

    def action_log(self) -> None:
        """The log of the focused side's server."""
        column = self._focused_column() or self._columns[0]
        self.app.push_screen(LogScreen(column.side.name, list(column.side.backend.log)))

    def action_earlier(self) -> None:
        """The exchange before."""
        self._step(-1)

    def action_later(self) -> None:
        """The exchange after."""
        self._step(1)

    def _step(self, by: int) -> None:
        exchanges = self._comparison.exchanges
        if self._shown is None:
            return
        index = exchanges.index(self._shown) + by
        if 0 <= index < len(exchanges):
            self._shown = exchanges[index]
            self._show_all()

    def action_scroll_answers(self, direction: int) -> None:
        """A page up or down in every pane."""
        for pane in self._panes:
            pane.follow(pane.scroll_offset.y + direction * max(1, pane.size.height - 1))

    def action_help(self) -> None:
        """All keys."""
        self.app.push_screen(HelpScreen())

    def action_probes(self) -> None:
        """Choose a probe and a question."""
        self.app.push_screen(PickerScreen(self._probes, self._comparison.probe), self._choose)

    def _choose(self, picked: Picked | None) -> None:
        if picked is None:
            return
        self._comparison.probe = picked.probe
        if picked.prompt is not None:
            self._box.put(picked.prompt)
        self._box.focus()
        self._show_all()

    def action_interrupt(self) -> None:
        """Copy what is selected; else stop what streams; else ask to leave."""
        selected = self.get_selected_text() or self._box.selected_text
        if selected:
            self.app.copy_to_clipboard(selected)
            self.clear_selection()
            self.notify("copied", timeout=2)
        elif self._comparison.streaming:
            self._comparison.stop()
        elif time.monotonic() - self._leave_asked < _LEAVE_SECONDS:
            self.app.exit()
        else:
            self._leave_asked = time.monotonic()
            self.notify("ctrl+c once more to leave", timeout=_LEAVE_SECONDS)

    def action_back(self) -> None:
        """One step back; a typed question stays."""
        if self._zoomed is not None:
            self._zoom(None)
        elif self.focused is self._box:
            next(column for column in self._columns if column.display).pane.focus()
        else:
            self._box.focus()

    @property
    def _panes(self) -> list[AnswerPane]:
        return [column.pane for column in self._columns]

    def _focused_column(self) -> Column | None:
        focused = self.focused
        return next((a for a in focused.ancestors if isinstance(a, Column)), None) if focused is not None else None

    # Space

    @on(AnswerPane.Scrolled)
    def _scrolled(self, event: AnswerPane.Scrolled) -> None:
        if self._together:
            for pane in self._panes:
                if pane is not event.pane:
                    pane.follow(event.y)

    def on_resize(self, event: Resize) -> None:
        """Beside each other where there is room, else one above the other."""
        width, height = event.size
        self.set_class(width < _STACKED_BELOW, "-stacked")
        self.set_class(height < 30, "-low")
        small = width < _SMALLEST[0] or height < _SMALLEST[1]
        self.set_class(small, "-too-small")
        words = f"diptych needs {_SMALLEST[0]} × {_SMALLEST[1]} cells; this terminal has {width} × {height}"
        self.query_one("#too-small", Label).update(Content(visible(words)))


def _turned(columns: list[Column], first: Column | None) -> Iterator[Column]:
    """The columns in their order, beginning with `first`."""
    start = columns.index(first) if first is not None else 0
    return iter(columns[start:] + columns[:start])
