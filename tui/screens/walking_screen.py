"""The commands of the main screen for a family: put members on the sides, walk through x, see the curve."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from diptych.sessions import SIDE_NAMES, StoreError
from diptych.tui import screens
from diptych.tui.commands import COMMANDS, Command
from diptych.tui.first_questions import next_question
from diptych.tui.sanitized_text import visible
from diptych.tui.screens.choosing_screen import ChoosingScreen

if TYPE_CHECKING:
    from textual.screen import Screen

    from diptych.compare import Exchange, StoredFamily
    from diptych.tui.claims import Claims
    from diptych.tui.screens.family_screen import Wanted
    from diptych.tui.stored_numbers import StoredNumbers

_OF_FAMILY = frozenset(command.action for command in COMMANDS if command.of_family)
_TAKEN = {key for command in COMMANDS if command.of_family and command.action != "walk" for key in command.keys}
"""The keys that mean something else for a family than for a pair. Space does so in a presentation only."""


class WalkingScreen(ChoosingScreen):
    """Shows members of a family, if a family is asked; of a pair it is an ordinary ChoosingScreen."""

    @cached_property
    def _family_numbers(self) -> StoredNumbers[StoredFamily]:
        from diptych.tui.stored_numbers import StoredNumbers

        return StoredNumbers(self._view, self._comparison.stored_family)

    @cached_property
    def claims(self) -> Claims:
        """Opens the claim card."""
        from diptych.tui.claims import Claims

        return Claims(self._comparison, self._probes)

    @property
    def offered(self) -> Sequence[Command]:
        """As in CommandScreen: of a pair without what needs a family, of a family without the keys that mean something
        else there."""
        if self._view.family is None:
            return [each for each in COMMANDS if not each.of_family]
        left = [(each, each if each.of_family else each.without(_TAKEN)) for each in COMMANDS]
        return [own for each, own in left if own.keys or not each.keys]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A pair has no members to choose; space walks through x only where people watch."""
        if action == "walk":
            return self.presenting and self._walker() is not None
        if action in _OF_FAMILY:
            return self._view.family is not None
        return super().check_action(action, parameters)

    # Members on the sides

    def action_members(self) -> None:
        """All members of the family."""
        self._ask_bar.tried("models")
        if not self._refused_while_hidden_anywhere() and not self._refused_while_busy():
            self.show_family()

    def show_family(self) -> None:
        """Open the list of members."""
        family = self._view.family
        if family is not None:
            screen = screens.FamilyScreen(self._comparison, family, self._family_numbers, self._shown)
            self.app.push_screen(screen, self._put_wanted)

    async def _put_wanted(self, wanted: Wanted | None) -> None:
        if wanted is None:
            self._show_all()
            return
        if await self._put(wanted.labels):
            self._start_endpoints()
            if wanted.read:
                self._read_answers()

    async def read_members(self, labels: Sequence[str]) -> None:
        """Show the answers of members as rows, each beside the member of the first arm."""
        family = self._view.family
        if family is None or self._refused_while_hidden_anywhere() or self._refused_while_busy():
            return
        first = family.beside_first_arm(labels[0])
        wanted = tuple(dict.fromkeys((*first, *labels)))[: len(SIDE_NAMES)]
        if await self._put(tuple(member.name for member in family.members if member.name in wanted)):
            self._read_answers()

    def ask_members(self, above: Screen[Any]) -> None:
        """Ask all members the question that is shown. `above`: the screen on which this was wanted."""
        from diptych.tui.screens.members_asking import ask_members

        ask_members(above, self._comparison, self._shown)

    def _read_answers(self) -> None:
        if self._shown is None:
            self.notify("Nothing has been asked yet", timeout=3)
        else:
            self.action_samples()

    async def _put(self, labels: Sequence[str]) -> bool:
        """Let these members be the sides; the question stays. Returns whether that was possible."""
        try:
            await self._comparison.show_members(labels)
        except StoreError as error:
            self.notify(visible(error.text()), severity="error", markup=False)
            return False
        names = [side.name for side in self._view.sides]
        self._columns.use(self._view.sides)
        self._strip.use(names)
        self._ask_bar.use(names)
        self.app.stylesheet.set_variables(self.app.get_css_variables())
        asked = [exchange for exchange in self._view.exchanges if exchange.asked]
        if self._shown is None or (not self._shown.asked and asked):
            self._shown = asked[-1] if asked else self._shown
        self._show_all()
        return True

    def _refused_while_hidden_anywhere(self) -> bool:
        if any(exchange.hidden for exchange in self._view.exchanges) or self._view.blind:
            self.notify("Hidden until you have guessed which side is which in every blind question", timeout=3)
            return True
        return False

    # Walking through x

    def _walker(self) -> str | None:
        """The member that walks through x: that of the focused side, or else the first that has others in its line."""
        family = self._view.family
        if family is None:
            return None
        column = self._columns.focused
        focused = [self._side_name(column)] if column is not None else []
        names = [*focused, *(side.name for side in self._view.sides)]
        return next((name for name in names if len(family.line(name)) > 1), None)

    async def action_dose(self, direction: int) -> None:
        """The member with the next x; of a side that has no such members, another dose of its adapter."""
        family, walker = self._view.family, self._walker()
        column = self._columns.focused
        if family is None or walker is None or (column is not None and self._side_name(column) != walker):
            await super().action_dose(direction)
            return
        if self._refused_while_hidden_anywhere() or self._refused_while_busy():
            return
        up = direction > 0
        if not await self._step_to(walker, up):
            end = "last" if up else "first"
            self.notify(
                f"{visible(walker)} is the {end} {visible(family.record.x)} of this arm", timeout=3, markup=False
            )

    async def _step_to(self, walker: str, up: bool) -> bool:
        """Put the next member of a line in the place of another; returns whether there is one."""
        family = self._view.family
        names = tuple(side.name for side in self._view.sides)
        following = family.neighbour(walker, up, besides=names) if family is not None else None
        if following is None:
            return False
        return await self._put(tuple(following if name == walker else name for name in names))

    async def action_walk(self) -> None:
        """The same question to the member with the next x; after the last one, the next question from the first x on.
        An answer that is there is shown and not asked for again."""
        walker = self._walker()
        if walker is None or self._refused_while_hidden_anywhere() or self._refused_while_busy():
            return
        if self._shown is None:
            self._ask_next()
        elif await self._step_to(walker, up=True):
            self._ask_missing(self._shown)
        else:
            family = self._view.family
            assert family is not None
            if (question := next_question(self._view)) is None:
                self.notify("That was the probe's last question; − walks back", timeout=3)
                return
            line = [member.name for member in family.line(walker)]
            names = tuple(side.name for side in self._view.sides)
            first = next((name for name in line if name not in names or name == walker), walker)
            if await self._put(tuple(first if name == walker else name for name in names)):
                condition, prompt = question
                self._show_exchange(self._comparison.ask(prompt, condition))

    def _ask_missing(self, exchange: Exchange) -> None:
        """Ask the sides that have no answer to the question that is shown."""
        if any(side.name not in exchange.answers for side in self._view.sides):
            self._show_exchange(self._comparison.ask_anew(exchange))

    def _ask_next(self) -> None:
        """Ask the probe's next question."""
        raise NotImplementedError

    def action_curve(self) -> None:
        """The rates of the family over x."""
        if not self._refused_while_hidden_anywhere():
            from diptych.tui.screens.family_curve import show_curve

            curve = show_curve(self, self._view, self._family_numbers)
            self.run_worker(curve, group="curve", exclusive=True)
