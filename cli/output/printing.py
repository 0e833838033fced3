"""Prints messages, lists, JSON and status lines, safe for a terminal."""

import os
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

import click

from diptych.backends import Backend
from diptych.cli.exit_codes import USAGE
from diptych.sessions import visible

FACT_SIGNS = {True: "✓", False: "✕", None: "·"}
"""Whether what was checked works; None where that is not known."""
_PLAIN = re.compile("[ -~À-ÿ✓✕·→…\n]*")
"""Text of these characters alone needs no sanitising."""


def fail(message: str, code: int = USAGE) -> NoReturn:
    """Print one line on standard error and exit."""
    click.echo(f"diptych: {sanitized(' '.join(message.splitlines()))}", err=True)
    sys.exit(code)


def check_terminal() -> None:
    """Fail where there is no terminal for the console. In a browser it is not drawn on this terminal."""
    if not (sys.stdout.isatty() and sys.stdin.isatty()) and "TEXTUAL_DRIVER" not in os.environ:
        fail("the console needs a terminal; in a script use: diptych run PROBE --json")


def print_rows(rows: list[Any], as_json: bool, line: Callable[[Any], str]) -> None:
    """Print a list: as one JSON document, or one line for each row."""
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(in_one_line(line(row)))


def print_json(document: Any) -> None:
    """Print a JSON document in characters that cannot control a terminal."""
    import json

    click.echo(json.dumps(document, indent=2).replace("\x7f", "\\u007f"))


def in_one_line(text: str) -> str:
    """Sanitise a text and put it in one line."""
    return sanitized(text.replace("\n", " "))


def sanitized(text: str) -> str:
    """Return the text with control characters made visible."""
    if _PLAIN.fullmatch(text):
        return text
    return visible(text)


class Notices:
    """Prints notices of the backends on standard error, each once."""

    def __init__(self, backends: Iterable[Backend]) -> None:
        self._backends = tuple(backends)
        self._shown: list[str] = []

    @property
    def all(self) -> list[str]:
        """All notices so far, each once."""
        return list(dict.fromkeys(notice for backend in self._backends for notice in backend.notices))

    def show(self) -> None:
        """Print the new notices."""
        for notice in self.all:
            if notice not in self._shown:
                self._shown.append(notice)
                begin = "\r\x1b[K" if sys.stderr.isatty() else ""
                click.echo(f"{begin}⚠ {in_one_line(notice)}", err=True)


class StatusLine:
    """Shows on standard error what is being done: in place on a terminal, else one line for each new activity."""

    def __init__(self) -> None:
        self._last = ""
        self._in_place = sys.stderr.isatty()

    def __call__(self, doing: str) -> None:
        """Show an activity; "" ends it. A change after " · ", such as a time or a count, is not a new activity."""
        if not doing:
            if self._in_place:
                self.clear()
            return
        what = doing.split(" · ")[0]
        if self._in_place:
            click.echo(f"\r\x1b[K{in_one_line(doing)[:100]}", err=True, nl=False)
        elif what != self._last:
            click.echo(in_one_line(doing), err=True)
        self._last = what

    def clear(self) -> None:
        """Remove the status line before other output is printed."""
        if self._in_place and self._last:
            click.echo("\r\x1b[K", err=True, nl=False)
            self._last = ""
