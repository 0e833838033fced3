"""Says why sides cannot be asked."""

from collections.abc import Sequence

import click

from diptych.cli.output.printing import sanitized
from diptych.compare import Obstacle
from diptych.errors import HintWords, advice


def print_obstacles(obstacles: Sequence[Obstacle], words: HintWords) -> None:
    """Print a line on standard error for each obstacle."""
    for sides, error in obstacles:
        text = f"{' and '.join(sides)}: {error.message.removesuffix('.')}; {advice(error.hint, words)}"
        click.echo(sanitized(f"diptych: {' '.join(text.splitlines())}"), err=True)
