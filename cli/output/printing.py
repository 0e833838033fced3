"""What commands print."""

import json
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

import click

from diptych.backends import Backend
from diptych.cli.exit_codes import USAGE
from diptych.sessions import visible

_PLAIN = re.compile("[ -~À-ÿ✓✕·→…\n]*")
"""Nothing here needs a second look."""


def fail(message: str, code: int = USAGE) -> NoReturn:
    """End with one line on standard error."""
    click.echo(f"diptych: {sanitized(' '.join(message.splitlines()))}", err=True)
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
    """The text as `sanitized` has it, and its lines in one."""
    return sanitized(text.replace("\n", " "))


def sanitized(text: str) -> str:
    """The text with what would steer a terminal made visible."""
    if _PLAIN.fullmatch(text):
        return text
    return visible(text)


class Notices:
    """Tells on standard error what a reader has to know of how endpoints are asked, each thing once."""

    def __init__(self, backends: Iterable[Backend]) -> None:
        self._backends = tuple(backends)
        self._shown: list[str] = []

    @property
    def all(self) -> list[str]:
        """Whatever there is, each once."""
        return list(dict.fromkeys(notice for backend in self._backends for notice in backend.notices))

    def show(self) -> None:
        """Show what is new."""
        for notice in self.all:
            if notice not in self._shown:
                self._shown.append(notice)
                begin = "\r\x1b[K" if sys.stderr.isatty() else ""
                click.echo(f"{begin}⚠ {in_one_line(notice)}", err=True)


class StatusLine:
    """Tells on standard error what is being done: in place on a terminal, else a line for each new thing."""

    def __init__(self) -> None:
        self._last = ""
        self._in_place = sys.stderr.isatty()

    def __call__(self, doing: str) -> None:
        """Tell it, or with "" that it is over. A time or a count after " · " alone is no new thing."""
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
        """Take it away again, before a line is printed."""
        if self._in_place and self._last:
            click.echo("\r\x1b[K", err=True, nl=False)
            self._last = ""
