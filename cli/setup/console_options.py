"""The options of the console, in a terminal or in a browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import msgspec

from diptych.cli.setup.param_types import TextParam


class ConsoleOptions(msgspec.Struct, frozen=True):
    """The options of the console."""

    pair: str | None = None
    probe: str | None = None
    family: str | None = None
    session: int | None = None
    prompt: str | None = None
    present: bool = False

    def with_defaults(self, before: "ConsoleOptions") -> "ConsoleOptions":
        """Return these options, with the options `before` as defaults."""
        given = {name: value for name, value in msgspec.structs.asdict(self).items() if value}
        return msgspec.structs.replace(before, **given)

    @property
    def arguments(self) -> list[str]:
        """The options as command-line arguments."""
        values = {**msgspec.structs.asdict(self), "present": None}
        given = [f"--{name}={value}" for name, value in values.items() if value is not None]
        return [*given, "--present"] if self.present else given


def record_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the option to record the console."""
    path = click.Path(path_type=Path)
    return click.option("--record", type=path, help="Record the console into a new asciicast file.")(command)


def console_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options to a command, which receives the fields of ConsoleOptions."""
    family = click.option("--family", help="Open this family of config.toml.")
    return click.option("--pair", help="Use this pair of config.toml.")(family(opening_options(command)))


def opening_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options to a command that has a pair."""
    options = (
        click.option("--probe", help="Select this probe."),
        click.option("--session", type=int, help="Continue a saved session."),
        click.option("--prompt", type=TextParam(), help="Enter this question, ready to send."),
        click.option("--present", is_flag=True, help="Presentation mode: show only question, answers and measures."),
    )
    for option in reversed(options):
        command = option(command)
    return command
