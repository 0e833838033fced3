"""The main screen: a question is asked, and the answers come."""

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.widget import Widget

from diptych.compare import Comparison, Exchange, Judge, Spent, estimate
from diptych.probes import Condition, FileError, Probe
from diptych.sessions import Failure, InterruptedSession, SavedAnswer, Session, Store, StoreError
from diptych.sessions import Label as PersonsLabel
from diptych.tui import screens
from diptych.tui.commands import COMMANDS, PROMPT_KEYS, key_bindings
from diptych.tui.comparison_status import next_words, resume_words, saved_words, way_words
from diptych.tui.first_questions import first_questions, next_question
from diptych.tui.formatting import duration
from diptych.tui.question_queue import Queue
from diptych.tui.screens.comparing_screen import ComparingScreen
from diptych.tui.shown_inert import visible
from diptych.tui.widgets.answer.column import Notice
from diptych.tui.widgets.answer.columns import AskedColumns
from diptych.tui.widgets.prompt.ask_bar import AskBar
from diptych.tui.widgets.prompt.prompt_box import PromptBox

NOTICE_SECONDS = 15.0
VITALS_SECONDS = 2.0
"""How often servers are asked how they fare."""
_TOLD = 60
"""Characters of a question that tell which it is."""


class MainScreen(ComparingScreen):
    """Shows a comparison and passes on what the user wants to ask in it."""

    OFFERED = COMMANDS
    TYPED = PROMPT_KEYS
    BINDINGS: ClassVar[list[BindingType]] = [*key_bindings()]
    AUTO_FOCUS = "#prompt"

    def __init__(
        self,
        comparison: Comparison,
        probes: Callable[[], Sequence[Probe]],
        typed: str,
        history: list[str],
        last_start: float | None,
        interrupted_session: InterruptedSession | None,
    ) -> None:
        super().__init__(comparison, AskedColumns(comparison.sides))
        self._probes = probes
        self._condition: Condition | None = None
        """The one that was picked last."""
        self._last_start = last_start
        self._broken_off = interrupted_session
        self._told: set[str] = set()
        """What was said of the endpoints."""
        self._queue = Queue()
        self._ask_bar = AskBar([side.name for side in comparison.sides], history, typed)

    def on_mount(self) -> None:
        """Start what takes time once all is painted."""
        self.call_after_refresh(self._warm_up)
        self._watch_vitals()

    # What is shown

    def _below(self) -> Widget:
        return self._ask_bar

    def _show_all(self) -> None:
        if not self._comparison.streaming and (asked := self._queue.ask_next()) is not None:
            self._shown = asked
        super()._show_all()
        self._tell_notices()
        self._ask_bar.box.picks = self._picks()

    def _tell_notices(self) -> None:
        for notice in self._comparison.notices:
            if notice not in self._told:
                self._told.add(notice)
                self.notify(visible(notice), severity="warning", timeout=NOTICE_SECONDS, markup=False)

    def _show_head(self) -> None:
        super()._show_head()
        self._show_next()

    @on(PromptBox.Changed)
    def _show_next(self) -> None:
        condition = self._condition_asking(self._ask_bar.box.text)
        self._ask_bar.show_next(next_words(self._comparison, condition, self._ask_bar.way), self._queue.prompts)

    def _show_title(self) -> None:
        comparison = self._comparison
        saved, urgent = saved_words(comparison)
        way = way_words(comparison, self._shown) if self._shown is not None else []
        mode = [*way, "" if self._columns.together else "scroll apart"]
        self._title.show(self._asked_words(), [words for words in mode if words], saved, urgent)

    def _welcome(self) -> list[Notice]:
        """With nothing asked yet: three questions to pick with one key, and the session that broke off."""
        if self.presenting:
            return [("", "space asks the first question")]
        questions = first_questions(self._comparison.probe)
        lines = resume_words(self._broken_off) if self._broken_off is not None else []
        if questions:
            lines.append(("", "Press a number, or type your own question."))
        return lines + [(str(i), prompt) for i, (_, prompt) in enumerate(questions, 1)]

    def _picks(self) -> str:
        """The digits that pick: a first question, the session that broke off, or whose answer is the tuned side's."""
        exchange = self._shown
        if exchange is None:
            return "123"[: len(first_questions(self._comparison.probe))] + ("0" if self._broken_off is not None else "")
        return "01234"[: 1 + len(exchange.order)] if exchange.hidden and exchange.ended else ""

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
            hidden = self._comparison.blind or any(exchange.hidden for exchange in self._comparison.exchanges)
            words = "" if hidden else await self._comparison.vitals()
            self._question.vitals = words
            await asyncio.sleep(VITALS_SECONDS)

    # Asking

    @property
    def unfinished(self) -> list[str]:
        """The same, and what was typed and not asked yet."""
        typed = [self._ask_bar.typed, *self._queue.prompts]
        return [f"not asked yet: {' '.join(prompt.split())[:_TOLD]}" for prompt in typed if prompt] + super().unfinished

    def _ask(self, prompt: str, ask: Callable[[], Exchange]) -> None:
        """At once, or when what is under way has ended: it would be stopped, and of the sides only the faster one's
        answer would count."""
        if not self._comparison.streaming:
            self._show_exchange(ask())
            return
        # The row below the box says that it waits.
        self._queue.add(prompt, self._comparison.as_chosen_now(ask))
        self._show_head()

    def _refused_while_streaming(self, side: str | None = None) -> bool:
        """Whether something has to wait until the answers, or that of one side, have ended."""
        refused = self._comparison.streaming if side is None else self._comparison.answering(side)
        if refused:
            self.notify("once the answers have ended; ctrl+c ends them", timeout=3)
        return refused

    def _refused_while_busy(self) -> bool:
        """The same for what would stop the samples that come in the background, too."""
        if self._more_under_way:
            self.notify("once the samples have come; ctrl+c ends them", timeout=3)
        return self._more_under_way or self._refused_while_streaming()

    @on(AskBar.Asked)
    def _asked(self, event: AskBar.Asked) -> None:
        self._ask(event.prompt, self._sending(event))
        if self.presenting:
            self._columns.focus_pane()

    def _sending(self, event: AskBar.Asked) -> Callable[[], Exchange]:
        """Asks it as it was meant when enter was pressed, whenever that is done."""
        probe = self._comparison.probe
        usual = probe is not None and event.mode == "chat" and not event.prefill
        condition = self._condition_asking(event.prompt) if usual else None
        to = (event.to,) if event.to is not None else None
        return partial(self._comparison.ask, event.prompt, condition, event.mode, event.prefill, to)

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
        """A first question, the session that broke off, or whose answer is the tuned side's."""
        exchange, questions = self._shown, first_questions(self._comparison.probe)
        if str(number) not in self._picks():
            return
        if exchange is not None:
            right = await self._comparison.reveal(exchange, number or None)
            words = {True: "right", False: "wrong", None: "shown"}[right]
            tuned = self._comparison.sides[1].name
            self.notify(f"{words}: {exchange.place(tuned)} is {tuned}", timeout=5)
            self._show_all()
        elif number == 0 and self._broken_off is not None:
            self._open_session(screens.Chosen(self._broken_off.session, False))
        else:
            condition, prompt = questions[number - 1]
            self._ask(prompt, partial(self._comparison.ask, prompt, condition))

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
        elif not self._refused_while_streaming(side):
            self._comparison.again(self._shown, side)
            self._show_all()

    def action_fresh(self) -> None:
        """Fresh instances, or a conversation that goes on."""
        self._comparison.start_fresh(not self._comparison.fresh)
        self._show_head()

    def action_form(self) -> None:
        """Another way of asking."""
        self._ask_bar.next_mode()
        self._show_head()

    def action_begin(self) -> None:
        """Give the beginning of the answer, or no longer."""
        if self._ask_bar.mode != "chat":
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
        if exchange is None or self._refused_while_hidden() or self._refused_while_streaming():
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

    def _selected(self) -> str:
        return super()._selected() or self._ask_bar.box.selected_text

    def _stop(self) -> bool:
        if (taken := self._queue.take_back()) is not None:
            if self._ask_bar.typed:
                told = " ".join(taken.split())[:_TOLD]
                self.notify(f"not asked: {visible(told)}; ↑ in the box brings it back", timeout=4, markup=False)
            else:
                self._ask_bar.box.put(taken)
            self._show_head()
        elif self._comparison.streaming:
            self._comparison.stop()
        elif self._more_under_way:
            self._comparison.stop_more()
        else:
            return False
        return True

    # Commands: looking, and what belongs to the models

    def action_sessions(self) -> None:
        """All kept sessions, unless answers are under way that would be lost."""
        if not self._refused_while_busy():
            super().action_sessions()

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
            self.notify(visible(error.text()), severity="error", markup=False)
            return

        def said(value: str | None) -> None:
            if value:
                self.run_worker(self._comparison.label(exchange, side, value, blind=exchange.hidden))
                self.notify(f"{column.face_name}: {visible(value)}", timeout=3, markup=False)

        note = "A word is counted beside the detectors; a sentence is a note."
        self.app.push_screen(screens.LineScreen(f"Label of the answer of {column.face_name}", "", used, note), said)

    def _without_verdicts(self, exchange: Exchange) -> None:
        """Ask the judges, if there are any."""
        judges = self._comparison.judges(exchange)
        if not exchange.ended:
            self.notify("once the answers have ended", timeout=3)
        elif not judges:
            probe = self._comparison.probe
            hint = "name a model under [judge] in config.toml" if probe is not None and probe.judges else ""
            self.notify(hint or "this probe has no judges", timeout=4, markup=False)
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

        self.app.push_screen(screens.TextScreen(f"Server log of {side.name}", read, at_end=True))

    def action_models(self) -> None:
        """The models of the focused side's endpoint."""
        if self._refused_while_hidden() or self._refused_while_busy():
            return
        side = self._focused_side()

        def chosen(model: str | None) -> None:
            if model is not None:
                self._comparison.use_model(side.name, model)
                self._columns.use(self._comparison.sides)
                self._show_exchange(None)

        self.app.push_screen(screens.ModelsScreen(side), chosen)

    def action_probes(self) -> None:
        """Choose a probe and a question."""
        try:
            probes = self._probes()
        except FileError as error:
            self.notify(visible(str(error)), severity="error", markup=False)
            return
        self.app.push_screen(screens.PickerScreen(probes, self._comparison.probe), self._choose)

    def _choose(self, picked: "screens.Picked | None") -> None:
        if picked is None:
            return
        self._comparison.probe, self._condition = picked
        if picked.condition is not None:
            self._ask_bar.box.put(picked.condition.prompts[0])
        self._ask_bar.focus_box()
        self._show_all()

    def action_next(self) -> None:
        """The exchange after this one; after the last, the probe's next question is asked."""
        if self._shown is not None and self._shown is not self._comparison.exchanges[-1]:
            self.action_later()
        elif self._refused_while_streaming():
            return
        elif (question := next_question(self._comparison)) is not None:
            condition, prompt = question
            self._show_exchange(self._comparison.ask(prompt, condition))
        else:
            probe = self._comparison.probe
            self.notify("no probe is chosen" if probe is None else "that was the probe's last question", timeout=3)

    def action_type(self) -> None:
        """Type a question."""
        self._ask_bar.focus_box()

    def action_back(self) -> None:
        """One step back; a typed question stays."""
        if self._columns.zoomed:
            self._columns.zoom(None)
        elif self._ask_bar.focused:
            self._columns.focus_pane()
        elif self.presenting:
            self.action_present()
        else:
            self._ask_bar.focus_box()
