"""The main screen: the user asks a question, and the answers come."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widget import Widget

from diptych import compare
from diptych.tui import screens
from diptych.tui.commands import COMMANDS, key_bindings
from diptych.tui.comparison_status import next_words, resume_words, saved_words, way_words, what_is_compared
from diptych.tui.drafts import DRAFT_NOTE, Draft
from diptych.tui.first_questions import condition_asking, first_questions, next_question
from diptych.tui.formatting import duration
from diptych.tui.question_queue import Queue
from diptych.tui.sanitized_text import visible
from diptych.tui.screens.walking_screen import WalkingScreen
from diptych.tui.server_load import watch_server_load
from diptych.tui.tips import TIPS, Tips
from diptych.tui.widgets.answer.column import Notice
from diptych.tui.widgets.prompt.ask_bar import AskBar
from diptych.tui.widgets.prompt.prompt_box import PromptBox
from diptych.tui.widgets.prompt.welcome import Welcome

if TYPE_CHECKING:
    from diptych.backends import FoundModel
    from diptych.compare import Comparison, Exchange
    from diptych.probes import Probe
    from diptych.sessions import InterruptedSession, Label, SavedAnswer, Session

NOTICE_SECONDS = 15.0
_SHOWN_CHARACTERS = 60
"""Characters of a question in a message: enough to recognise it."""


class MainScreen(WalkingScreen):
    """Shows a comparison, and calls its commands."""

    OFFERED = COMMANDS
    LEGEND = "main"
    BINDINGS: ClassVar[list[BindingType]] = [*key_bindings()]
    AUTO_FOCUS = "#prompt"

    def __init__(
        self,
        comparison: Comparison,
        probes: Callable[[], Sequence[Probe]],
        find_models: Callable[[], Sequence[FoundModel]],
        families: Mapping[str, str],
        draft: Draft,
        history: list[str],
        last_start: float | None,
        interrupted_session: InterruptedSession | None,
        tips_note: str | None,
    ) -> None:
        names = [side.name for side in comparison.view.sides]
        super().__init__(comparison, probes, find_models, families, AskBar(names, history, draft, Tips(tips_note)))
        self._last_start = last_start
        self._broken_off = interrupted_session
        self._notified: set[str] = set()
        """The notices of the endpoints that were shown."""
        self._queue = Queue()
        self._welcome_page = Welcome()

    def compose(self) -> ComposeResult:
        """The first questions stand where the answers will be."""
        for widget in super().compose():
            yield widget
            if widget is self._columns:
                yield self._welcome_page

    def on_mount(self) -> None:
        """Start what takes time once all is painted."""
        self.call_after_refresh(self._start_endpoints)
        self.run_worker(watch_server_load(self._comparison, partial(setattr, self._question, "vitals")))

    # What is shown

    def _below(self) -> Widget:
        return self._ask_bar

    def _show_all(self) -> None:
        if not self._view.streaming and (asked := self._queue.ask_next()) is not None:
            self._shown = asked
        self._show_welcome()
        if self._view.streaming:
            self._ask_bar.tips.asked()
        elif self._needs_tip and (exchange := self._shown) is not None and not exchange.hidden and exchange.ended:
            self._ask_bar.tell(TIPS if len(exchange.asked) > 1 else TIPS.keys() - {"divergence"})
        super()._show_all()
        self._show_notices()
        self._ask_bar.box.picks = self._picks()

    @property
    def _needs_tip(self) -> bool:
        """Nobody watches a presentation for tips; whoever chose settings is to see them, and needs none."""
        return not self.presenting and self._view.overrides == compare.Overrides()

    def _show_notices(self) -> None:
        for notice in self._comparison.notices:
            if notice not in self._notified:
                self._notified.add(notice)
                self.notify(visible(notice), severity="warning", timeout=NOTICE_SECONDS, markup=False)

    def _show_head(self) -> None:
        super()._show_head()
        self._show_next()

    @on(PromptBox.Changed)
    def _show_next(self) -> None:
        self._welcome_page.typed = bool(self._ask_bar.box.text.strip())
        words = next_words(self._view, self._typed_condition, self._ask_bar.way, self._ask_bar.mode)
        self._ask_bar.show_next(words, self._queue.prompts)

    def _show_title(self) -> None:
        saved, urgent = saved_words(self._view)
        way = way_words(self._view, self._shown) if self._shown is not None else []
        mode = [*way, "" if self._columns.together else "scroll apart"]
        self._title.show(self._asked_words(), [words for words in mode if words], saved, urgent)

    def _welcome(self) -> list[Notice]:
        return [("", "space asks the first question")] if self.presenting else []

    def _show_welcome(self) -> None:
        """With nothing asked yet, unless a side cannot answer: its pane says why."""
        welcome = self._shown is None and not self.presenting and not self._columns.failing
        self._question.sentence = what_is_compared(
            [side.name for side in self._view.sides],
            self._view.blind,
            {side.name: side.introspect for side in self._view.sides},
        )
        page = self._welcome_page
        page.questions, page.broken_off = first_questions(self._view.probe), resume_words(self._broken_off)
        if page.has_focus and not welcome:
            self._columns.focus_pane()
        self.set_class(welcome, "-welcome")

    def _picks(self) -> str:
        """The digits that pick a first question, the interrupted session, or the answer guessed to be the tuned one."""
        exchange = self._shown
        if exchange is None:
            return "123"[: len(first_questions(self._view.probe))] + ("0" if self._broken_off is not None else "")
        return "01234"[: 1 + len(exchange.order)] if exchange.hidden and exchange.ended else ""

    def _start_endpoints(self) -> None:
        self._warm_up()

    @work(exclusive=True, group="warm up")
    async def _warm_up(self) -> None:
        last = duration(self._last_start) if self._last_start is not None else ""

        def show(side: str, doing: str) -> None:
            self._columns.warming(side, doing, last)

        began = time.monotonic()
        await self._comparison.warm_up(show, self._columns.failed)
        await self._comparison.remember("start seconds", str(round(time.monotonic() - began, 3)))

    # Asking

    def _branch(self, branch: screens.Branch | None) -> None:
        if branch is not None:
            ask = partial(self._comparison.branch, branch.exchange, branch.beginning)
            self._ask(branch.exchange.prompt, ask)

    def _samples_screen(self, exchange: Exchange) -> screens.SamplesScreen:
        self._ask_bar.tried("samples")
        return screens.SamplesScreen(self._view, exchange, self._asked_words(), self._comparison)

    def _measures_screen(self, group: str, settings: str) -> screens.MeasuresScreen:
        return screens.MeasuresScreen(self._view, group, settings, self._comparison)

    @property
    def unfinished(self) -> list[str]:
        """As in ComparingScreen, and the questions that wait. What is typed is kept for the next start, unless nothing
        can be saved."""
        typed = [*([self._ask_bar.typed] if self._view.unsaved is not None else []), *self._queue.prompts]
        return [f"not asked yet: {_opening(prompt)}" for prompt in typed if prompt] + super().unfinished

    def _ask(self, prompt: str, ask: Callable[[], Exchange]) -> None:
        """Ask at once, or when the answers under way have ended. Asking stops them, and then only the faster side's
        answer would be counted."""
        if not self._view.streaming:
            self._show_exchange(ask())
            return
        # The row below the box says that it waits.
        self._queue.add(prompt, self._comparison.as_chosen_now(ask))
        self._show_head()

    @on(AskBar.Asked)
    def _asked(self, event: AskBar.Asked) -> None:
        self._ask(event.prompt, self._sending(event))
        if self.presenting:
            self._columns.focus_pane()

    def _sending(self, event: AskBar.Asked) -> Callable[[], Exchange]:
        """A call that asks the question as it was meant when enter was pressed, whenever it is made."""
        usual = event.mode == "chat" and not event.prefill
        condition = condition_asking(event.prompt, self._view.probe, self._condition) if usual else None
        to = (event.to,) if event.to is not None else None
        return partial(self._comparison.ask, event.prompt, condition, event.mode, event.prefill, to)

    @on(PromptBox.Picked)
    @on(Welcome.Picked)
    async def _picked(self, event: PromptBox.Picked | Welcome.Picked) -> None:
        await self.action_pick(event.number)

    async def action_pick(self, number: int) -> None:
        """A first question, the session that broke off, or whose answer is the tuned side's."""
        exchange, questions = self._shown, first_questions(self._view.probe)
        if str(number) not in self._picks():
            return
        if exchange is not None:
            right = await self._comparison.reveal(exchange, number or None)
            tuned = self._view.sides[1].name
            was = f"{exchange.column_number(tuned)} was {tuned}"
            wrong = f"Wrong: {was}; you guessed {exchange.order[number - 1]}"
            self.notify({True: f"Correct: {was}", False: wrong, None: was}[right], timeout=5)
            self._show_all()
        elif number == 0 and self._broken_off is not None:
            self._open_session(screens.Chosen(self._broken_off.session, False))
        else:
            first = questions[number - 1]
            self._ask(first.prompt, partial(self._comparison.ask, first.prompt, first.condition))

    @on(AskBar.Keep)
    async def _keep(self, event: AskBar.Keep) -> None:
        await self._comparison.remember(event.key, event.value)

    async def keep_draft(self) -> None:
        """Keep what is typed for the next start."""
        if (draft := self._ask_bar.changed_draft()) is not None:
            await self._comparison.remember(DRAFT_NOTE, draft.note)

    @on(PromptBox.Cleaned)
    def _cleaned(self) -> None:
        self.notify("Control characters were left out of the pasted text")

    async def restore(self, session: Session, saved: Sequence[SavedAnswer], labels: Sequence[Label]) -> None:
        """Show a stored session."""
        await self._comparison.restore(session, saved, labels)
        if self._view.exchanges:
            self._show_exchange(self._view.exchanges[-1])

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
            self._start_endpoints()
        elif not self._refused_while_streaming(side):
            self._show_exchange(self._comparison.ask_anew(self._shown, side))

    def action_fresh(self) -> None:
        """Fresh instances, or a conversation that goes on."""
        self._comparison.start_fresh(not self._view.fresh)
        self._show_head()

    def action_form(self) -> None:
        """Another way of asking."""
        self._ask_bar.next_mode()
        self._show_head()

    def action_begin(self) -> None:
        """Give the beginning of the answer, or no longer."""
        if self._ask_bar.mode != "chat":
            where = "plain text" if self._ask_bar.mode == "text" else "the user's turn"
            self.notify(f"In {where} your prompt is already the beginning", timeout=3)
            return
        self._ask_bar.toggle_beginning()

    def action_to(self) -> None:
        """The next question to all sides, or to one."""
        if self._view.blind:
            self.notify("Blind: a question goes to all sides", timeout=3)
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
            self.notify(f"{of}'s answer describes no pattern: there is nothing to guess", timeout=4)
            return
        self._show_exchange(guessed)

    def action_blind(self) -> None:
        """Hide which side is which in the next questions, or no longer."""
        self._ask_bar.tried("blind")
        self._comparison.hide_sides(not self._view.blind)
        self._ask_bar.to_all()
        self._question.vitals = ""
        self._show_all()
        again = "from the next question on" if self._shown is not None and self._shown.hidden else "again"
        self.notify("Blind from the next question on" if self._view.blind else f"Sides are shown {again}", timeout=4)

    def _selected(self) -> str:
        return super()._selected() or self._ask_bar.box.selected_text

    def _stop(self) -> bool:
        if (taken := self._queue.take_back()) is not None:
            if self._ask_bar.typed:
                self.notify(
                    f"Not asked: {visible(_opening(taken))}; ↑ in the box brings it back", timeout=4, markup=False
                )
            else:
                self._ask_bar.box.put(taken)
            self._show_head()
        elif self._view.streaming:
            self._comparison.stop()
        elif self._samples_under_way:
            self._comparison.stop_samples()
        else:
            return False
        return True

    def _focus_answers(self) -> None:
        """Leave the prompt box, so that plain letters are commands."""
        if self._welcome_page.display:
            self._welcome_page.focus()
        else:
            self._columns.focus_pane()

    def action_next(self) -> None:
        """The exchange after this one; after the last, the probe's next question is asked."""
        if self._shown is not None and self._shown is not self._view.exchanges[-1]:
            self.action_later()
        elif not self._refused_while_streaming():
            self._ask_next()

    def _ask_next(self) -> None:
        if (question := next_question(self._view)) is not None:
            condition, prompt = question
            self._show_exchange(self._comparison.ask(prompt, condition))
        else:
            probe = self._view.probe
            self.notify(
                "No probe is chosen: f2 chooses one" if probe is None else "That was the probe's last question",
                timeout=3,
            )

    def action_type(self) -> None:
        """Type a question."""
        self._ask_bar.focus_box()

    def action_back(self) -> None:
        """One step back; a typed question stays."""
        if self._columns.zoomed:
            self._columns.zoom(None)
        elif self._ask_bar.focused:
            self._focus_answers()
        elif self.presenting:
            self.action_present()
        else:
            self._ask_bar.focus_box()


def _opening(prompt: str) -> str:
    """As much of a question as is needed to recognise it, in one line."""
    return " ".join(prompt.split())[:_SHOWN_CHARACTERS]
