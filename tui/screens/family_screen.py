"""The members of a family: find one, see its numbers, put any two to four on the sides of the main screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.events import Resize
from textual.widgets import Input, Static

from diptych import sessions
from diptych.compare import AskedMembers, Comparison, Exchange, is_about_few_runs
from diptych.tui.commands import screen_bindings
from diptych.tui.comparison_status import saved_words
from diptych.tui.family_commands import FAMILY_COMMANDS
from diptych.tui.formatting import LOW_BELOW, counted, first_fitting
from diptych.tui.repainting import repaint
from diptych.tui.sanitized_text import visible
from diptych.tui.screens.command_screen import CommandScreen
from diptych.tui.screens.family_curve import show_curve
from diptych.tui.screens.members_asking import ask_members
from diptych.tui.side_colors import sides_of_pair
from diptych.tui.widgets.chrome.keys import Keys
from diptych.tui.widgets.chrome.title import Title
from diptych.tui.widgets.family.member_table import beside, columns, member_table
from diptych.tui.widgets.family.members_list import MembersHead, MembersList
from diptych.tui.widgets.prompt.line_input import LineInput

if TYPE_CHECKING:
    from diptych.compare import StoredFamily
    from diptych.tui.stored_numbers import StoredNumbers

_PAINT_SECONDS = 0.2
_MOST = len(sessions.SIDE_NAMES)


class Wanted(NamedTuple):
    """What the user wants to see on the main screen."""

    labels: tuple[str, ...]
    """The members for its sides."""
    read: bool = False
    """Whether all their answers are to be shown as rows."""


class _FindMember(LineInput):
    """Where a part of a label is typed. A blank picks a member, so it is not typed."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """As in Input, without the blank."""
        return key != "space" and super().check_consume_key(key, character)


class FamilyScreen(CommandScreen[Wanted | None]):
    """A list of members with a box to find them in; returns those that are wanted on the sides."""

    CSS_PATH = "family_screen.tcss"
    OFFERED = FAMILY_COMMANDS
    LEGEND = "family"
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings(FAMILY_COMMANDS)]

    def __init__(
        self,
        comparison: Comparison,
        family: AskedMembers,
        numbers: StoredNumbers[StoredFamily],
        exchange: Exchange | None,
    ) -> None:
        """`numbers`: those of the family; `exchange`: the question of the main screen."""
        super().__init__()
        self._exchange = exchange
        self._comparison, self._view, self._family = comparison, comparison.view, family
        self._numbers = numbers
        self._picked: list[str] = []
        self._first = 0
        """The first measure that is shown."""
        self._title = Title()
        self._find = _FindMember(placeholder="type to find a member", id="find-member", compact=True)
        self._head, self._list = MembersHead(), MembersList()
        self._foot = Static(id="members-foot")

    def compose(self) -> ComposeResult:
        """Title, what is looked for, the members, what enter does, keys."""
        yield self._title
        yield self._find
        yield self._head
        yield self._list
        yield self._foot
        yield Keys(self.OFFERED)

    def on_mount(self) -> None:
        """Begin at the member that is compared with the first."""
        self._find.focus()
        self._look()
        self._list.go_to(self._view.sides[:2][-1].name)
        self.run_worker(repaint(self._view.changes.subscribe(), self._look, _PAINT_SECONDS))
        self.run_worker(self._numbers.follow(self._look))

    def on_resize(self, event: Resize) -> None:
        """Leave out blank rows where there is little height."""
        self.set_class(event.size.height < LOW_BELOW, "-low")
        self.call_after_refresh(self._show_foot)

    # What is shown

    def _look(self) -> None:
        family, stored = self._family, self._numbers.stored
        shown = [side.name for side in self._view.sides]
        asking = {member.name for member in family.members if self._asking(member.name)}
        document = stored.document if stored is not None else None
        self._table = member_table(family.members, family.record.x, document, asking, shown, self._find.value)
        self._head.show(self._table, self._first)
        likes = sides_of_pair(shown)
        self._list.show(self._table, self._first, self._picked, likes, "no match; esc clears what you typed")
        saved, urgent = saved_words(self._view)
        if self._numbers.failure is not None:
            saved, urgent = self._numbers.failure.message, True
        probe = self._view.probe
        arms = len({member.arm_name for member in family.members})
        self._title.show(
            [probe.id if probe is not None else "no probe", f"family {family.record.name}"],
            [*self._progress, counted(len(family.members), "member"), counted(arms, "arm")],
            saved,
            urgent,
        )
        self._show_foot()

    @property
    def _progress(self) -> list[str]:
        samples = self._view.background
        if samples is None or not samples.under_way or not samples.progress.total:
            return []
        return [f"{samples.progress.done:,} of {samples.progress.total:,} samples"]

    def _asking(self, label: str) -> bool:
        samples = self._view.background
        under_way = samples is not None and samples.under_way and label in samples.asked
        return self._view.answering(label) or under_way

    @on(MembersList.Moved)
    def _show_foot(self) -> None:
        """What enter does, and how many measures there is no room for."""
        wanted = self._wanted
        said = f"enter: {beside(wanted)} beside each other" if wanted else ""
        if len(wanted) == 1:
            said = f"enter: {visible(wanted[0])} alone"
        shown = [each for each in columns(self._table, self._list.size.width - 1, self._first) if each.part == "rate"]
        measures = len(self._table.measures)
        more = f"{counted(measures, 'measure')}, tab shows others" if len(shown) < measures else ""
        room = max(1, self.size.width - 2)
        kinds = sessions.interval_names(
            each.interval_kind for measure in self._table.measures for each in measure.members.values() if each.n
        )
        left = room - len(said) - 2
        more = first_fitting(left, f"{more}   {kinds}".strip(), kinds, more) or more
        words = Content.styled(said, "$ink").truncate(max(1, room - len(more) - 2), ellipsis=True)
        last = Content.assemble(words, " " * max(2, room - words.cell_length - len(more)), (more, "$dim"))
        self._foot.update(Content("\n").join([*self._cautions(room), last]))

    def _cautions(self, room: int) -> list[Content]:
        """That the members of an arm are few, if the numbers say so: a row above what enter does."""
        stored = self._numbers.stored
        few = filter(is_about_few_runs, stored.document.warnings if stored is not None else ())
        return [Content.styled(f"⚠ {visible(words)}", "$dim").truncate(room, ellipsis=True) for words in few]

    @property
    def _wanted(self) -> tuple[str, ...]:
        """The members that enter puts on the sides, in the order of the family."""
        if len(self._picked) > 1:
            return tuple(member.name for member in self._family.members if member.name in self._picked)
        marked = self._list.marked
        label = self._picked[0] if self._picked else marked.label if marked is not None else ""
        return self._family.beside_first_arm(label) if label else ()

    # Commands

    @on(Input.Changed, "#find-member")
    def _found(self) -> None:
        self._look()

    @on(Input.Submitted, "#find-member")
    @on(MembersList.Chosen)
    def _choose(self) -> None:
        if self._wanted:
            self.dismiss(Wanted(self._wanted))

    def action_answers(self) -> None:
        """The answers of these members as rows."""
        if self._wanted:
            self.dismiss(Wanted(self._wanted, read=True))

    def action_pick(self) -> None:
        """Pick the member of the cursor, or no longer."""
        marked = self._list.marked
        if marked is None:
            return
        if marked.label in self._picked:
            self._picked.remove(marked.label)
        elif len(self._picked) == _MOST:
            self.notify(
                f"At most {_MOST} members stand beside each other; space on a picked one takes it back", timeout=4
            )
            return
        else:
            self._picked.append(marked.label)
        self._look()

    def action_more(self) -> None:
        """More answers of all members to the question of the main screen."""
        ask_members(self, self._comparison, self._exchange)

    def action_stop(self) -> None:
        """Ask for no more; what has come is kept."""
        if self._view.background is not None and self._view.background.under_way:
            self._comparison.stop_samples()
        else:
            self.notify("Nothing is under way; esc goes back", timeout=3)

    def action_curve(self) -> None:
        """The rates over x."""
        self.run_worker(show_curve(self, self._view, self._numbers), group="curve", exclusive=True)

    def action_other_measures(self) -> None:
        """The next measures that there was no room for."""
        shown = [each for each in columns(self._table, self._list.size.width - 1, self._first) if each.part == "rate"]
        following = self._first + max(1, len(shown))
        self._first = following if following < len(self._table.measures) else 0
        self._look()

    def action_move(self, by: int) -> None:
        """A row down or up."""
        self._list.action_move(by)

    def action_page(self, pages: int) -> None:
        """As many rows as are seen, down or up."""
        self._list.action_page(pages)

    def action_jump(self, place: int) -> None:
        """To the first row or the last."""
        self._list.action_jump(place)

    def action_back(self) -> None:
        """Clear what is looked for, then go back to the answers."""
        if self._find.value:
            self._find.clear()
        else:
            self.dismiss(None)
