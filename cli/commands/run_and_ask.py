"""`diptych run` and `diptych ask`: arguments and options."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from diptych.cli.output.printing import fail
from diptych.cli.setup.config import Config, data_file
from diptych.cli.setup.named_pair import named_pair
from diptych.cli.setup.param_types import TextParam
from diptych.cli.setup.run_defaults import ASK_SAMPLES, CONCURRENCY, RUN_SAMPLES

_SAMPLES = click.IntRange(1, 100_000)


def _shared_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that both commands have."""
    options = (
        click.option("--pair", "pair_name", help="Ask this pair of config.toml."),
        click.option(
            "--concurrency",
            type=click.IntRange(1, 256),
            default=CONCURRENCY,
            show_default=True,
            help="Concurrent answers from each endpoint.",
        ),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON document."),
        click.option("--session", "title", type=TextParam(), help="Title of the new session."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@click.argument("probe_id", metavar="[PROBE]", required=False)
@click.option("--family", "family_name", help="Ask this family of config.toml.")
@click.option("-n", "samples", type=_SAMPLES, help=f"Samples for each side and condition.  [default: {RUN_SAMPLES}]")
@_shared_options
@click.option("--resume", "resume_id", metavar="ID", type=int, help="Resume this session: ask for the missing answers.")
@click.option("--registered", "registered_as", metavar="NAME", help="Make the run under this registration.")
@click.option("--rows", "rows_file", type=click.Path(path_type=Path), help="Training file to compare the answers with.")
@click.option("--judge/--no-judge", "judging", default=True, help="Run the probe's judges, if [judge] is set.")
@click.pass_context
def run(
    context: click.Context,
    probe_id: str | None,
    family_name: str | None,
    samples: int | None,
    pair_name: str | None,
    concurrency: int,
    as_json: bool,
    title: str | None,
    resume_id: int | None,
    registered_as: str | None,
    rows_file: Path | None,
    judging: bool,
) -> None:
    """Ask a probe N times of each side and print the rates.

    The sides are those of a pair, or the members of a family. Without PROBE a family is asked its own. Under a
    registration, what is not named comes from it.
    """
    from diptych.cli.commands.run_command import run_headless
    from diptych.cli.commands.run_to_resume import find_run
    from diptych.cli.setup.run_plans import plan_family_run, plan_run
    from diptych.cli.setup.run_registration import NamedRun, check_resumed, under_registration

    config: Config = context.obj
    resumed, under = None, None
    pair = named_pair(context, pair_name, family_name)
    if rows_file is not None and family_name is not None:
        fail("--rows is the training file of a pair; a family has none")
    if registered_as is not None:
        # A pair that was named before the command is that of the configuration.
        named = NamedRun(probe_id, pair, family_name, samples)
        (probe_id, pair, family_name, registered_samples), under = under_registration(registered_as, named)
        pair_name, samples = pair, samples if resume_id is not None else registered_samples
    if resume_id is not None:
        if title is not None:
            fail("a resumed session keeps its title; omit --session")
        resumed = find_run(resume_id, probe_id, pair, family_name, samples)
        if registered_as is not None:
            check_resumed(registered_as, resumed)
        probe_id, pair_name = resumed.session.probe, resumed.session.pair
        family_name = resumed.session.family.name if resumed.session.family is not None else None
    if family_name is not None:
        plan = plan_family_run(config, probe_id, family_name, samples, concurrency, judging, resumed, under)
        sys.exit(asyncio.run(run_headless(plan, as_json, title, data_file(), resumed)))
    if probe_id is None:
        fail("no probe given; diptych probes list shows all probes")
    plan = plan_run(config, probe_id, pair_name, samples, concurrency, rows_file, judging, resumed, under)
    sys.exit(asyncio.run(run_headless(plan, as_json, title, data_file(), resumed)))


@click.command(short_help="Ask all sides a free question, without a probe.")
@click.argument("question", type=TextParam())
@click.option("-n", "samples", type=_SAMPLES, default=ASK_SAMPLES, show_default=True, help="Answers of each side.")
@_shared_options
@click.option("--system", type=TextParam(), help="System prompt, instead of each side's own; '' asks without one.")
@click.option("--prefill", type=TextParam(), default="", help="Begin each answer with this text.")
@click.option(
    "--form",
    metavar="chat|text|user",
    default="chat",
    show_default=True,
    help="chat: the model answers. text: it continues plain text. user: it continues the user's turn.",
)
@click.option("--max-tokens", type=click.IntRange(1), help="Longest answer, in tokens.")
@click.option("--temperature", type=click.FloatRange(0), help="Sampling temperature.")
@click.pass_context
def ask(
    context: click.Context,
    question: str,
    samples: int,
    pair_name: str | None,
    concurrency: int,
    as_json: bool,
    title: str | None,
    system: str | None,
    prefill: str,
    form: Any,
    max_tokens: int | None,
    temperature: float | None,
) -> None:
    """Ask all sides a free QUESTION, without a probe, and print their answers and the rates."""
    from diptych.backends import Sampling
    from diptych.cli.commands.run_command import run_headless
    from diptych.cli.setup.run_plans import plan_question
    from diptych.compare import FreeQuestion

    sampling = Sampling(temperature=temperature, max_tokens=max_tokens)
    try:
        asked = FreeQuestion(question, form, prefill, system, sampling)
        plan = plan_question(context.obj, asked, pair_name, samples, concurrency)
    except ValueError as error:
        fail(str(error))
    sys.exit(asyncio.run(run_headless(plan, as_json, title, data_file())))
