"""`diptych run` and `diptych ask`: runs the plan, prints progress and results, and sets the exit code."""

import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path

import click
import msgspec

from diptych.cli.exit_codes import DONE, INTERRUPTED, SOME_FAILED, UNREACHABLE, USAGE
from diptych.cli.output.family_table import family_table
from diptych.cli.output.first_answers import first_answers
from diptych.cli.output.hint_words import TERMINAL
from diptych.cli.output.obstacles import print_obstacles
from diptych.cli.output.printing import Notices, StatusLine, print_json, sanitized
from diptych.cli.output.progress_bar import ProgressBar, clock_time
from diptych.cli.output.result_table import table
from diptych.cli.setup.signals import on_interrupt
from diptych.compare import (
    CannotAskError,
    FamilyDocument,
    Prepared,
    Resumed,
    RunDocument,
    RunListener,
    RunPlan,
    Sampler,
    backends_of,
    complete_family_run,
    complete_run,
    estimate,
    power_of_plan,
)
from diptych.errors import HintWords
from diptych.probes import Condition
from diptych.sessions import Answer, Failure, Recorder

_UNREACHABLE_KINDS = {"unreachable", "not ready"}
_UNLIMITED = 500
"""Assumed tokens of the longest answer if a probe sets no limit."""


async def run_headless(
    plan: RunPlan, as_json: bool, title: str | None, store: Path, resumed: Resumed | None = None
) -> int:
    """Run a plan, or resume a run, print the results, and return the exit code. Raises StoreError."""
    recorder = Recorder(store)
    _end_on_interrupt()
    status, bar = StatusLine(), None
    notices = Notices(backends_of((*plan.sides, *(judge.side for judge in plan.judges))))

    def prepared(ready: Prepared) -> None:
        nonlocal bar
        bar = ProgressBar(ready.sampler)
        status.clear()
        _print_prepared(ready, recorder.session, resumed is not None)

    def answered(answer: Answer, done: int, total: int) -> None:
        if bar is not None:
            bar.show()
        notices.show()

    try:
        listener = RunListener(status, prepared, answered, _show_judging)
        complete = complete_run if plan.family is None else complete_family_run
        plan, answers, document = await complete(plan, recorder, title, listener, resumed)
    except CannotAskError as error:
        status.clear()
        print_obstacles(error.obstacles, _hint_words(resumed.session.id if resumed is not None else None, plan))
        return UNREACHABLE if error.nobody else USAGE
    except asyncio.CancelledError:
        click.echo(f"\n{_interrupted(recorder.session, plan)}", err=True)
        return INTERRUPTED
    click.echo("", err=True)
    notices.show()
    failures = [a.failure for a in answers if a.failure is not None]
    if failures:
        _print_failures(failures, len(answers), _hint_words(recorder.session, plan))
    _print_results(plan, answers, document, as_json)
    if len(failures) == len(answers) and all(f.kind in _UNREACHABLE_KINDS for f in failures):
        return UNREACHABLE
    return SOME_FAILED if failures else DONE


def _print_results(
    plan: RunPlan, answers: Sequence[Answer], document: RunDocument | FamilyDocument, as_json: bool
) -> None:
    """Print the document, as JSON or as a table. Of a family the warnings in it say which members repeat themselves."""
    if as_json:
        for each in document.draws if isinstance(document, RunDocument) else ():
            text = f"{each.side} {each.identical} of {each.answers} identical: {each.reason}"
            click.echo(sanitized(f"⚠ {each.condition}: {text}"), err=True)
        print_json(msgspec.to_builtins(document))
        return
    for line in first_answers(plan, answers) if plan.free else ():
        click.echo(line)
    click.echo(sanitized(table(document) if isinstance(document, RunDocument) else family_table(document)))


def _print_prepared(ready: Prepared, session: int | None, resumed: bool) -> None:
    """Print what is known before the first answer: warnings, the cost of judging, and what will be asked."""
    plan = ready.plan
    remarks = plan.rows.remarks if plan.rows is not None else ()
    for words in (*plan.skipped, *remarks, *(need.words for need in ready.needs if not need.fits)):
        click.echo(sanitized(f"⚠ {words}"), err=True)
    if plan.judges:
        click.echo(sanitized(_judging_cost(plan)), err=True)
    for words in _power(plan) if not plan.free else ():
        click.echo(sanitized(words), err=True)
    members = len(plan.sides) if plan.family is not None else 0
    click.echo(_plan_text(ready.sampler, session, resumed, members), err=True)


def _power(plan: RunPlan) -> list[str]:
    """Say what the samples can tell: of the registered test, or else of any single one."""
    under = plan.registered
    if under is None:
        return power_of_plan(plan, None, None)
    sentences = power_of_plan(plan, under.primary, under.rates)
    return [f"registered as {under.id}: {under.primary.words} confirms, all else explores", *sentences]


def _hint_words(session: int | None, plan: RunPlan) -> HintWords:
    """Return the words of hints, with the command that asks again."""
    resumable = session is not None and not plan.free
    again = f"ask again with diptych run --resume {session}" if resumable else "run it again"
    return msgspec.structs.replace(TERMINAL, again=again)


def _print_failures(failures: Sequence[Failure], asked: int, words: HintWords) -> None:
    for failure, count in Counter(failures).most_common():
        text = f"{count} of {asked} answers failed: {failure.message.removesuffix('.')}; {failure.advice(words)}"
        click.echo(sanitized(f"diptych: {text}"), err=True)


def _end_on_interrupt() -> None:
    """Cancel the current task when diptych is interrupted."""
    task = asyncio.current_task()
    assert task is not None

    def end() -> None:
        click.echo("\nstopping; the answers so far are saved (press ctrl+c again to stop at once)", err=True)
        task.cancel()

    on_interrupt(end)


def _interrupted(session: int | None, plan: RunPlan) -> str:
    if session is None:
        return "interrupted; nothing was asked"
    how_to_go_on = f"diptych --session {session} opens it" if plan.free else f"diptych run --resume {session} continues"
    return f"interrupted; the finished answers are in session {session}: {how_to_go_on}"


def _plan_text(sampler: Sampler, session: int | None, resumed: bool, members: int) -> str:
    """Return what will be asked, and how many tokens and how much time it takes, if known. `members`: of a family."""
    outlook, progress, tokens = sampler.outlook, sampler.progress, sampler.most_tokens
    coming = progress.total - progress.done
    whole = f"{members} members, " if members else ""
    text = f"session {session}: {whole}{outlook.words if resumed else f'{coming} answers to collect'}"
    if coming:
        text += f"; at most {tokens:,} tokens" if tokens is not None else "; no limit on tokens"
        if progress.seconds_left is not None:
            text += f", about {clock_time(progress.seconds_left)}"
    if outlook.changed:
        text += (
            f"\n{outlook.changed} of these were answered before, but with another request: endpoint, model,"
            " messages or parameters have changed. The old answers stay in the session but do not count."
        )
    return text


def _show_judging(answer: Answer, done: int, total: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{done}/{total} judged ", err=True, nl=False)
    elif done == total or done % 10 == 0:
        click.echo(f"{done}/{total} judged", err=True)


def _judging_cost(plan: RunPlan) -> str:
    """Return the maximum cost of judging, if every answer were as long as allowed."""
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
