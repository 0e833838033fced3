"""`diptych run` and `diptych ask`: what they print and how they exit."""

import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path

import click
import msgspec

from diptych.cli.exit_codes import DONE, INTERRUPTED, SOME_FAILED, UNREACHABLE, USAGE
from diptych.cli.output.first_answers import first_answers
from diptych.cli.output.hint_words import TERMINAL
from diptych.cli.output.printing import Notices, StatusLine, print_json, sanitized
from diptych.cli.output.progress_bar import ProgressBar, clock_time
from diptych.cli.output.result_table import table
from diptych.cli.setup.signals import on_interrupt
from diptych.compare import (
    CannotAskError,
    Obstacle,
    Prepared,
    Resumed,
    RunListener,
    RunPlan,
    Sampler,
    backends_of,
    complete_run,
    estimate,
)
from diptych.errors import HintWords, advice
from diptych.probes import Condition
from diptych.sessions import Answer, Failure, Recorder

_NOBODY = {"unreachable", "not ready"}
_UNLIMITED = 500
"""Tokens that are taken for the longest answer where a probe sets no limit."""


async def run_headless(
    plan: RunPlan, as_json: bool, title: str | None, store: Path, resumed: Resumed | None = None
) -> int:
    """Run, or go on with what is `resumed`, print, and return the exit code. Raises StoreError."""
    recorder = Recorder(store)
    _end_on_interrupt()
    doing, bar = StatusLine(), None
    notices = Notices(backends_of((*plan.sides, *(judge.side for judge in plan.judges))))

    def prepared(told: Prepared) -> None:
        nonlocal bar
        bar = ProgressBar(told.sampler)
        doing.clear()
        _tell_prepared(told, recorder.session, resumed is not None)

    def answered(answer: Answer, done: int, total: int) -> None:
        if bar is not None:
            bar.show()
        notices.show()

    try:
        listener = RunListener(doing, prepared, answered, _show_judging)
        plan, answers, document = await complete_run(plan, recorder, title, listener, resumed)
    except CannotAskError as error:
        doing.clear()
        _tell_obstacles(error.obstacles, _words(resumed.session.id if resumed is not None else None, plan))
        return UNREACHABLE if error.nobody else USAGE
    except asyncio.CancelledError:
        click.echo(f"\n{_interrupted(recorder.session, plan)}", err=True)
        return INTERRUPTED
    click.echo("", err=True)
    notices.show()
    failures = [a.failure for a in answers if a.failure is not None]
    if failures:
        _tell_failures(failures, len(answers), _words(recorder.session, plan))
    if as_json:
        for each in document.draws:
            said = f"{each.side} {each.identical} of {each.answers} identical: {each.reason}"
            click.echo(sanitized(f"⚠ {each.condition}: {said}"), err=True)
        print_json(msgspec.to_builtins(document))
    else:
        for line in first_answers(plan, answers) if plan.free else ():
            click.echo(line)
        click.echo(sanitized(table(document)))
    if len(failures) == len(answers) and all(f.kind in _NOBODY for f in failures):
        return UNREACHABLE
    return SOME_FAILED if failures else DONE


def _tell_prepared(told: Prepared, session: int | None, resumed: bool) -> None:
    """What is known before the first answer: what to mind, what judging costs, what is going to be asked."""
    plan = told.plan
    remarks = plan.rows.remarks if plan.rows is not None else ()
    for words in (*plan.skipped, *remarks, *(need.words for need in told.needs if not need.fits)):
        click.echo(sanitized(f"⚠ {words}"), err=True)
    if plan.judges:
        click.echo(sanitized(_cost_before(plan)), err=True)
    click.echo(_before(told.sampler, session, resumed), err=True)


def _tell_obstacles(obstacles: Sequence[Obstacle], words: HintWords) -> None:
    for sides, error in obstacles:
        said = f"{' and '.join(sides)}: {error.message.removesuffix('.')}; {advice(error.hint, words)}"
        click.echo(sanitized(f"diptych: {' '.join(said.splitlines())}"), err=True)


def _words(session: int | None, plan: RunPlan) -> HintWords:
    """The words of hints, with the command that asks again."""
    goes_on = session is not None and not plan.free
    again = f"ask again with diptych run --resume {session}" if goes_on else "run it again"
    return msgspec.structs.replace(TERMINAL, again=again)


def _tell_failures(failures: Sequence[Failure], asked: int, words: HintWords) -> None:
    for failure, count in Counter(failures).most_common():
        said = f"{count} of {asked} answers failed: {failure.message.removesuffix('.')}; {failure.advice(words)}"
        click.echo(sanitized(f"diptych: {said}"), err=True)


def _end_on_interrupt() -> None:
    """Cancel what runs now when diptych is asked to end."""
    task = asyncio.current_task()
    assert task is not None

    def end() -> None:
        click.echo("\nending; what came is saved (once more, and it ends at once)", err=True)
        task.cancel()

    on_interrupt(end)


def _interrupted(session: int | None, plan: RunPlan) -> str:
    if session is None:
        return "interrupted; nothing was asked"
    goes_on = f"diptych --session {session} opens it" if plan.free else f"diptych run --resume {session} goes on"
    return f"interrupted; what was finished is in session {session}: {goes_on}"


def _before(sampler: Sampler, session: int | None, resumed: bool) -> str:
    """What is going to be asked, and what it takes as far as that is known."""
    outlook, standing, tokens = sampler.outlook, sampler.progress, sampler.most_tokens
    coming = standing.total - standing.done
    said = f"session {session}: {outlook.words if resumed else f'{coming} answers to ask'}"
    if coming:
        said += f"; at most {tokens:,} tokens" if tokens is not None else "; no limit of tokens"
        if standing.seconds_left is not None:
            said += f", about {clock_time(standing.seconds_left)}"
    if outlook.changed:
        said += (
            f"\n{outlook.changed} of the new ones were answered before, but to another request: endpoint, model,"
            " messages or parameters have changed. The old answers stay in the session and are not counted."
        )
    return said


def _show_judging(answer: Answer, done: int, total: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{done}/{total} judged ", err=True, nl=False)
    elif done == total or done % 10 == 0:
        click.echo(f"{done}/{total} judged", err=True)


def _cost_before(plan: RunPlan) -> str:
    """What judging costs at most, were every answer as long as it may be."""
    drafts = [
        Answer(0, side.name, prompt, condition.name, sample, {}, "done", "text" * (_max_tokens(plan, condition)))
        for side in plan.sides
        for condition in plan.probe.conditions
        for sample, prompt in enumerate(islice(cycle(condition.prompts), plan.samples))
    ]
    calls, tokens = estimate(plan.probe.judges, drafts, plan.sides[0].name)
    return f"{plan.judges[0].side.model} judges: at most {calls:,} calls, about {tokens:,} tokens"


def _max_tokens(plan: RunPlan, condition: Condition) -> int:
    return plan.probe.sampling_of(condition.name).max_tokens or _UNLIMITED
