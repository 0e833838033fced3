"""`diptych sessions replay`: plays a saved session again."""

import os
import sys

import click

from diptych.cli.output.printing import fail
from diptych.cli.setup.config import Config
from diptych.compare import FASTEST, SLOWEST


@click.command("replay")
@click.argument("session_id", metavar="ID", type=int)
@click.option(
    "--speed",
    type=click.FloatRange(SLOWEST, FASTEST),
    default=1.0,
    help="Speed factor.  [default: 1]",
)
@click.option("--step", "stepwise", is_flag=True, help="Wait for a key press before each question.")
@click.option("--present", is_flag=True, help="Presentation mode: show only question, answers and measures.")
@click.pass_obj
def replay_session(config: Config, session_id: int, speed: float, stepwise: bool, present: bool) -> None:
    """Play a saved session again in the console. No model is asked, and nothing is saved.

    Each answer appears at its recorded times, all sides of a question together, and the current detectors watch. The
    next question follows after two seconds, however long it took originally.
    """
    from diptych.cli.commands.open_console import open_replay
    from diptych.cli.commands.open_replay import replay_app

    if not (sys.stdout.isatty() and sys.stdin.isatty()) and "TEXTUAL_DRIVER" not in os.environ:
        fail(f"a replay needs a terminal; in a script use: diptych sessions show {session_id} --json")
    sys.exit(open_replay(config, replay_app(config, session_id, speed, stepwise, present)))
