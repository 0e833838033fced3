"""Arguments in, exit codes out.

0 done, 1 some answers failed, 2 usage or configuration, 3 no endpoint reachable, 130 interrupted.
"""

import asyncio
import os
import random
import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from diptych.cli.exit_codes import INTERRUPTED
from diptych.cli.output.hint_words import TERMINAL
from diptych.cli.output.printing import fail
from diptych.cli.setup.config import Config, data_file, load
from diptych.cli.setup.console_options import ConsoleOptions, console_options
from diptych.cli.setup.gc_pause import gc_paused
from diptych.cli.setup.late_commands import LateGroup
from diptych.cli.setup.param_types import TextParam
from diptych.cli.setup.signals import open_missing_streams
from diptych.cli.setup.wiring import build_judge, build_sides, find_pair, find_probe, find_rows
from diptych.errors import DiptychError

SAMPLES = 20
"""Of each side and condition, where none are asked for."""
_LATE = {
    "pairs": "diptych.cli.commands.pairs_commands",
    "probes": "diptych.cli.commands.probes_commands",
    "sessions": "diptych.cli.commands.sessions_commands",
    "web": "diptych.cli.commands.web_command",
}


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


@click.group(
    cls=LateGroup, late=_LATE, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
)
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


@main.command()
@click.argument("probe_id", metavar="[PROBE]", required=False)
@click.option("--pair", "pair_name", help="Ask this pair of config.toml.")
@click.option(
    "-n", "samples", type=click.IntRange(1, 100_000), help=f"Samples a side and condition.  [default: {SAMPLES}]"
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 256),
    default=4,
    show_default=True,
    help="Answers at once from each endpoint.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--session", "title", type=TextParam(), help="Title of the session.")
@click.option("--resume", "resume_id", metavar="ID", type=int, help="Go on with this session: ask for what is missing.")
@click.option("--rows", "rows_file", type=click.Path(path_type=Path), help="Fine-tuning rows to hold answers against.")
@click.option("--judge/--no-judge", "judging", default=True, help="Ask the judges of the probe, if [judge] is set.")
@click.pass_context
def run(
    context: click.Context,
    probe_id: str | None,
    pair_name: str | None,
    samples: int | None,
    concurrency: int,
    as_json: bool,
    title: str | None,
    resume_id: int | None,
    rows_file: Path | None,
    judging: bool,
) -> None:
    """Ask a probe N times of each side and print the rates."""
    from diptych.cli.commands.run_command import run_headless
    from diptych.cli.commands.run_to_resume import find_run
    from diptych.compare import Judge, RunPlan

    config: Config = context.obj
    resumed, record = None, None
    if resume_id is not None:
        named_before = context.parent.params["pair"] if context.parent is not None else None
        if title is not None:
            fail("a session that goes on keeps its title; leave --session out")
        resumed = find_run(resume_id, probe_id, pair_name or named_before, samples)
        probe_id, pair_name, record = resumed.session.probe, resumed.session.pair, resumed.session.run
    if probe_id is None:
        fail("which probe? diptych probes list shows those that are there")
    if record is not None and record.rows is not None:
        rows_file = rows_file or Path(record.rows)
    probe = find_probe(config, probe_id)
    name, pair = find_pair(config, pair_name)
    rows = find_rows(config, pair, rows_file)
    sides = build_sides(config, pair)
    judge = build_judge(config, sides) if judging and probe.judges else None
    judges = tuple(Judge(spec, judge) for spec in probe.judges) if judge is not None else ()
    plan = RunPlan(
        name,
        sides,
        probe,
        samples or (record.samples if record is not None else SAMPLES),
        concurrency,
        judges,
        rows,
        str(rows_file.resolve()) if rows_file is not None else None,
        record.seed if record is not None else random.getrandbits(30),
    )
    sys.exit(asyncio.run(run_headless(plan, as_json, title, data_file(), resumed)))
