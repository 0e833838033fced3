"""What commands print."""

import json
import re
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import click

from sessions import visible

USAGE = 2
_PLAIN = re.compile("[ -~À-ÿ✓✕·→…\n]*")
"""Nothing here needs a second look."""


def fail(message: str, code: int = USAGE) -> NoReturn:
    """End with one line on standard error."""
    click.echo(f"diptych: {inert(' '.join(message.splitlines()))}", err=True)
    sys.exit(code)


def print_rows(rows: list[Any], as_json: bool, line: Callable[[Any], str]) -> None:
    """A list, as one JSON document or a line each."""
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(in_one_line(line(row)))


def print_json(document: Any) -> None:
    """A document, in characters that no terminal obeys."""
    click.echo(json.dumps(document, indent=2).replace("\x7f", "\\u007f"))


def in_one_line(text: str) -> str:
    """The text as `inert` has it, and its lines in one."""
    return inert(text.replace("\n", " "))


def inert(text: str) -> str:
    """The text with what would steer a terminal made visible."""
    if _PLAIN.fullmatch(text):
        return text
    return visible(text)


class Doing:
    """Tells on standard error what is being done: in place on a terminal, else a line for each new thing."""

    def __init__(self) -> None:
        self._last = ""
        self._in_place = sys.stderr.isatty()

    def __call__(self, doing: str) -> None:
        """Tell it. A time or a count after " · " alone is no new thing."""
        what = doing.split(" · ")[0]
        if self._in_place:
            click.echo(f"\r\x1b[K{in_one_line(doing)[:100]}", err=True, nl=False)
        elif what != self._last:
            click.echo(in_one_line(doing), err=True)
        self._last = what

    def clear(self) -> None:
        """Take it away again, before a line is printed."""
        if self._in_place and self._last:
            click.echo("\r\x1b[K", err=True, nl=False)
            self._last = ""
