"""`diptych register`: writes down what a run will ask and test, before it is asked."""

from pathlib import Path
from shlex import quote

import click

from diptych.cli.commands.sessions_manage import find_session
from diptych.cli.output.printing import fail, in_one_line
from diptych.cli.setup.config import Config, data_file
from diptych.cli.setup.named_pair import named_pair
from diptych.cli.setup.param_types import TextParam
from diptych.cli.setup.run_defaults import RUN_SAMPLES
from diptych.sessions import AssumedRates, Primary, Store, still_hidden
from diptych.sessions import register as keep_registration

_BOUND = 0.2


@click.command(short_help="Write down what a run will ask and test, before it is asked.")
@click.argument("probe_id", metavar="PROBE")
@click.option("--pair", "pair_name", help="The pair of config.toml to ask.")
@click.option("--family", "family_name", help="The family of config.toml to ask.")
@click.option(
    "-n",
    "samples",
    type=click.IntRange(1, 100_000),
    default=RUN_SAMPLES,
    show_default=True,
    help="Samples for each side and condition.",
)
@click.option("--primary", "measure", type=TextParam(), required=True, help="The measure whose test is to confirm.")
@click.option("--condition", type=TextParam(), help="The condition in which it counts, if there are several.")
@click.option("--stop", type=TextParam(), required=True, help='The rule by which the run ends, e.g. "at 60 samples".')
@click.option(
    "--bound-excluded",
    type=click.FloatRange(0, 1),
    default=_BOUND,
    show_default=True,
    help="Greatest share of a side's answers that the primary measure may leave out.",
)
@click.option("--assume", metavar="BASE SIDE", type=click.FloatRange(0, 1), nargs=2, help="Two rates to plan with.")
@click.option("--pilot", metavar="ID", type=int, help="A session to plan with: its rates, and how answers correlate.")
@click.option("--out", type=click.Path(path_type=Path), help="The file to write.  [default: registration-NAME.toml]")
@click.pass_context
def register(
    context: click.Context,
    probe_id: str,
    pair_name: str | None,
    family_name: str | None,
    samples: int,
    measure: str,
    condition: str | None,
    stop: str,
    bound_excluded: float,
    assume: tuple[float, float] | None,
    pilot: int | None,
    out: Path | None,
) -> None:
    """Write down what PROBE will ask, who counts it and which one test is to confirm, before it is asked.

    The registration is kept with the sessions and written to a file. `diptych run --registered NAME` makes a run under
    it. The results then separate the one test that confirms from all that explores, and list every deviation.
    """
    from diptych.cli.setup.run_plans import plan_family_run, plan_run
    from diptych.compare import power_of_plan, primary_for, registration_of_plan

    config: Config = context.obj
    named_pair(context, pair_name, family_name)
    if assume is not None and pilot is not None:
        fail("--assume and --pilot: name one of them")
    if not stop.strip():
        fail("--stop: expected the rule by which the run ends, found no words")
    if family_name is not None:
        plan = plan_family_run(config, probe_id, family_name, samples)
    else:
        plan = plan_run(config, probe_id, pair_name, samples)
    primary = primary_for(plan, measure, condition)
    rates = AssumedRates(*assume) if assume is not None else _pilot(pilot, primary)
    registration = registration_of_plan(plan, primary, stop, bound_excluded, rates)
    path = out or Path(f"registration-{registration.id}.toml")
    _write(path, registration.file)
    name = keep_registration(data_file(), registration)
    asked = f"{'--family' if registration.family else '--pair'} {quote(registration.pair)} -n {samples}"
    lines = [f"registered as {name}, and written to {path}", f"primary: {primary.words}; test: {primary.test}"]
    lines += [
        *power_of_plan(plan, primary, rates),
        f"ask it: diptych run {quote(probe_id)} {asked} --registered {name}",
    ]
    for line in lines:
        click.echo(in_one_line(line))


def _pilot(number: int | None, primary: Primary) -> AssumedRates | None:
    """What a pilot session says of the primary test. Exits with a message if it says nothing."""
    from diptych.compare import pilot_rates

    if number is None:
        return None
    store = Store(data_file())
    session = find_session(store, number)
    saved, labels = store.answers(number), store.labels(number)
    store.close()
    if still_hidden(saved, labels):
        fail(f"the sides of session {number} are hidden; label its answers first")
    rates = pilot_rates(session, [row.answer for row in saved], primary)
    if rates is None:
        fail(f"session {number} counts no answers of {primary.words}; name another session, or --assume two rates")
    return rates


def _write(path: Path, text: str) -> None:
    """Write a new file. Exits with a message if there is one."""
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        fail(f"{path}: exists already; name a new file with --out")
    except OSError as error:
        fail(f"{path}: cannot be written: {error.strerror}; name another file with --out")
