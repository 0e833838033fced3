"""Arguments in, exit codes out.

0 done, 1 some answers failed, 2 usage or configuration, 3 no endpoint reachable, 130 interrupted.
"""

import os
import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from diptych.cli.commands.pairs_commands import pairs
from diptych.cli.commands.probes_commands import probes
from diptych.cli.commands.run_and_ask import ask, run
from diptych.cli.commands.sessions_commands import sessions
from diptych.cli.commands.web_command import web
from diptych.cli.exit_codes import INTERRUPTED
from diptych.cli.output.hint_words import TERMINAL
from diptych.cli.output.printing import fail
from diptych.cli.setup.config import load
from diptych.cli.setup.console_options import ConsoleOptions, console_options
from diptych.cli.setup.gc_pause import gc_paused
from diptych.cli.setup.signals import open_missing_streams
from diptych.cli.setup.wiring import find_pair
from diptych.errors import DiptychError


def entry() -> None:
    """The command, its exit codes and what is said of faults."""
    open_missing_streams()
    try:
        main(prog_name="diptych", standalone_mode=False)
    except click.ClickException as error:
        fail(error.format_message())
    except (click.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
    except DiptychError as error:
        fail(error.text(TERMINAL))
    except OSError as error:
        # Without a file's name it is standard output; faults of files are told by whoever opens them.
        if error.filename is not None:
            raise
        _end_output()
        fail(f"the output cannot be written: {error.strerror}")


def _end_output() -> None:
    """Let what cannot be written be, or Python tries once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", "config_file", type=click.Path(path_type=Path), help="Read this config.toml.")
@console_options
@click.option("--record", type=click.Path(path_type=Path), help="Record the console into this new file, an asciicast.")
@click.version_option(package_name="diptych", message="diptych %(version)s")
@click.pass_context
def main(context: click.Context, /, config_file: Path | None, record: Path | None, **options: Any) -> None:
    """Ask a base model and its fine-tuned copy the same question, side by side."""
    if config_file is not None and not config_file.exists():
        fail(f"{config_file}: there is no such file")
    config = load(config_file)
    chosen = ConsoleOptions(**options)
    if chosen.pair is not None:
        # What is said before a command holds for it too.
        pair_name, _ = find_pair(config, chosen.pair)
        config = msgspec.structs.replace(config, default_pair=pair_name)
    context.obj = config
    if context.invoked_subcommand is not None:
        if record is not None:
            fail(f"--record is for the console, not for {context.invoked_subcommand}")
        return
    with gc_paused():
        from diptych.cli.commands.open_console import open_console

    # In a browser it is no terminal that it is drawn on.
    if not (sys.stdout.isatty() and sys.stdin.isatty()) and "TEXTUAL_DRIVER" not in os.environ:
        fail("the console needs a terminal; for scripts there is: diptych run PROBE --json")
    sys.exit(open_console(config, chosen, record))


main.add_command(run)
main.add_command(ask)
main.add_command(probes)
main.add_command(pairs)
main.add_command(sessions)
main.add_command(web)
