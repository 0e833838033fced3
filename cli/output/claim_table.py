"""Formats a claim card as text: a line for each leg, in columns."""

import os
import sys
from collections.abc import Iterator
from shutil import get_terminal_size
from textwrap import wrap
from typing import Any

import click

from diptych.cli.output.printing import in_one_line
from diptych.compare import LEG_SIGNS, LEG_TITLES, ClaimCard, LegState

_STYLES: dict[LegState, dict[str, Any]] = {
    "held": {"fg": "green"},
    "failed": {"fg": "red"},
    "not done": {"dim": True},
    "does not apply": {"dim": True},
}
_THREE_COLUMNS = 110
"""Columns of a terminal from which reasons stand beside figures; on a narrower one they stand below."""
_TITLES = max(len(title) for titles in LEG_TITLES.values() for title in titles.values())


def print_card(card: ClaimCard) -> None:
    """Print a card: in columns that fit the terminal; elsewhere plain, with one line for each leg."""
    terminal = sys.stdout.isatty()
    width = get_terminal_size().columns if terminal else None
    for line in card_lines(card, width, colored=terminal and not os.environ.get("NO_COLOR")):
        click.echo(line)


def card_lines(card: ClaimCard, width: int | None, colored: bool = False) -> Iterator[str]:
    """The lines of a card. `width`: columns to fit in; no line is wrapped if None."""

    def styled(text: str, **style: Any) -> str:
        return click.style(text, **style) if colored and text else text

    yield from (styled(line, bold=True) for line in _wrapped(in_one_line(f"“{card.stated}”"), width))
    yield from (styled(line, dim=True) for line in _wrapped(in_one_line(card.about), width))
    figures = max(len(in_one_line(leg.shown_figure)) for leg in card.legs)
    for heading, titles in LEG_TITLES.items():
        yield ""
        yield styled(heading, dim=True)
        for name in titles:
            leg = card.leg(name)
            sign = styled(LEG_SIGNS[leg.state], **_STYLES[leg.state])
            begin = f"{sign} {leg.title:{_TITLES}}  "
            figure = f"{in_one_line(leg.shown_figure):{figures}}"
            figure = figure if leg.decided else styled(figure, dim=True)
            if width is not None and width < _THREE_COLUMNS:
                yield f"{begin}{figure}".rstrip()
                yield from (
                    styled(f"    {line}", dim=True) for line in _wrapped(in_one_line(leg.shown_reason), width - 4)
                )
                continue
            column = 2 + _TITLES + 2 + figures + 2
            first, *others = _wrapped(in_one_line(leg.shown_reason), width - column if width is not None else None) or [
                ""
            ]
            yield f"{begin}{figure}  {styled(first, dim=True)}".rstrip()
            yield from (" " * column + styled(line, dim=True) for line in others)
    yield ""
    yield from (styled(line, bold=True) for line in _wrapped(in_one_line(card.sentence), width))


def _wrapped(text: str, width: int | None) -> list[str]:
    """The text in lines of that width; in one line if None."""
    return wrap(text, max(width, 20)) if width is not None else [text]
