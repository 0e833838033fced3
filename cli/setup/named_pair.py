"""The pair that a command is told to ask."""

import click

from diptych.probes import FileError


def named_pair(context: click.Context, pair: str | None, family: str | None) -> str | None:
    """Return the pair that is named behind a command, or before it: `diptych --pair NAME run`. Raises FileError where a
    family is named too."""
    named = pair or (context.parent.params["pair"] if context.parent is not None else None)
    if named is not None and family is not None:
        raise FileError(f"--pair {named} and --family {family}: name one of them")
    return named
