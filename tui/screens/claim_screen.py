"""The claim card: on which legs "it knows this of itself" stands, and what would be done about those that are open."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Resize
from textual.message import Message
from textual.widgets import Static

from diptych.compare import LEG_SIGNS, ClaimCard, Leg
from diptych.tui import screens
from diptych.tui.commands import screen_bindings
from diptych.tui.dialog_commands import CLAIM_COMMANDS
from diptych.tui.formatting import LOW_BELOW, counted, first_fitting
from diptych.tui.sanitized_text import visible
from diptych.tui.screens.command_screen import CommandScreen
from diptych.tui.side_colors import sides_of_pair
from diptych.tui.widgets.chrome.keys import Keys
from diptych.tui.widgets.chrome.title import Title
from diptych.tui.widgets.claim.legs_list import LegsList, figure_words

_MOST_SESSIONS = 4
"""How many sessions the head names."""
_TITLE_GAPS = 4
"""Blank cells around what the head says."""
_SMALL_BELOW = 22
"""Screens with fewer rows than this show the legs and the sentence alone."""


class ClaimScreen(CommandScreen[bool]):
    """Shows a card; whoever opened it shows a new one when answers have come. Its result is whether the user wants to
    leave the screen below too, whose second page it is."""

    CSS_PATH = "claim_screen.tcss"
    OFFERED = CLAIM_COMMANDS
    LEGEND = "claim"
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings(CLAIM_COMMANDS)]

    class ReadWanted(Message):
        """The user wants to read the answers behind a leg."""

        def __init__(self, leg: Leg) -> None:
            super().__init__()
            self.leg = leg

    class PageWanted(Message):
        """The user wants the card as a page."""

    def __init__(self, probe: str, card: ClaimCard | None = None) -> None:
        """`probe`: the id of that whose claim it is. `card`: None while it is being read."""
        super().__init__()
        self._probe, self._card = probe, card
        self._failure = ""
        self._title, self._claim = Title(), Static(id="claim")
        self._legs, self._sentence, self._detail = LegsList(), Static(id="claim-sentence"), Static(id="leg-detail")

    def compose(self) -> ComposeResult:
        """Title, the claim, its legs, what follows from them, more about the marked leg, keys."""
        yield self._title
        yield self._claim
        yield Vertical(self._legs, self._sentence, id="card")
        yield self._detail
        yield Keys(self.OFFERED)

    def on_mount(self) -> None:
        """Begin at the first leg."""
        self._legs.fit(self.size.height)
        self._legs.focus()
        self._show_all()

    def on_resize(self, event: Resize) -> None:
        """Leave out blank rows where there is little height, then all but the legs and the sentence."""
        self.set_class(event.size.height < LOW_BELOW, "-low")
        self.set_class(event.size.height < _SMALL_BELOW, "-small")
        self._legs.fit(event.size.height)
        self.call_after_refresh(self._show_all)

    def show(self, card: ClaimCard | None, failure: str = "") -> None:
        """Show a card as it stands now. `failure`: why it could not be read again."""
        self._card, self._failure = card or self._card, failure
        self._show_all()

    # What is shown

    def _show_all(self) -> None:
        card = self._card
        width = self.size.width
        read = _read_words(card, width - len(f"{self._probe} · claim") - _TITLE_GAPS)
        self._title.show([self._probe, "claim"], [], self._failure or read, bool(self._failure))
        self._claim.update(_claim_words(card, width - 4))
        reading = "" if self._failure else "reading the sessions…"
        self._sentence.update(Content.styled(visible(card.sentence), "bold") if card else Content(reading))
        if card is not None:
            self._legs.show(card)

    @on(LegsList.Moved)
    def _show_detail(self) -> None:
        """What its row does not say of the marked leg: the reason and the command, and how many answers there are."""
        leg, said = self._legs.marked, self._legs.reason_in_row
        rows = []
        if leg is not None:
            reason, command = (" ".join(visible(words).split()) for words in (leg.reason, leg.command))
            read = f"enter reads {counted(len(leg.answers), 'answer')}" if leg.answers else ""
            rows = [(reason, "$dim"), (command, "$ink"), ("" if command else read, "$dim")]
        told = [(words, style) for words, style in rows if words and words != said]
        signs = ("› ", "  ")
        self._detail.update(
            Content("\n").join(Content.assemble((sign, "$dim"), part) for sign, part in zip(signs, told, strict=False))
        )

    # Commands

    @on(LegsList.Read)
    def _read(self) -> None:
        """The answers behind the marked leg; all that is said of it where there are none."""
        leg = self._legs.marked
        if leg is not None and leg.answers:
            self.post_message(self.ReadWanted(leg))
        elif leg is not None:
            said = leg_words(leg)
            self.app.push_screen(screens.TextScreen(leg.title, lambda: said, at_end=False))

    def action_copy(self) -> None:
        """Copy the command of the marked leg."""
        leg = self._legs.marked
        if leg is None:
            return
        if leg.command:
            self.app.copy_to_clipboard(leg.command)
            self.notify(f"Copied: {visible(leg.command)}", timeout=3, markup=False)
        else:
            self.notify("There is no command for this leg", timeout=3)

    def action_export_page(self) -> None:
        """Write the card as a page."""
        if self._card is not None:
            self.post_message(self.PageWanted())

    def action_measures(self) -> None:
        """Back to the first page."""
        self.dismiss(False)

    def action_back(self) -> None:
        """Back to the answers."""
        self.dismiss(True)


def leg_words(leg: Leg) -> str:
    """All that is said of a leg."""
    figure = figure_words(leg)
    state = leg.state if figure in ("", leg.state) else f"{leg.state}: {figure}"
    said = [f"{LEG_SIGNS[leg.state]} {state}", leg.reason, leg.command]
    return "\n\n".join(filter(None, said))


def _read_words(card: ClaimCard | None, room: int) -> str:
    """What the card was made from, in so many cells."""
    if card is None:
        return ""
    numbers = [str(number) for number in card.sessions[:_MOST_SESSIONS]]
    left = len(card.sessions) - len(numbers)
    more = f" and {left} more" if left else ""
    said = f"session{'s' if len(card.sessions) > 1 else ''} {', '.join(numbers)}{more}" if numbers else "no session"
    older = f"{said} · {len(card.older)} older not read" if card.older else said
    registered = f" · registered {card.registered}" if card.registered else ""
    return first_fitting(room, f"{older}{registered}", f"{said}{registered}", older, said)


def _claim_words(card: ClaimCard | None, room: int) -> Content:
    """The claim as a sentence, and of which models it is made, as far as there is room."""
    if card is None:
        return Content("")
    likes = sides_of_pair([card.base, card.side, *filter(None, [card.control])])
    sides = sorted(likes, key=lambda name: name == card.base)
    said = Content.styled(" · ", "$dim").join(Content.styled(visible(side), f"$side-{likes[side]}") for side in sides)
    alone = Content.styled(visible(card.quoted), "bold")
    with_sides = Content.assemble(alone, "   ", said)
    whole = Content.assemble(with_sides, (f"   {visible(card.pair)}", "$dim"))
    return next((each for each in (whole, with_sides) if each.cell_length <= room), alone)
