"""Formats a claim card as text: a line for each leg, in columns."""

import os
import sys
from collections.abc import Iterator
from shutil import get_terminal_size
from textwrap import wrap
from typing import Any, NamedTuple

import click

from diptych.cli.output.printing import in_one_line
from diptych.compare import LEG_SIGNS, LEG_TITLES, ClaimCard, Leg, LegState

_STYLES: dict[LegState, dict[str, Any]] = {
    "held": {"fg": "green"},
    "failed": {"fg": "red"},
    "not done": {"dim": True},
    "does not apply": {"dim": True},
}
_THREE_COLUMNS = 110
"""Columns of a terminal from which reasons stand beside figures; on a narrower one they stand below."""
_SIGN, _GAP, _INDENT, _NARROWEST = 2, 2, 4, 20
_TITLES = max(len(title) for titles in LEG_TITLES.values() for title in titles.values())


def print_card(card: ClaimCard) -> None:
    """Print a card: in columns that fit the terminal; elsewhere plain, with one line for each leg."""
    terminal = sys.stdout.isatty()
    width = get_terminal_size().columns if terminal else None
    for line in card_lines(card, width, colored=terminal and not os.environ.get("NO_COLOR")):
        click.echo(line)


def card_lines(card: ClaimCard, width: int | None, colored: bool = False) -> Iterator[str]:
    """The lines of a card. `width`: columns to fit in; no line is wrapped if None."""
    layout = _Layout(width, max(len(in_one_line(leg.shown_figure)) for leg in card.legs), colored)
    yield from layout.paragraph(card.quoted, bold=True)
    yield from layout.paragraph(card.about, dim=True)
    for heading, titles in LEG_TITLES.items():
        yield ""
        yield layout.styled(heading, dim=True)
        for name in titles:
            yield from layout.leg(card.leg(name))
    yield ""
    yield from layout.paragraph(card.sentence, bold=True)


class _Layout(NamedTuple):
    """How a card is laid out."""

    width: int | None
    figures: int
    """The width of the column of figures."""
    colored: bool

    def leg(self, leg: Leg) -> Iterator[str]:
        """Sign, title, figure and reason; on a narrow terminal the reason stands below."""
        sign = self.styled(LEG_SIGNS[leg.state], **_STYLES[leg.state])
        figure = f"{in_one_line(leg.shown_figure):{self.figures}}"
        begin = f"{sign} {leg.title:{_TITLES}}  {figure if leg.decided else self.styled(figure, dim=True)}"
        column = _INDENT if self._is_narrow else _SIGN + _TITLES + _GAP + self.figures + _GAP
        reason = [self.styled(line, dim=True) for line in self._wrapped(leg.shown_reason, column)]
        if self._is_narrow:
            yield begin.rstrip()
        elif reason:
            yield f"{begin}{' ' * _GAP}{reason.pop(0)}"
        else:
            yield begin.rstrip()
        yield from (" " * column + line for line in reason)

    def paragraph(self, text: str, **style: Any) -> Iterator[str]:
        """A text over the whole width."""
        return (self.styled(line, **style) for line in self._wrapped(text))

    def styled(self, text: str, **style: Any) -> str:
        """The text in colour where there is any."""
        return click.style(text, **style) if self.colored else text

    @property
    def _is_narrow(self) -> bool:
        return self.width is not None and self.width < _THREE_COLUMNS

    def _wrapped(self, text: str, indent: int = 0) -> list[str]:
        """The text in lines that fit behind an indent; in one line where there is no width."""
        shown = in_one_line(text)
        if self.width is None:
            return [shown] if shown else []
        return wrap(shown, max(self.width - indent, _NARROWEST))
