"""`diptych sessions replay`: a kept session once more, as it came."""

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
    help="How many times as fast as it was.  [default: 1]",
)
@click.option("--step", "stepwise", is_flag=True, help="Wait for a key before each question.")
@click.option("--present", is_flag=True, help="Show a room question, answers and measures alone.")
@click.pass_obj
def replay_session(config: Config, session_id: int, speed: float, stepwise: bool, present: bool) -> None:
    """Play a session again in the console, as it came. No model is asked, and nothing is kept.

    Each answer comes at the times that were kept of it, those of all sides to one question together, and today's
    detectors watch. From one question to the next it takes two seconds, however long it took then.
    """
    from diptych.cli.commands.open_console import open_replay
    from diptych.cli.commands.open_replay import replay_app

    if not (sys.stdout.isatty() and sys.stdin.isatty()) and "TEXTUAL_DRIVER" not in os.environ:
        fail(f"a replay needs a terminal; for scripts there is: diptych sessions show {session_id} --json")
    sys.exit(open_replay(config, replay_app(config, session_id, speed, stepwise, present)))
