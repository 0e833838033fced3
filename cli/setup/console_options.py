"""What the console is opened with, in a terminal or in a browser."""

from collections.abc import Callable
from typing import Any

import click
import msgspec

from diptych.cli.setup.param_types import TextParam


class ConsoleOptions(msgspec.Struct, frozen=True):
    """The options of the console, as they were given."""

    pair: str | None = None
    probe: str | None = None
    session: int | None = None
    prompt: str | None = None
    present: bool = False

    def over(self, before: "ConsoleOptions") -> "ConsoleOptions":
        """These, and those that were said before where nothing is said here."""
        said = {name: value for name, value in msgspec.structs.asdict(self).items() if value}
        return msgspec.structs.replace(before, **said)

    @property
    def arguments(self) -> list[str]:
        """The same on a command line."""
        values = {**msgspec.structs.asdict(self), "present": None}
        given = [f"--{name}={value}" for name, value in values.items() if value is not None]
        return [*given, "--present"] if self.present else given


def console_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command these options; it takes them as the fields of ConsoleOptions."""
    options = (
        click.option("--pair", help="Take this pair of config.toml."),
        click.option("--probe", help="Choose this probe."),
        click.option("--session", type=int, help="Open a saved session again."),
        click.option("--prompt", type=TextParam(), help="Type this question, ready to send."),
        click.option("--present", is_flag=True, help="Show a room question, answers and measures alone."),
    )
    for option in reversed(options):
        command = option(command)
    return command
