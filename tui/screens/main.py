"""The screen that a room looks at: a question, all answers, what was found, how often."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.events import Resize
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Footer, Label

from compare import Comparison, Exchange, Judge, Side, Spent, estimate, question_of
from probes import Condition, FileError, Probe
from sessions import Failure, SavedAnswer, Session, Store, StoreError
from sessions import Label as PersonsLabel
from tui.commands import key_bindings
from tui.inert import visible
from tui.screens.divergence import Branch, DivergenceScreen
from tui.screens.help import HelpScreen
from tui.screens.line import LineScreen
from tui.screens.measures import MeasuresScreen
from tui.screens.models import ModelsScreen
from tui.screens.picker import Picked, PickerScreen
from tui.screens.samples import SamplesScreen
from tui.screens.sessions import SessionsScreen
from tui.screens.text import TextScreen
from tui.status import measures_shown, mode_words, saved_words, temperature_words
from tui.widgets.ask_bar import FORM_NAMES, SIGNS, AskBar
from tui.widgets.column import Column, Notice
from tui.widgets.columns import Columns
from tui.widgets.prompt_box import PromptBox
from tui.widgets.strip import MeasuresStrip
from tui.widgets.title import Question, Title
from tui.words import LOW_BELOW, duration, verdict_words

FRAME_SECONDS = 1 / 20
"""Paints are at least this far apart."""
VITALS_SECONDS = 2.0
"""How often servers are asked how they fare."""
_LEAVE_SECONDS = 3.0
_SMALLEST = (80, 24)


class MainScreen(Screen[None]):
    """Shows a comparison and passes on what the user wants of it."""

    CSS_PATH = "main.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*key_bindings()]
    AUTO_FOCUS = "#prompt"

    class SessionWanted(Message):
        """Another session is to be opened in place of this one."""

        def __init__(self, session: int) -> None:
            super().__init__()
            self.session = session

    def __init__(
        self,
        comparison: Comparison,
        probes: Callable[[], Sequence[Probe]],
        typed: str,
        history: list[str],
        last_start: float | None,
    ) -> None:
        super().__init__()
        self._comparison = comparison
        self._probes = probes
        self._condition: Condition | None = None
        """The one that was picked last."""
        self._last_start = last_start
        self._shown: Exchange | None = None
        names = [side.name for side in comparison.sides]
        self._title, self._question, self._strip = Title(), Question(), MeasuresStrip(names)
        self._columns = Columns(comparison.sides)
        self._ask_bar = AskBar(names, history, typed)
        self._leave_asked = 0.0

    def compose(self) -> ComposeResult:
        """Title, question, sides, measures, prompt, keys: each has its place before there is anything in it."""
        yield self._title
        yield self._question
        yield self._columns
        yield self._strip
        yield self._ask_bar
        yield Footer(show_command_palette=True)
        yield Label(id="too-small")

    def on_mount(self) -> None:
        """Paint first, then start what takes time."""
        self._show_all()
        self._paint()
        self.call_after_refresh(self._warm_up)
        self._watch_vitals()

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
        self._columns.show(exchange, self._comparison.blind, self._welcome())
        self._ask_bar.box.picks = self._picks()
        self._show_head()
        self._strip.show(*measures_shown(self._comparison, exchange))

    def _show_head(self) -> None:
        comparison, exchange = self._comparison, self._shown
        saved, urgent = saved_words(comparison)
        mode = [
            *mode_words(comparison, exchange),
            temperature_words(comparison),
            *self._ask_bar.way,
            "" if self._columns.together else "scroll apart",
        ]
        self._title.show(self._asked_words(), [words for words in mode if words], saved, urgent)
        if exchange is not None:
            self._question.sign = SIGNS[exchange.form]
            self._question.prompt = exchange.prompt or FORM_NAMES[exchange.form]
        else:
            self._question.prompt = ""

    def _asked_words(self) -> list[str]:
        exchange, probe = self._shown, self._comparison.probe
        asked = [probe.id if probe is not None else "no probe"]
        if exchange is not None and (probe is not None or exchange.condition or exchange.prefill):
            asked.append(exchange.condition or ("begun answer" if exchange.prefill else "free question"))
        return asked

    def _welcome(self) -> list[Notice]:
        """With nothing asked yet: three questions to pick with one key."""
        questions = self._first_questions()
        lines = [("", "Press a number, or type your own question.")] if questions else []
        return lines + [(str(i), prompt) for i, (_, prompt) in enumerate(questions, 1)]

    def _picks(self) -> str:
        """The digits that pick: a first question, or whose answer is the tuned side's."""
        exchange = self._shown
        if exchange is None:
            return "123"[: len(self._first_questions())]
        return "01234"[: 1 + len(exchange.order)] if exchange.hidden and exchange.ended else ""

    def _first_questions(self) -> list[tuple[str, str]]:
        probe = self._comparison.probe
        return [(c.name, c.prompts[0]) for c in probe.conditions[:3]] if probe is not None else []

    @work(exclusive=True, group="warm up")
    async def _warm_up(self) -> None:
        last = f", {duration(self._last_start)} last time" if self._last_start is not None else ""

        def say(side: str, doing: str) -> None:
            self._columns.warming(side, f"{doing}{last}" if doing else "")
            self._comparison.woken.set()

        def fail(side: str, failure: Failure) -> None:
            self._columns.failed(side, failure)
            self._comparison.woken.set()

        for side in self._comparison.sides:
            say(side.name, "starting")
        began = time.monotonic()
        await self._comparison.warm_up(say, fail)
        await self._comparison.remember("start seconds", f"{time.monotonic() - began:.3f}")

    @work
    async def _watch_vitals(self) -> None:
        """Say how the servers fare, unless that could tell hidden sides apart."""
        while True:
            hidden = self._comparison.blind or (self._shown is not None and self._shown.hidden)
            words = "" if hidden else await self._comparison.vitals()
            self._question.vitals = words
            await asyncio.sleep(VITALS_SECONDS)

    # Asking

    @on(AskBar.Asked)
    def _asked(self, event: AskBar.Asked) -> None:
        probe = self._comparison.probe
        usual = probe is not None and event.form == "chat" and not event.prefill
        condition = self._condition_asking(event.prompt) if usual else None
        to = (event.to,) if event.to is not None else None
        self._show_exchange(self._comparison.ask(event.prompt, condition, event.form, event.prefill, to))

    def _condition_asking(self, prompt: str) -> str | None:
        """The condition that was picked, if the question is still one of its own, or the first that asks it."""
        if self._condition is not None and prompt in self._condition.prompts:
            return self._condition.name
        probe = self._comparison.probe
        return probe.condition_asking(prompt) if probe is not None else None

    @on(PromptBox.Picked)
    async def _picked(self, event: PromptBox.Picked) -> None:
        await self.action_pick(event.number)

    async def action_pick(self, number: int) -> None:
        """A first question, or whose answer is the tuned side's."""
        exchange, questions = self._shown, self._first_questions()
        if str(number) not in self._picks():
            return
        if exchange is not None:
            right = await self._comparison.reveal(exchange, number or None)
            words = {True: "right", False: "wrong", None: "shown"}[right]
            tuned = self._comparison.sides[1].name
            self.notify(f"{words}: {exchange.place(tuned)} is {tuned}", timeout=5)
            self._show_all()
        else:
            self._show_exchange(self._comparison.ask(questions[number - 1][1], questions[number - 1][0]))

    def _show_exchange(self, exchange: Exchange | None) -> None:
        self._shown = exchange
        self._show_all()

    @on(PromptBox.Cleaned)
    def _cleaned(self) -> None:
        self.notify("control characters were left out of the pasted text")

    async def restore(self, session: Session, saved: Sequence[SavedAnswer], labels: Sequence[PersonsLabel]) -> None:
        """Show a saved session. Raises StoreError."""
        await self._comparison.restore(session, saved, labels)
        if self._comparison.exchanges:
            self._show_exchange(self._comparison.exchanges[-1])

    # Commands: asking

    def action_again(self) -> None:
        """Ask once more, of all sides."""
        self._again(None)

    def action_again_here(self) -> None:
        """Ask once more, of the focused side."""
        column = self._columns.focused
        self._again(self._columns.side_of(column, self._shown) if column is not None else None)

    def _again(self, side: str | None) -> None:
        if self._shown is None:
            self._warm_up()
        else:
            self._comparison.again(self._shown, side)
            self._show_all()

    def action_fresh(self) -> None:
        """Fresh instances, or a conversation that goes on."""
        self._comparison.start_fresh(not self._comparison.fresh)
        self._show_head()

    def action_form(self) -> None:
        """Another way of asking."""
        self._ask_bar.next_form()
        self._show_head()

    def action_begin(self) -> None:
        """Give the beginning of the answer, or no longer."""
        if self._ask_bar.form != "chat":
            self.notify("here the prompt itself is what the model goes on from", timeout=3)
            return
        self._ask_bar.toggle_beginning()

    def action_to(self) -> None:
        """The next question to all sides, or to one."""
        if self._comparison.blind:
            self.notify("blind: a question goes to all sides", timeout=3)
            return
        self._ask_bar.next_side()
        self._show_head()

    def action_guess(self) -> None:
        """The guessability control."""
        exchange = self._shown
        if exchange is None or self._refused_while_hidden():
            return
        of = self._tuned_side().name
        guessed = self._comparison.guess(exchange, of) if exchange.ended and of in exchange.answers else None
        if guessed is None:
            self.notify(f"{of} describes no pattern here: there is nothing to guess", timeout=4)
            return
        self._show_exchange(guessed)

    def action_blind(self) -> None:
        """Hide which side is which in the next questions, or no longer."""
        self._comparison.blind = not self._comparison.blind
        self._ask_bar.to_all()
        self._question.vitals = ""
        self._show_all()

    def action_interrupt(self) -> None:
        """Copy what is selected; else stop what streams; else ask to leave."""
        selected = self.get_selected_text() or self._ask_bar.box.selected_text
        if selected:
            self.app.copy_to_clipboard(selected)
            self.clear_selection()
            self.notify("copied", timeout=2)
        elif self._comparison.streaming:
            self._comparison.stop()
        elif self._comparison.more is not None and self._comparison.more.under_way:
            self._comparison.stop_more()
        elif time.monotonic() - self._leave_asked < _LEAVE_SECONDS:
            self.app.exit()
        else:
            self._leave_asked = time.monotonic()
            self.notify("ctrl+c once more to leave", timeout=_LEAVE_SECONDS)

    # Commands: looking

    def action_divergence(self) -> None:
        """Where the sides differ, token by token."""
        exchange = self._shown
        if exchange is None or self._refused_while_hidden():
            return
        if exchange.guessing:
            self.notify("the guess has no answer of its own to compare: alt+up goes back to it", timeout=4)
        elif not exchange.ended:
            self.notify("once the answers have ended", timeout=3)
        else:
            screen = DivergenceScreen(self._comparison, exchange, self._tuned_side().name, self._asked_words())
            self.app.push_screen(screen, self._branch)

    def _branch(self, branch: Branch | None) -> None:
        if branch is not None:
            self._show_exchange(self._comparison.branch(branch.exchange, branch.beginning))

    def action_samples(self) -> None:
        """All answers to the question that is shown."""
        if self._shown is None or self._refused_while_hidden():
            return
        if any(other.hidden for other in question_of(self._shown, self._comparison.exchanges, all_wordings=True)):
            self.notify("shown once all answers to this question are labelled", timeout=3)
        else:
            screen = SamplesScreen(self._comparison, self._shown, self._asked_words())
            self.app.push_screen(screen, lambda _: self._show_all())

    def action_measures(self) -> None:
        """Every rate of the session."""
        if not self._refused_while_hidden():
            group = self._shown.group if self._shown is not None else ""
            self.app.push_screen(MeasuresScreen(self._comparison, group))

    def action_sessions(self) -> None:
        """All kept sessions."""
        more = self._comparison.more
        if self._comparison.streaming or (more is not None and more.under_way):
            self.notify("once the answers have ended; ctrl+c ends them", timeout=3)
            return
        try:
            screen = SessionsScreen(self._comparison.store, self._comparison.session)
        except StoreError as error:
            self.notify(f"{visible(error.message)}; {error.mend}", severity="error", markup=False)
            return
        self.app.push_screen(screen, self._open_session)

    def _open_session(self, session: int | None) -> None:
        if session is not None:
            self.post_message(self.SessionWanted(session))

    def action_label(self) -> None:
        """Say something of the focused side's answer."""
        exchange = self._shown
        column = self._columns.focused or self._columns.columns[0]
        side = self._columns.side_of(column, exchange)
        if exchange is None or side not in exchange.kept:
            self.notify("once there is an answer and it has ended", timeout=3)
            return
        try:
            used = Store(self._comparison.store).labels_used()
        except StoreError as error:
            self.notify(f"{visible(error.message)}; {error.mend}", severity="error", markup=False)
            return

        def said(value: str | None) -> None:
            if value:
                self.run_worker(self._comparison.label(exchange, side, value, blind=exchange.hidden))
                self.notify(f"{column.face_name}: {visible(value)}", timeout=3, markup=False)

        note = "A word is counted beside the detectors; a sentence is a note."
        self.app.push_screen(LineScreen(f"Label of the answer of {column.face_name}", "", used, note), said)

    def action_reasoning(self) -> None:
        """What the models thought aloud."""
        if self._columns.reasoning(self._shown):
            self.app.push_screen(
                TextScreen("Thought aloud", lambda: self._columns.reasoning(self._shown), at_end=False)
            )
        else:
            self.notify("nothing was thought aloud", timeout=3)

    def action_judge(self) -> None:
        """The verdicts of the judges; they are asked first, if they were not."""
        exchange = self._shown
        if exchange is None or self._refused_while_hidden():
            return
        judges = self._comparison.judges(exchange)
        if verdict_words(exchange):
            self.app.push_screen(TextScreen("Judges", lambda: verdict_words(exchange), at_end=False))
        elif not exchange.ended:
            self.notify("once the answers have ended", timeout=3)
        elif not judges:
            probe = self._comparison.probe
            mend = "name a model under [judge] in config.toml" if probe is not None and probe.judges else ""
            self.notify(mend or "this probe has no judges", timeout=4, markup=False)
        else:
            self._ask_judges(exchange, judges)

    @work
    async def _ask_judges(self, exchange: Exchange, judges: Sequence[Judge]) -> None:
        kept = [asked.answer for asked in exchange.kept.values()]
        calls, tokens = estimate([judge.spec for judge in judges], kept, self._comparison.sides[0].name)
        model = visible(judges[0].side.model)
        self.notify(f"{model} judges: {calls} calls, at most {tokens:,} tokens", timeout=5, markup=False)
        await self._comparison.judge(exchange, judges)
        spent = sum((judge.spent for judge in judges), Spent())
        used = spent.prompt_tokens + spent.completion_tokens
        self.notify(f"judged: {spent.calls} calls, {used:,} tokens; c shows the replies", timeout=5, markup=False)
        self._show_all()

    def action_log(self) -> None:
        """The log of the focused side's server."""
        if self._refused_while_hidden():
            return
        side = self._focused_side()

        def read() -> str:
            return "\n".join(side.backend.log) or "diptych did not start this server, or it wrote nothing"

        self.app.push_screen(TextScreen(f"Server log of {side.name}", read, at_end=True))

    def action_models(self) -> None:
        """The models of the focused side's endpoint."""
        if self._refused_while_hidden():
            return
        side = self._focused_side()

        def chosen(model: str | None) -> None:
            if model is not None:
                self._comparison.use_model(side.name, model)
                self._columns.use(self._comparison.sides)
                self._show_exchange(None)

        self.app.push_screen(ModelsScreen(side), chosen)

    def _refused_while_hidden(self) -> bool:
        hidden = self._comparison.blind if self._shown is None else self._shown.hidden
        if hidden:
            self.notify("hidden until you have labelled the answers", timeout=3)
        return hidden

    def _focused_side(self) -> Side:
        """The side whose answer has the focus, else the first."""
        column = self._columns.focused or self._columns.columns[0]
        return self._comparison.side(self._side_name(column))

    def _tuned_side(self) -> Side:
        """The side that is held against the first: the focused one, else the second."""
        column = self._columns.focused
        base, second, *_ = self._comparison.sides
        side = self._comparison.side(self._side_name(column)) if column is not None else second
        return second if side is base else side

    def _side_name(self, column: Column) -> str:
        return self._columns.side_of(column, self._shown)

    def action_copy(self) -> None:
        """Copy the focused side's answer."""
        column = self._columns.focused
        if column is not None and column.pane.text:
            self.app.copy_to_clipboard(column.pane.text)
            self.notify(f"copied the answer of {column.face_name}", timeout=2)

    def action_together(self) -> None:
        """Scroll together or apart."""
        self._columns.together = not self._columns.together
        self._show_head()

    def action_zoom(self) -> None:
        """The focused side alone, then each other one, then all again."""
        self._columns.next_zoom()

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
            self._show_exchange(exchanges[index])

    def action_scroll_answers(self, direction: int) -> None:
        """A page up or down in every pane."""
        self._columns.scroll_pages(direction)

    def action_help(self) -> None:
        """All keys."""
        self.app.push_screen(HelpScreen())

    def action_probes(self) -> None:
        """Choose a probe and a question."""
        try:
            probes = self._probes()
        except FileError as error:
            self.notify(visible(str(error)), severity="error", markup=False)
            return
        self.app.push_screen(PickerScreen(probes, self._comparison.probe), self._choose)

    def _choose(self, picked: Picked | None) -> None:
        if picked is None:
            return
        self._comparison.probe, self._condition = picked
        if picked.condition is not None:
            self._ask_bar.box.put(picked.condition.prompts[0])
        self._ask_bar.focus_box()
        self._show_all()

    def action_back(self) -> None:
        """One step back; a typed question stays."""
        if self._columns.zoomed:
            self._columns.zoom(None)
        elif self._ask_bar.focused:
            self._columns.focus_pane()
        else:
            self._ask_bar.focus_box()

    # Space

    def on_resize(self, event: Resize) -> None:
        """Beside each other where there is room, else one above the other."""
        width, height = event.size
        self._columns.fit(width)
        self.set_class(height < LOW_BELOW, "-low")
        small = width < _SMALLEST[0] or height < _SMALLEST[1]
        self.set_class(small, "-too-small")
        words = f"diptych needs {_SMALLEST[0]} × {_SMALLEST[1]} cells; this terminal has {width} × {height}"
        self.query_one("#too-small", Label).update(Content(visible(words)))
