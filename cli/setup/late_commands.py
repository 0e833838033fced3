"""Commands that are loaded when they are called: the console starts without them."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class LateGroup(click.Group):
    """A group that knows some of its commands by name and module only."""

    def __init__(self, *arguments: Any, late: Mapping[str, str], **options: Any) -> None:
        """`late`: the module of each such command, by the command's name, which is also its name in the module."""
        super().__init__(*arguments, **options)
        self._late = late

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, for the help."""
        return sorted({*super().list_commands(ctx), *self._late})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; None where there is none."""
        if cmd_name not in self._late:
            return super().get_command(ctx, cmd_name)
        command: click.Command = getattr(import_module(self._late[cmd_name]), cmd_name)
        return command
