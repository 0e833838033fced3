"""The divergence screen: each token of an answer is shaded by log p(tuned) − log p(base), to show where a fine-tune
acts."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.events import Resize
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import Worker

from diptych.compare import Divergence, Exchange, Piece, SessionView
from diptych.errors import HintWords
from diptych.tui.commands import DIVERGENCE_COMMANDS, screen_bindings
from diptych.tui.formatting import LOW_BELOW, first_fitting, signed_nats
from diptych.tui.repainting import repaint
from diptych.tui.sanitized_text import visible
from diptych.tui.screens.command_screen import CommandScreen
from diptych.tui.screens.tokens_screen import TokensScreen, chance
from diptych.tui.side_colors import side_style, sides_of_pair
from diptych.tui.widgets.answer.divergence_pane import STRONG, DivergencePane
from diptych.tui.widgets.chrome.keys import Keys
from diptych.tui.widgets.chrome.title import Question, Title

NARROWEST = 50
"""The width in cells that each answer needs for the answers to stand side by side."""
_PAINT_SECONDS = 0.1
"""The minimum time between paints: each paint shades the whole answer again."""
_SHOWN_TOP = 3
_WIDE = 100
"""From this width on, the most surprising words of the other answers are named too."""
_NATS = (
    f"   numbers in nats: 1 is a factor of 2.7 in probability; underlined from {STRONG:g}",
    f"   in nats (1: a factor of 2.7), underlined from {STRONG:g}",
    f"   underlined from {STRONG:g} nats",
)
_LONGEST_WORD = 80
"""Characters of a piece that are named below the answers."""

_HERE = HintWords(
    again="go back and press r to ask again", log="go back and press l for its log", check="see diptych pairs check"
)


class Branch(NamedTuple):
    """The beginning from which the sides of an exchange are to go on."""

    exchange: Exchange
    beginning: str


class Head(Widget):
    """The name of the side that gave an answer, and the total of its log-probability differences."""

    def __init__(self, side: str, base: str, tuned: str) -> None:
        """`base` and `tuned`: the sides under which the answer is scored."""
        super().__init__(classes="divergence-head")
        self._side = side
        self._base = base
        self._tuned = tuned
        self._ways: tuple[str, ...] = ()
        """How it may be said, the longest first."""

    def show(self, divergence: Divergence) -> None:
        """Show how far it is scored, and the total."""
        formula = f"log p({self._tuned}) − log p({self._base})"
        if divergence.own:
            ways = [f"−log p({divergence.own}), own", "own"]
        elif divergence.failure is not None:
            ways = [f"✕ {divergence.failure.kind}", "✕"]
        elif divergence.done:
            # The total is worth more than how it is called.
            total = signed_nats(divergence.total)
            ways = [f"{formula}  {total}", total]
        else:
            scored = divergence.pieces[-1].end if divergence.pieces else 0
            share = f"{scored}/{len(divergence.text)}"
            ways = [f"scoring {scored} of {len(divergence.text)} characters", f"scoring {share}", share]
        self._ways = tuple(ways)
        self.refresh()

    def render(self) -> Content:
        """Name left, numbers right."""
        name = f" {self._side}'s answer"
        said = first_fitting(self.size.width - len(name) - 2, *self._ways)
        gap = " " * max(1, self.size.width - len(name) - len(said) - 1)
        return Content.assemble((name, f"bold {side_style(self._side)}"), gap, (said, "$dim"))


class DivergenceScreen(CommandScreen[Branch | None]):
    """Both answers, the most surprising tokens, and what each side would have said at the cursor."""

    CSS_PATH = "divergence_screen.tcss"
    OFFERED = DIVERGENCE_COMMANDS
    LEGEND = "divergence"
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings(DIVERGENCE_COMMANDS)]

    def __init__(self, view: SessionView, exchange: Exchange, tuned: str, title: Sequence[str]) -> None:
        """Every answer is scored under the first side and under the one that gave it, that of the first side itself
        under `tuned`; `title`: what is asked, for the head."""
        super().__init__()
        self._view = view
        self._exchange = exchange
        self._first = tuned
        """The side whose answer the user opened the screen for."""
        self._base = base = view.sides[0].name
        self._shown = tuple(side.name for side in view.sides if side.name in exchange.answers)
        self._under = {name: tuned if name == base else name for name in self._shown}
        """The side under which an answer is scored besides the first one."""
        # The answer that the user opened the screen for is scored first, the first side's answer last.
        order = sorted(self._shown, key=lambda name: (name == base, name != tuned))
        self._divergences = {name: view.divergence(exchange, name, self._under[name]) for name in order}
        likes = sides_of_pair([side.name for side in view.sides])
        self._panes = {name: DivergencePane(f"divergence-{likes[name]}") for name in self._shown}
        self._heads = {name: Head(name, base, self._under[name]) for name in self._shown}
        self._title = Title()
        self._asked = title
        self._line_totals = False
        self._most_line = Static(id="surprising")
        self._here_line = Static(id="here")
        self._surprising = -1
        self._most: dict[str, list[Piece]] = {}
        """What surprises most in each answer."""
        self._repainting: Worker[None] | None = None

    def compose(self) -> ComposeResult:
        """Title, question, the answers, what surprises most, what is likely here."""
        yield self._title
        yield Question()
        likes = sides_of_pair([side.name for side in self._view.sides])
        with Container(id="answers"):
            for name in self._shown:
                with Vertical(classes="answer"):
                    yield self._heads[name]
                    self._panes[name].add_class(f"-second-{likes[self._under[name]]}")
                    yield self._panes[name]
        yield self._most_line
        yield self._here_line
        yield Keys(self.OFFERED)

    def on_mount(self) -> None:
        """Begin at the answer that the user opened the screen for."""
        session = self._view.session
        saved = f"session {session} · saved" if session is not None else ""
        self._title.show([*self._asked, "divergence"], [], saved, False)
        self.query_one(Question).prompt = self._exchange.prompt
        for name, pane in self._panes.items():
            pane.show(self._divergences[name])
        self._panes[self._first if self._first in self._panes else self._shown[-1]].focus()
        self._look()
        self._repainting = self.run_worker(repaint(self._view.changes.subscribe(), self._look, _PAINT_SECONDS))

    def _look(self) -> None:
        """Show what was scored since the last paint."""
        for name, divergence in self._divergences.items():
            self._heads[name].show(divergence)
            self._panes[name].progress()
            self._most[name] = divergence.most_surprising()
        self._show_foot()
        if self._repainting is not None and all(divergence.done for divergence in self._divergences.values()):
            self._repainting.cancel()

    @on(DivergencePane.Moved)
    def _show_foot(self) -> None:
        name, divergence = self._focused
        self._most_line.update(self._surprise_row(name, divergence))
        self._here_line.update(self._here_row(name, divergence))

    def on_descendant_focus(self) -> None:
        """The foot speaks of the answer that has the focus."""
        self._show_foot()

    @property
    def _tuned(self) -> str:
        """The side under which the focused answer is scored besides the first one."""
        return self._under[self._focused[0]]

    @property
    def _focused(self) -> tuple[str, Divergence]:
        name = next((n for n, pane in self._panes.items() if pane.has_focus), self._shown[-1])
        return name, self._divergences[name]

    def _surprise_row(self, name: str, divergence: Divergence) -> Content:
        """As many as there is room for, and the first of each other answer; to whom they are surprising."""
        wide = self.size.width >= _WIDE
        heading = Content.styled(f" most surprising in {name}'s answer", "bold $ink")
        if wide and divergence.pieces and not divergence.own:
            heading += Content.styled(f" to {self._base} (+) or {self._tuned} (−)", "$dim")
        others = [
            Content.styled(f"   in {other}'s answer", "$dim") + self._surprises(other)[0]
            for other in self._shown
            if wide and other != name and self._most.get(other)
        ]
        row, after = heading, Content("").join(others)
        for entry in self._surprises(name):
            if row.cell_length + entry.cell_length + after.cell_length < self.size.width:
                row += entry
        return (row + after).truncate(max(1, self.size.width), ellipsis=True)

    def _surprises(self, name: str) -> list[Content]:
        """The most surprising words of an answer, each with its number. What is there several times is told with the
        word after it."""
        divergence, pieces = self._divergences[name], self._most.get(name, ())
        text = divergence.text
        words = [_word(text, piece) for piece in pieces]
        entries = []
        for piece, word in zip(pieces, words, strict=True):
            nats = piece.surprise if divergence.own else piece.difference
            side = divergence.own or (self._under[name] if piece.difference > 0 else self._base)
            following = _following(text, piece) if words.count(word) > 1 else ""
            entries.append(
                Content.assemble(
                    (f"  {word}", f"bold {side_style(side)}"), (f"{following} {signed_nats(nats)}", "$dim")
                )
            )
        return entries

    def _here_row(self, name: str, divergence: Divergence) -> Content:
        """Why nothing can be compared, or what the cursor stands on; below it what the shades mean."""
        base, width = self._base, max(1, self.size.width)
        if divergence.failure is not None:
            first = Content.assemble(
                (f" ✕ {visible(divergence.failure.message)}", "bold $fault"),
                (f" → {visible(divergence.failure.advice(_HERE))}", "bold $fault"),
            )
        elif (piece := self._panes[name].piece) is not None:
            ways = (self._chances(divergence, piece, shown) for shown in range(_SHOWN_TOP, 0, -1))
            bare = self._chances(divergence, piece, 0)
            first = next((way for way in ways if way.cell_length <= width), bare)
        else:
            first = Content.styled(" checking that the scores can be trusted…", "$dim")
        return Content("\n").join([first.truncate(width, ellipsis=True), self._legend(divergence, base, width)])

    def _chances(self, divergence: Divergence, piece: Piece, shown: int) -> Content:
        """How likely a word is under both sides, and `shown` of the tokens that are likeliest there."""
        base, tuned = self._base, self._tuned
        return Content.assemble(
            (f" “{_word(divergence.text, piece)}” ", "bold $ink"),
            (f" {base} {chance(piece.base)}", side_style(base)),
            (_likely(piece.base_top[:shown]), "$dim"),
            (f"   {tuned} {chance(piece.tuned)}", side_style(tuned)),
            (_likely(piece.tuned_top[:shown]), "$dim"),
        )

    def _legend(self, divergence: Divergence, base: str, width: int) -> Content:
        if divergence.failure is not None and not divergence.own:
            words = " with logprobs = 5 on a side in config.toml, its own answers show how sure it was of each token"
            if not divergence.tells_own:
                words = " its endpoint gives no log-probabilities either" if divergence.done else ""
            return Content.styled(words, "$dim").truncate(width, ellipsis=True)
        if divergence.own:
            words = " surprised, in nats, at generation; the other side is not known"
            shades = ("░▒▓", side_style(divergence.own))
            return Content.assemble((" sure ", "$dim"), shades, (words, "$dim")).truncate(width, ellipsis=True)
        return Content.assemble(
            (f" likelier under {base} ", "$dim"), ("▓▒░", side_style(base)), (" 0 ", "$dim"),
            ("░▒▓", side_style(self._tuned)), (f" likelier under {self._tuned}", "$dim"),
            (first_fitting(width - len(f" likelier under {base} ▓▒░ 0 ░▒▓ likelier under {self._tuned}"), *_NATS),
             "$dim"),
        ).truncate(width, ellipsis=True)  # fmt: skip

    def on_resize(self, event: Resize) -> None:
        """Beside each other where there is room, else in two rows of two, or one above the other."""
        count = len(self._shown)
        across = count if event.size.width >= count * NARROWEST else 2 if count > 2 else 1
        answers = self.query_one("#answers")
        answers.styles.grid_size_columns, answers.styles.grid_size_rows = across, -(-count // across)
        for number, answer in enumerate(answers.children):
            answer.set_class(number % across != 0, "-ruled")
            alone = number == count - 1 and number % across == 0
            answer.styles.column_span = across if alone else 1
        self.set_class(event.size.height < LOW_BELOW, "-low")
        # What is named below depends on the width.
        self.call_after_refresh(self._show_foot)

    # Commands

    def action_other(self) -> None:
        """To the next answer."""
        name, _ = self._focused
        self._panes[self._shown[(self._shown.index(name) + 1) % len(self._shown)]].focus()
        self._surprising = -1

    def action_line_totals(self) -> None:
        """The total of each line, in the margin."""
        self._line_totals = not self._line_totals
        for pane in self._panes.values():
            pane.show_line_totals(self._line_totals)

    def action_surprising(self) -> None:
        """To the most surprising token, then to the next."""
        name, _ = self._focused
        if most := self._most.get(name):
            self._surprising = (self._surprising + 1) % len(most)
            self._panes[name].go_to(most[self._surprising])

    def action_tokens(self) -> None:
        """What else could stand here."""
        name, divergence = self._focused
        piece = self._panes[name].piece
        if piece is None:
            return
        names = self._base, self._tuned

        def chosen(token: str | None) -> None:
            if token is not None:
                self.dismiss(Branch(self._exchange, divergence.text[: piece.start] + token))

        self.app.push_screen(TokensScreen(divergence.text[piece.start : piece.end], piece, names), chosen)

    def action_cancel(self) -> None:
        """Back to the answers."""
        self.dismiss(None)


def _word(text: str, piece: Piece) -> str:
    """The piece for a reader: line breaks as a sign, blanks around it left out."""
    said = text[piece.start : min(piece.end, piece.start + _LONGEST_WORD)].replace("\n", "⏎")
    return visible(said.strip(" ") or said)


def _following(text: str, piece: Piece) -> str:
    """The word after a piece, with the blank between them."""
    after = text[piece.end : piece.end + _LONGEST_WORD].split("\n")[0]
    words = after.split()
    return f"{' ' if after[:1].isspace() else ''}{visible(words[0])}" if words else ""


def _likely(top: tuple[tuple[str, float], ...]) -> str:
    """The likeliest tokens in brackets; two that differ only in blanks are shown with them."""
    tokens = [visible(token.replace("\n", "⏎")) for token, _ in top]
    bare = [token.strip() or "␣" for token in tokens]
    names = [
        token.replace(" ", "·") if bare.count(name) > 1 else name for token, name in zip(tokens, bare, strict=True)
    ]
    words = [f"{name} {chance(p)}" for name, (_, p) in zip(names, top, strict=False)]
    return f" ({', '.join(words)})" if words else ""
