"""Shows a question, the answers to it, the findings and the measures, of a comparison or of a replay."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.events import Resize
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Label

from diptych import compare
from diptych.sessions import StoreError
from diptych.tui import screens
from diptych.tui.comparison_status import Measures, Warnings, asked_words, measures_shown
from diptych.tui.formatting import LOW_BELOW, MODE_NAMES, counted, verdict_words
from diptych.tui.repainting import repaint
from diptych.tui.sanitized_text import visible
from diptych.tui.screens.command_screen import CommandScreen
from diptych.tui.textual_internals import TightCompositor, toast_rack, use_compositor
from diptych.tui.widgets.answer.column import Column, Findings, Notice
from diptych.tui.widgets.answer.columns import Columns
from diptych.tui.widgets.chrome.keys import Keys
from diptych.tui.widgets.chrome.title import Question, Title
from diptych.tui.widgets.measures.measures_strip import MeasuresStrip
from diptych.tui.widgets.prompt.ask_bar import SIGNS

if TYPE_CHECKING:
    from diptych.compare import Exchange, SessionView, Side

_LEAVE_SECONDS = 3.0
_SMALLEST = (80, 24)
_SMALLEST_ROOM = (60, 18)
"""The smallest size while presenting: letters are large then, and there is less besides the answers."""


class ComparingScreen(CommandScreen[None]):
    """Shows a session, and what the user wants to see of it. The main screen and the replay screen are of this kind;
    each adds what stands below the measures, and its own commands."""

    class SessionWanted(Message):
        """The user wants to open another session, or a family, in place of this one."""

        def __init__(self, chosen: screens.Chosen | screens.ChosenFamily) -> None:
            super().__init__()
            self.chosen = chosen

    class LeaveWanted(Message):
        """The user wants to leave."""

    def __init__(self, view: SessionView, columns: Columns) -> None:
        super().__init__()
        use_compositor(self, TightCompositor())
        self._view = view
        self._shown: Exchange | None = None
        self._title, self._question = Title(), Question()
        self._strip = MeasuresStrip([side.name for side in view.sides])
        self._columns = columns
        self._foot: tuple[Widget, ...] = ()
        """What stands below the answers."""
        self._leave_asked = 0.0

    def compose(self) -> ComposeResult:
        """Title, question, sides, measures, what is below them, keys. Each takes its space before it shows
        anything, so that nothing moves later."""
        yield self._title
        yield self._question
        yield self._columns
        self._foot = self._strip, self._below(), Keys(self.offered)
        yield from self._foot
        yield Label(id="too-small")

    def on_mount(self) -> None:
        """Paint, then watch for changes. What takes time may start after the first paint."""
        self._show_all()
        changes = self._view.changes.subscribe()
        self.run_worker(repaint(changes, self._show_all, moving=lambda: self._columns.moving))

    # What each kind of this screen does in its own way

    def _below(self) -> Widget:
        """What stands below the measures."""
        raise NotImplementedError

    def _show_title(self) -> None:
        """The head of the screen."""
        raise NotImplementedError

    def _welcome(self) -> list[Notice]:
        """What to show while no question is shown."""
        raise NotImplementedError

    def _counted(self) -> tuple[Measures, Warnings, str]:
        """The counts of the question that is shown, warnings about them, and the kinds of their intervals."""
        return measures_shown(self._view, self._shown)

    def _stop(self) -> bool:
        """Stop what is under way; returns whether anything was."""
        raise NotImplementedError

    @property
    def unfinished(self) -> list[str]:
        """A sentence for each thing that would be lost or stopped if the user left now."""
        sentences = []
        if under_way := sum(self._view.answering(side.name) for side in self._view.sides):
            sentences.append(f"{counted(under_way, 'answer')} under way: stopped, and what has come of it is kept")
        if self._samples_under_way and self._view.background is not None:
            standing = self._view.background.progress
            sentences.append(f"{standing.done} of {counted(standing.total, 'sample')} have come: no more are asked for")
        return sentences

    @property
    def _samples_under_way(self) -> bool:
        samples = self._view.background
        return samples is not None and samples.under_way

    def _branch(self, branch: screens.Branch | None) -> None:
        """Let the sides go on from a beginning that was chosen in the divergence screen."""
        raise NotImplementedError

    def _samples_screen(self, exchange: Exchange) -> screens.SamplesScreen:
        """The screen that shows all answers to a question."""
        return screens.SamplesScreen(self._view, exchange, self._asked_words())

    def _measures_screen(self, group: str, settings: str) -> screens.MeasuresScreen:
        """The screen that shows all rates, beginning at a question."""
        return screens.MeasuresScreen(self._view, group, settings)

    def _selected(self) -> str:
        """The text that is selected."""
        return self.get_selected_text() or ""

    # What is shown

    def _show_all(self) -> None:
        exchange = self._shown
        labels = self._view.labels(exchange) if exchange is not None else {}
        self._columns.show(exchange, labels, self._view.blind, self._welcome())
        self._show_head()
        self._strip.show(*self._counted())

    def _show_head(self) -> None:
        self._show_title()
        exchange = self._shown
        if exchange is not None:
            self._question.sign = SIGNS[exchange.question.mode]
            self._question.prompt = exchange.prompt or MODE_NAMES[exchange.question.mode]
        else:
            self._question.prompt = ""

    def _asked_words(self) -> list[str]:
        if self._shown is not None:
            return asked_words(self._shown)
        probe = self._view.probe
        return [probe.id if probe is not None else "no probe"]

    def _show_exchange(self, exchange: Exchange | None) -> None:
        self._shown = exchange
        self._show_all()

    # Commands

    def action_interrupt(self) -> None:
        """Copy what is selected; else stop what is under way; else ask to leave."""
        selected = self._selected()
        if selected:
            self.app.copy_to_clipboard(selected)
            self.clear_selection()
            self.notify("Copied", timeout=2)
        elif self._stop():
            return
        elif self.unfinished or time.monotonic() - self._leave_asked < _LEAVE_SECONDS:
            self.post_message(self.LeaveWanted())
        else:
            self._leave_asked = time.monotonic()
            self.notify("Press ctrl+c once more to leave", timeout=_LEAVE_SECONDS)

    def action_divergence(self) -> None:
        """Where the sides differ, token by token."""
        exchange = self._shown
        if exchange is None or self._refused_while_hidden():
            return
        if len(self._view.sides) == 1:
            self.notify("There is no other side to compare with", timeout=3)
        elif exchange.question.is_guess:
            self.notify("Only the base was asked here: alt+up goes back to the answer that can be compared", timeout=4)
        elif not exchange.ended:
            self.notify("Wait until the answers have ended", timeout=3)
        else:
            screen = screens.DivergenceScreen(self._view, exchange, self._tuned_side().name, self._asked_words())
            self.app.push_screen(screen, self._branch)

    def action_samples(self) -> None:
        """All answers to the question that is shown."""
        if self._shown is None or self._refused_while_hidden():
            return
        if any(other.hidden for other in compare.question_of(self._shown, self._view.exchanges, all_wordings=True)):
            self.notify("Shown once you have guessed every hidden answer to this question", timeout=3)
        else:
            self.app.push_screen(self._samples_screen(self._shown), lambda _: self._show_all())

    def action_measures(self) -> None:
        """Every rate of the session."""
        if not self._refused_while_hidden():
            asked = (self._shown.group, self._view.settings(self._shown)) if self._shown is not None else ("", "")
            self.app.push_screen(self._measures_screen(*asked))

    def action_sessions(self) -> None:
        """All kept sessions."""
        try:
            hidden = any(exchange.hidden for exchange in self._view.exchanges)
            screen = screens.SessionsScreen(self._view.store, self._view.session, hidden)
        except StoreError as error:
            self.notify(visible(error.text()), severity="error", markup=False)
            return
        self.app.push_screen(screen, self._open_session)

    def _open_session(self, chosen: screens.Chosen | None) -> None:
        if chosen is not None:
            self.post_message(self.SessionWanted(chosen))

    def action_export(self) -> None:
        """Write this session to a file."""
        if self._view.session is None:
            self.notify("Nothing has been asked yet", timeout=3)
        else:
            self.post_message(self.ExportWanted(self._view.session))

    def action_reasoning(self) -> None:
        """The reasoning of the models."""
        if self._columns.reasoning(self._shown):
            self._read("Reasoning", lambda: self._columns.reasoning(self._shown))
        else:
            self.notify("No reasoning in these answers", timeout=3)

    def action_judge(self) -> None:
        """The verdicts of the judges."""
        exchange = self._shown
        if exchange is None or self._refused_while_hidden():
            return
        if verdict_words(exchange):
            self._read("Judges", lambda: verdict_words(exchange))
        else:
            self._without_verdicts(exchange)

    def _without_verdicts(self, exchange: Exchange) -> None:
        raise NotImplementedError

    def _refused_while_hidden(self) -> bool:
        hidden = self._view.blind if self._shown is None else self._shown.hidden
        if hidden:
            self.notify("Hidden until you have guessed which side is which", timeout=3)
        return hidden

    def _focused_side(self) -> Side:
        """The side whose answer has the focus, else the first."""
        column = self._columns.focused or self._columns.columns[0]
        return self._view.side(self._side_name(column))

    def _tuned_side(self) -> Side:
        """The side that is compared with the first: the focused one, else the second."""
        column = self._columns.focused
        base, second, *_ = self._view.sides
        side = self._view.side(self._side_name(column)) if column is not None else second
        return second if side is base else side

    def _side_name(self, column: Column) -> str:
        return self._columns.side_of(column, self._shown)

    def action_copy(self) -> None:
        """Copy the focused side's answer."""
        column = self._columns.focused
        if column is not None and column.pane.text:
            self.app.copy_to_clipboard(column.pane.text)
            self.notify(f"Copied {column.face_name}'s answer", timeout=2)

    def action_transcript(self) -> None:
        """The conversation with the focused side, system prompt and answer included."""
        exchange, column = self._shown, self._columns.focused or self._columns.columns[0]
        side = self._side_name(column)
        if exchange is None or side not in exchange.asked:
            self.notify("Nothing has been asked yet" if exchange is None else "This side was not asked", timeout=3)
            return
        from diptych.tui.transcript import transcript

        title = f"Transcript of {'answer ' if exchange.hidden else ''}{column.face_name}"
        self._read(title, lambda: transcript(self._view, exchange, side, exchange.answers.get(side)))

    def _read(self, title: str, read: Callable[[], str | Content]) -> None:
        """Show a text, and how it grows."""
        following = self._view.streaming
        self.app.push_screen(screens.TextScreen(title, read, at_end=following, changes=self._view.changes))

    def action_together(self) -> None:
        """Scroll together or apart."""
        self._columns.together = not self._columns.together
        self._show_head()

    def action_zoom(self) -> None:
        """The focused side alone, then each other one, then all again."""
        self._columns.next_zoom()

    @property
    def presenting(self) -> bool:
        """Whether the screen is shown to an audience: it has only what they should see."""
        return self.has_class("-presenting")

    def action_present(self) -> None:
        """Show only what an audience should see, or all again."""
        self.present(not self.presenting)
        if self.presenting:
            self.notify("esc ends the presentation", timeout=4)

    def present(self, presenting: bool) -> None:
        """Show only what an audience should see, or all."""
        self.set_class(presenting, "-presenting")
        self._question.whole = presenting
        self._strip.plain = presenting
        self._columns.plain(presenting)
        if presenting:
            self._columns.focus_pane()
        self._fit(self.size)
        self._show_all()

    def action_earlier(self) -> None:
        """The exchange before."""
        self._step(-1)

    def action_later(self) -> None:
        """The exchange after."""
        self._step(1)

    def _step(self, by: int) -> None:
        exchanges = self._view.exchanges
        if self._shown is None:
            return
        index = exchanges.index(self._shown) + by
        if 0 <= index < len(exchanges):
            self._show_exchange(exchanges[index])

    def action_scroll_answers(self, direction: int) -> None:
        """A page up or down in every pane."""
        self._columns.scroll_pages(direction)

    # Space

    def on_resize(self, event: Resize) -> None:
        """Beside each other where there is room, else one above the other."""
        self._fit(event.size)

    @on(Columns.Moved)
    @on(Findings.Moved)
    def _place_messages(self) -> None:
        """Messages stand over the end of the answers: they cover no head, no finding, no measure and not the prompt."""
        rack, end = toast_rack(self), self._columns.end_of_answers
        if end is None:
            shown = [widget.region.y for widget in self._foot if widget.region]
            end = min(shown, default=self.size.height)
        below = self.size.height - end
        if rack is not None and rack.styles.margin.bottom != below:
            rack.styles.margin = (0, 0, below, 0)

    def _fit(self, size: Size) -> None:
        width, height = size
        self._columns.fit(width)
        self.set_class(height < LOW_BELOW, "-low")
        least_width, least_height = _SMALLEST_ROOM if self.presenting else _SMALLEST
        small = width < least_width or height < least_height
        self.set_class(small, "-too-small")
        words = f"diptych needs {least_width} × {least_height} cells; this terminal has {width} × {height}"
        self.query_one("#too-small", Label).update(Content(visible(words)))
