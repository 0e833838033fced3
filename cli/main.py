"""The command line: options, subcommands and error messages. cli/exit_codes.py lists the exit codes."""

import os
import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from diptych.cli.exit_codes import INTERRUPTED
from diptych.cli.output.hint_words import TERMINAL
from diptych.cli.output.printing import check_terminal, fail
from diptych.cli.setup.config import load
from diptych.cli.setup.console_options import ConsoleOptions, console_options, record_option
from diptych.cli.setup.gc_pause import gc_paused
from diptych.cli.setup.late_commands import LateGroup
from diptych.cli.setup.signals import open_missing_streams
from diptych.cli.setup.wiring import find_pair
from diptych.errors import DiptychError

_LATE = {
    "ask": "diptych.cli.commands.run_and_ask",
    "claim": "diptych.cli.commands.claim_command",
    "demo": "diptych.cli.commands.demo_command",
    "export": "diptych.cli.commands.sessions_export",
    "families": "diptych.cli.commands.families_commands",
    "models": "diptych.cli.commands.models_command",
    "open": "diptych.cli.commands.open_command",
    "pairs": "diptych.cli.commands.pairs_commands",
    "probes": "diptych.cli.commands.probes_commands",
    "register": "diptych.cli.commands.register_command",
    "run": "diptych.cli.commands.run_and_ask",
    "sessions": "diptych.cli.commands.sessions_commands",
    "web": "diptych.cli.commands.web_command",
}
"""The modules of the commands."""


def entry() -> None:
    """Run the command and turn errors into messages and exit codes."""
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
        # An error without a file name is about standard output. Errors about files are reported where the file is
        # opened.
        if error.filename is not None:
            raise
        _discard_output()
        fail(f"cannot write the output: {error.strerror}")


def _discard_output() -> None:
    """Drop the output that cannot be written. Otherwise Python tries again when it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


@click.group(
    cls=LateGroup, late=_LATE, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.option("--config", "config_file", type=click.Path(path_type=Path), help="Use this config.toml.")
@console_options
@record_option
@click.version_option(package_name="diptych", message="diptych %(version)s")
@click.pass_context
def main(context: click.Context, /, config_file: Path | None, record: Path | None, **options: Any) -> None:
    """Ask a base model and its fine-tuned copy the same question, side by side."""
    if config_file is not None and not config_file.exists():
        fail(f"{config_file}: no such file")
    config = load(config_file)
    chosen = ConsoleOptions(**options)
    if chosen.family is not None and context.invoked_subcommand is not None:
        fail(f"--family stands behind the command: diptych {context.invoked_subcommand} … --family {chosen.family}")
    if chosen.pair is not None:
        # An option before a subcommand applies to the subcommand too.
        pair_name, _ = find_pair(config, chosen.pair)
        config = msgspec.structs.replace(config, default_pair=pair_name)
    context.obj = config
    if context.invoked_subcommand is not None:
        if record is not None:
            fail(f"--record works only for the console, not for {context.invoked_subcommand}")
        return
    with gc_paused():
        from diptych.cli.commands.open_console import open_console

    check_terminal()
    sys.exit(open_console(config, chosen, record))
