"""The curve of a family: what its models do and what they say of it, over x; or the one against the other."""

from collections.abc import Mapping
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.events import Resize
from textual.message import Message
from textual.widgets import Static

from diptych.compare import FamilyDocument, MeasureName, can_be_drawn, curve_picture, scatter_picture, usually_drawn
from diptych.sessions import CurvePicture, ScatterPicture
from diptych.tui import screens
from diptych.tui.commands import screen_bindings
from diptych.tui.family_commands import CURVE_COMMANDS
from diptych.tui.formatting import LOW_BELOW, counted
from diptych.tui.sanitized_text import visible
from diptych.tui.screens.command_screen import CommandScreen
from diptych.tui.widgets.chrome.keys import Keys
from diptych.tui.widgets.chrome.title import Title
from diptych.tui.widgets.family.family_plot import FamilyPlot
from diptych.tui.widgets.family.picture_rows import PictureHead, PictureRows, Shown
from diptych.tui.widgets.family.picture_words import PictureWords, paragraphs

_WORDS_CELLS = 76
"""Width of the words where they stand alone."""


class CurveScreen(CommandScreen[None]):
    """Shows the document of a family as a picture, with words beside it and the points as rows below."""

    CSS_PATH = "curve_screen.tcss"
    OFFERED = CURVE_COMMANDS
    LEGEND = "curve"
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings(CURVE_COMMANDS)]

    class ReadWanted(Message):
        """The user wants to read the answers of some members."""

        def __init__(self, members: tuple[str, ...]) -> None:
            super().__init__()
            self.members = members

    class MoreWanted(Message):
        """The user wants more answers of all members."""

    def __init__(
        self,
        document: FamilyDocument,
        said: Mapping[str, str],
        saved: str = "",
        urgent: bool = False,
        has_claim: bool = False,
    ) -> None:
        """`said`: an answer of each member, by its label. `saved`: where the session is saved; `urgent`: that it is
        not. `has_claim`: whether there is a claim card of its probe."""
        super().__init__()
        self._has_claim = has_claim
        self._saved = saved, urgent
        self._document, self._said = document, said
        self._drawn: tuple[MeasureName, ...] = usually_drawn(document)
        self._log = document.scale == "log"
        self._scatter = False
        self._title, self._heading = Title(), Static(id="picture-title")
        self._plot, self._words = FamilyPlot(), PictureWords()
        self._head, self._rows = PictureHead(), PictureRows()

    def compose(self) -> ComposeResult:
        """Title, what is drawn, the picture with its words, its points, keys."""
        yield self._title
        yield self._heading
        yield Horizontal(self._plot, self._words, id="picture")
        yield self._head
        yield self._rows
        yield Keys(self.OFFERED)

    def on_mount(self) -> None:
        """Begin at the first point."""
        self._rows.focus()
        self._show_all()

    def on_resize(self, event: Resize) -> None:
        """Leave out blank rows where there is little height, and give the picture more of the width where there is
        little of it."""
        self.set_class(event.size.height < LOW_BELOW, "-low")
        self.set_class(event.size.width < 100, "-narrow")

    def show(self, document: FamilyDocument, said: Mapping[str, str], saved: str = "", urgent: bool = False) -> None:
        """Show the numbers as they stand now; the cursor and what is drawn stay."""
        self._document, self._said, self._saved = document, said, (saved, urgent)
        self._show_all()

    @property
    def _picture(self) -> CurvePicture | ScatterPicture:
        found = scatter_picture(self._document, self._drawn) if self._scatter else None
        return found or curve_picture(self._document, self._drawn)

    def _show_all(self) -> None:
        document, picture = self._document, self._picture
        models = counted(len(document.members), "model")
        each = f" × {document.planned:,}" if document.planned else ""
        asked = [document.probe or "own question", f"family {document.family}", f"{models}{each}"]
        self._title.show(asked, [], *self._saved)
        self._heading.update(Content.assemble(("› ", "$dim"), (visible(picture.title), "bold $ink")))
        self._words.show(picture)
        shown = Shown.of(picture)
        self._head.show(shown)
        self._rows.show(shown, self._said)
        self._show_marked()

    @on(PictureRows.Moved)
    def _show_marked(self) -> None:
        picture, row = self._picture, self._rows.marked
        if isinstance(picture, ScatterPicture):
            self._plot.show(picture, False, row.members[0] if row is not None else None)
        else:
            self._plot.show(picture, self._log, row.x if row is not None else None)

    @on(PictureRows.Read)
    def _read(self, event: PictureRows.Read) -> None:
        self.post_message(self.ReadWanted(event.row.members))

    def action_next_point(self) -> None:
        """To the next point; from the last to the first."""
        before = self._rows.place
        self._rows.action_move(1)
        if self._rows.place == before:
            self._rows.action_jump(0)

    def action_scatter(self) -> None:
        """The scatter in place of the curve, or the curve again."""
        if not self._scatter and scatter_picture(self._document, self._drawn) is None:
            self.notify("It takes a measure of what they do and one of what they say; m chooses them", timeout=3)
            return
        self._scatter = not self._scatter
        self._show_all()

    def action_log_axis(self) -> None:
        """A logarithmic axis of x, or a linear one."""
        if self._scatter:
            self.notify("Both axes are rates here; s goes back to the curve", timeout=3)
        elif not any(point.x > 0 for line in curve_picture(self._document, self._drawn).lines for point in line.points):
            self.notify(f"No {self._document.x} is above 0", timeout=3)
        else:
            self._log = not self._log
            self._show_marked()

    def action_drawn(self) -> None:
        """Choose the measures that are drawn."""

        def draw(chosen: tuple[MeasureName, ...] | None) -> None:
            if chosen:
                self._drawn = chosen
                self._scatter = self._scatter and scatter_picture(self._document, chosen) is not None
                self._show_all()

        self.app.push_screen(screens.DrawnMeasuresScreen(can_be_drawn(self._document), self._drawn), draw)

    def action_words(self) -> None:
        """All that is said of the picture."""
        rows = [[row.plain for row in each] for each in paragraphs(self._picture, _WORDS_CELLS)]
        text = "\n\n".join("\n".join(each) for each in rows)
        self.app.push_screen(screens.TextScreen(self._picture.title, lambda: text, at_end=False))

    def action_more(self) -> None:
        """More answers of all members."""
        self.post_message(self.MoreWanted())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A claim card is made of a probe with a trait."""
        return self._has_claim if action == "claim" else super().check_action(action, parameters)

    def action_claim(self) -> None:
        """The second page: the claim card."""
        self.post_message(self.ClaimWanted())

    def action_export(self) -> None:
        """Write the session to a file."""
        self.post_message(self.ExportWanted(self._document.session))
