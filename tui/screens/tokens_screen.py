"""What each side would have said at a place: its likeliest tokens, and the way to go on with one of them."""

import math
import re
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from diptych.compare import Piece
from diptych.tui.commands import screen_bindings
from diptych.tui.dialog_commands import TOKENS_COMMANDS
from diptych.tui.sanitized_text import visible
from diptych.tui.screens.dialog_screen import DialogScreen
from diptych.tui.side_colors import side_style
from diptych.tui.widgets.chrome.dialog_title import DialogTitle
from diptych.tui.widgets.chrome.options import Options

_LEAST_PERCENT = 0.01
_MOST_PERCENT = 99
_CONTROL = re.compile(r"<\|.*\|>|</s>|<(?:eos|bos|pad|end_of_turn|start_of_turn)>|")


class TokensScreen(DialogScreen[str | None]):
    """Returns the token to go on with, or None."""

    OFFERED = TOKENS_COMMANDS
    LEGEND = "tokens"
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings(TOKENS_COMMANDS)]

    def __init__(self, said: str, piece: Piece, names: tuple[str, str]) -> None:
        """`said`: the text at this place; `names`: the sides whose probabilities are shown."""
        super().__init__()
        self._said = said
        self._piece = piece
        self._names = names
        first, second = dict(piece.base_top), dict(piece.tuned_top)
        best = {token: max(top.get(token, -math.inf) for top in (first, second)) for token in first | second}
        self._tokens = sorted(best, key=lambda token: -best[token])

    def compose(self) -> ComposeResult:
        """A row a token, the chance under each side beside it."""
        with Vertical(classes="dialog"):
            yield DialogTitle(self._heading(), self.OFFERED)
            yield Static(Content("  ") + self._row_of("", *self._names, head=True))
            yield Options(*(self._option(token) for token in self._tokens))
            note = "enter: all sides go on from here with this token; kept in the session"
            note += "\n“<”: less likely than all the tokens that this side names"
            yield Static(note if self._tokens else "no alternatives are known here", classes="dialog-note")

    def _heading(self) -> Content:
        own = (chance(self._piece.base), chance(self._piece.tuned))
        return Content.assemble(
            "Instead of ",
            (_shown(self._said), "bold $ink"),
            (f"   {self._names[0]} {own[0]}", side_style(self._names[0])),
            (f"   {self._names[1]} {own[1]}", side_style(self._names[1])),
        )

    def _option(self, token: str) -> Option:
        tops = dict(self._piece.base_top), dict(self._piece.tuned_top)
        first, second = (chance(top[token]) if token in top else _below(chance(_least(top))) for top in tops)
        return Option(self._row_of(token, first, second), disabled=not can_go_on(token))

    def _row_of(self, token: str, first: str, second: str, head: bool = False) -> Content:
        shown = "" if head else _shown(token) if can_go_on(token) else f"{_shown(token)} (no text)"
        return Content.assemble(
            (f"{shown:28.28}", "$ink"), (f"{first:>12}", side_style(self._names[0])),
            (f"{second:>12}", side_style(self._names[1])),
        )  # fmt: skip

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._tokens[event.option_index])

    def action_cancel(self) -> None:
        """Back to the divergence view."""
        self.dismiss(None)


def can_go_on(token: str) -> bool:
    """Whether a token is text that an answer can go on from: no control token and no part of a character."""
    return "\ufffd" not in token and _CONTROL.fullmatch(token) is None


def chance(logprob: float | None) -> str:
    """A log-probability as a percentage, never as 0 or 100; "?" for one that is not known."""
    if logprob is None:
        return "?"
    percent = math.exp(logprob) * 100
    if percent < _LEAST_PERCENT:
        return f"< {_LEAST_PERCENT:g} %".replace("0.", ".")
    if round(percent) > _MOST_PERCENT:
        return f"> {_MOST_PERCENT} %"
    return f"{percent:.0f} %" if percent >= 9.95 else f"{percent:.2g} %".replace("0.", ".", percent < 1)


def _below(named: str) -> str:
    """What is less likely than all that the server names."""
    if named.startswith(">"):
        return f"< {100 - _MOST_PERCENT} %"
    return named if named.startswith("<") else f"< {named}"


def _least(top: dict[str, float]) -> float | None:
    return min(top.values()) if top else None


def _shown(token: str) -> str:
    """The token with its blanks made visible."""
    return "“" + visible(token.replace("\n", "⏎")).replace(" ", "·") + "”"
