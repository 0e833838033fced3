"""`diptych demo`: a recorded session plays with captions, then the live console opens."""

import os
import sys

import click

from diptych.cli.output.printing import fail
from diptych.cli.setup.config import Config
from diptych.cli.setup.pair_config import PairConfig
from diptych.cli.setup.wiring import find_pair
from diptych.errors import DiptychError, HintWords

_HERE = HintWords(again="start diptych")


@click.command()
@click.pass_obj
def demo(config: Config) -> None:
    """Watch a recorded session with captions, in about 90 seconds. It needs no key and no model.

    Afterwards the live console opens on the default pair, if its model is there. Space pauses, right and left go on and
    back, esc ends the demo.
    """
    if not (sys.stdout.isatty() and sys.stdin.isatty()) and "TEXTUAL_DRIVER" not in os.environ:
        fail("the demo needs a terminal")
    from diptych.cli.commands.open_demo import open_demo

    _, pair = find_pair(config, None)
    missing = _missing(config, pair)
    wants_live, code = open_demo(config, missing.text(_HERE) if missing is not None else None)
    if wants_live and missing is None:
        from diptych.cli.commands.open_console import open_console
        from diptych.cli.setup.console_options import ConsoleOptions

        code = open_console(config, ConsoleOptions())
    elif missing is not None:
        click.echo(f"diptych: {missing.text(_HERE)}", err=True)
    sys.exit(code)


def _missing(config: Config, pair: PairConfig) -> DiptychError | None:
    """What is not installed that the pair needs."""
    from diptych.backends import NotReady, base_file

    if all(config.endpoints[side.endpoint].kind != "embedded" for side in pair.sides.values()):
        return None
    try:
        base_file()
    except NotReady as error:
        return error
    return None
