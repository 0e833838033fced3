"""The commands of the main screen that choose something elsewhere: a session, a probe, settings, a model, a label."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from diptych.backends import BackendError
from diptych.errors import advice
from diptych.probes import FileError
from diptych.sessions import SIDE_NAMES
from diptych.tui import screens
from diptych.tui.first_questions import condition_asking
from diptych.tui.sanitized_text import visible
from diptych.tui.screens.comparing_screen import ComparingScreen
from diptych.tui.screens.judging import ask_judges, why_no_judges
from diptych.tui.screens.labelling import ask_for_label
from diptych.tui.screens.watch_dialog import ask_what_to_watch
from diptych.tui.widgets.answer.columns import AskedColumns
from diptych.tui.widgets.prompt.ask_bar import AskBar

if TYPE_CHECKING:
    from diptych.backends import FoundModel
    from diptych.compare import Comparison, Exchange, Overrides
    from diptych.probes import Condition, Probe
    from diptych.tui.probe_words import Picked


class ChoosingScreen(ComparingScreen):
    """Shows a comparison with a prompt box. The main screen is of this kind, and adds how questions are asked."""

    def __init__(
        self,
        comparison: Comparison,
        probes: Callable[[], Sequence[Probe]],
        find_models: Callable[[], Sequence[FoundModel]],
        families: Mapping[str, str],
        ask_bar: AskBar,
    ) -> None:
        most = len(SIDE_NAMES) if comparison.view.family is not None else 0
        super().__init__(comparison.view, AskedColumns(comparison.view.sides, most))
        if most:
            self._strip.more_key = "m"
            self._columns.not_asked = ("not asked · ctrl+r asks", "not asked")
        self._comparison = comparison
        self._probes = probes
        self._find_models = find_models
        self._families = families
        self._ask_bar = ask_bar
        self._condition: Condition | None = None
        """The condition that was picked last."""

    def _start_endpoints(self) -> None:
        """Start the endpoints, and show how far they are."""
        raise NotImplementedError

    @property
    def _typed_condition(self) -> str | None:
        """The condition in which what is typed would be asked."""
        return condition_asking(self._ask_bar.box.text, self._view.probe, self._condition)

    def _refused_while_streaming(self, side: str | None = None) -> bool:
        """Whether a command has to wait until the answers, or the answer of one side, have ended; with a message."""
        refused = self._view.streaming if side is None else self._view.answering(side)
        if refused:
            self.notify("Wait until the answers have ended, or stop them with ctrl+c", timeout=3)
        return refused

    def _refused_while_busy(self) -> bool:
        """The same for a command that would also stop the samples in the background."""
        if self._samples_under_way:
            self.notify("Wait until the samples have come, or stop them with ctrl+c", timeout=3)
        return self._samples_under_way or self._refused_while_streaming()

    def action_sessions(self) -> None:
        """All kept sessions, unless answers are under way that would be lost."""
        self._ask_bar.tried("sessions")
        if not self._refused_while_busy():
            super().action_sessions()

    def action_divergence(self) -> None:
        """Where the sides differ."""
        self._ask_bar.tried("divergence")
        super().action_divergence()

    def action_label(self) -> None:
        """Label the focused side's answer; without a focus at first the tuned side's, unless the sides are hidden."""
        exchange, column = self._shown, self._columns.focused
        kept = exchange.kept if exchange is not None else ()
        names = {self._side_name(each): each.face_name for each in self._columns.columns}
        shown_as = {side: name for side, name in names.items() if side in kept}
        first = self._tuned_side().name if exchange is not None and not exchange.hidden else ""
        side = (
            self._side_name(column) if column is not None else first if first in shown_as else next(iter(shown_as), "")
        )
        if exchange is None or side not in shown_as:
            self.notify("Wait until there is an answer and it has ended", timeout=3)
        else:
            ask_for_label(self, self._comparison, exchange, side, shown_as)

    def action_watch(self) -> None:
        """Mark a text in all answers and count it."""
        if not self._refused_while_hidden() and not self._refused_while_busy():
            ask_what_to_watch(self, self._comparison)

    def _without_verdicts(self, exchange: Exchange) -> None:
        """Ask the judges, if there are any."""
        if why := why_no_judges(self._comparison, exchange):
            self.notify(why, timeout=4, markup=False)
        else:
            judges = self._comparison.judges(exchange)
            self.run_worker(ask_judges(self, self._comparison, exchange, judges))

    def action_log(self) -> None:
        """The log of the focused side's server."""
        if self._refused_while_hidden():
            return
        side = self._focused_side()

        def read() -> str:
            return "\n".join(side.backend.log) or "diptych did not start this server, or it wrote nothing"

        self.app.push_screen(screens.TextScreen(f"Server log of {side.name}", read, at_end=True))

    def action_settings(self) -> None:
        """Other settings than those of the pair and the probe, for the next questions."""

        def use(chosen: tuple[Overrides, int] | None) -> None:
            if chosen is not None:
                self._comparison.choose_settings(*chosen)
                self._show_all()

        self.app.push_screen(screens.SettingsScreen(self._view, self._typed_condition, self._ask_bar.mode), use)

    def action_models(self) -> None:
        """The models of the focused side's endpoint."""
        if self._refused_while_hidden() or self._refused_while_busy():
            return
        side = self._focused_side()

        def chosen(model: str | FoundModel | screens.ChosenFamily | None) -> None:
            if isinstance(model, screens.ChosenFamily):
                self.post_message(self.SessionWanted(model))
            elif model is not None:
                if isinstance(model, str):
                    self._comparison.use_model(side.name, model)
                else:
                    self._comparison.use_file(side.name, model.path, model.side_name())
                    self._start_endpoints()
                self._columns.use(self._view.sides)
                self._show_exchange(None)
                # The answers, which had the focus, are gone.
                self._ask_bar.focus_box()

        self.app.push_screen(screens.ModelsScreen(side, self._find_models, self._families), chosen)

    async def action_dose(self, direction: int) -> None:
        """Another dose of the focused side's adapter, without a focus of the tuned side's."""
        if self._refused_while_hidden() or self._refused_while_busy():
            return
        side = self._focused_side() if self._columns.focused is not None else self._view.sides[:2][-1]
        try:
            self._comparison.turn_dose(side.name, up=direction > 0)
        except BackendError as error:
            hint = advice(error.hint, self._columns.HINT_WORDS)
            words = "; ".join(filter(None, [f"{side.name}: {error.message}", hint]))
            self.notify(visible(words), timeout=4, markup=False)
            return
        self._columns.use(self._view.sides)
        self._show_all()

    def action_probes(self) -> None:
        """Choose a probe and a question."""
        self._ask_bar.tried("probes")
        try:
            probes = self._probes()
        except FileError as error:
            self.notify(visible(str(error)), severity="error", markup=False)
            return
        self.app.push_screen(screens.PickerScreen(probes, self._view.probe), self._choose)

    def _choose(self, picked: Picked | None) -> None:
        if picked is None:
            return
        self._condition = picked.condition
        self._comparison.choose_probe(picked.probe)
        if picked.condition is not None:
            self._ask_bar.box.put(picked.prompt)
        self._ask_bar.focus_box()
        self._show_all()
