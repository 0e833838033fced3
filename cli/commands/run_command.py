"""`diptych run`: a probe without a console."""

import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from itertools import cycle, islice
from pathlib import Path

import click
import msgspec

from diptych.backends import heard_by
from diptych.cli.exit_codes import DONE, INTERRUPTED, SOME_FAILED, UNREACHABLE, USAGE
from diptych.cli.output.hint_words import TERMINAL
from diptych.cli.output.printing import Notices, StatusLine, print_json, sanitized
from diptych.cli.output.progress_bar import ProgressBar, clock_time
from diptych.cli.output.result_table import table
from diptych.cli.setup.signals import on_interrupt
from diptych.compare import (
    CannotAskError,
    Obstacle,
    Resumed,
    RunPlan,
    Sampler,
    Spent,
    backends_of,
    context_needs,
    estimate,
    feasible,
    report,
    run_probe,
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
    backends = backends_of((*plan.sides, *(judge.side for judge in plan.judges)))
    notices = Notices(backends)

    def prepared(sampler: Sampler) -> None:
        nonlocal bar
        bar = ProgressBar(sampler)
        doing.clear()
        remarks = plan.rows.remarks if plan.rows is not None else ()
        for words in (*plan.skipped, *remarks, *(need.words for need in taken if not need.fits)):
            click.echo(sanitized(f"⚠ {words}"), err=True)
        if plan.judges:
            click.echo(sanitized(_cost_before(plan)), err=True)
        click.echo(_before(sampler, recorder.session, resumed is not None), err=True)

    def progress(answer: Answer, done: int, total: int) -> None:
        if bar is not None:
            bar.show()
        notices.show()

    try:
        plan = await feasible(plan, doing)
        taken = await context_needs(plan.sides, plan.probe)
        with heard_by(doing):
            answers = await run_probe(
                plan, recorder, title, progress, doing, _show_judging, resumed, prepared, preflight=True
            )
    except CannotAskError as error:
        doing.clear()
        _tell_obstacles(error.obstacles, resumed)
        return UNREACHABLE if error.nobody else USAGE
    except asyncio.CancelledError:
        click.echo(f"\n{_interrupted(recorder.session)}", err=True)
        return INTERRUPTED
    finally:
        for backend in backends:
            await backend.close()
        recorder.close()
    click.echo("", err=True)
    notices.show()
    assert recorder.session is not None
    document = report(plan, recorder.session, answers, taken)
    document["warnings"] += notices.all
    if plan.judges:
        spent = sum((judge.spent for judge in plan.judges), Spent())
        document["judging"] = {"model": plan.judges[0].side.model, **asdict(spent)}
    elif plan.probe.judges:
        names = ", ".join(spec.name for spec in plan.probe.judges)
        document["warnings"].append(f"not judged ({names}): name a model under [judge] in config.toml")
    failures = [a.failure for a in answers if a.failure is not None]
    if failures:
        _tell_failures(failures, len(answers), recorder.session)
    if as_json:
        for each in document["draws"]:
            said = f"{each['side']} {each['identical']} of {each['answers']} identical: {each['reason']}"
            click.echo(sanitized(f"⚠ {each['condition']}: {said}"), err=True)
        print_json(document)
    else:
        click.echo(sanitized(table(document)))
    if len(failures) == len(answers) and all(f.kind in _NOBODY for f in failures):
        return UNREACHABLE
    return SOME_FAILED if failures else DONE


def _tell_obstacles(obstacles: Sequence[Obstacle], resumed: Resumed | None) -> None:
    words = _words(resumed.session.id if resumed is not None else None)
    for sides, error in obstacles:
        said = f"{' and '.join(sides)}: {error.message.removesuffix('.')}; {advice(error.hint, words)}"
        click.echo(sanitized(f"diptych: {' '.join(said.splitlines())}"), err=True)


def _words(session: int | None) -> HintWords:
    """The words of hints, with the command that asks again."""
    again = f"ask again with diptych run --resume {session}" if session is not None else "run it again"
    return msgspec.structs.replace(TERMINAL, again=again)


def _tell_failures(failures: Sequence[Failure], asked: int, session: int) -> None:
    words = _words(session)
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


def _interrupted(session: int | None) -> str:
    if session is None:
        return "interrupted; nothing was asked"
    return f"interrupted; what was finished is in session {session}: diptych run --resume {session} goes on"


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
