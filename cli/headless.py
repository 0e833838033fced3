"""`diptych run`: a probe without a console."""

import asyncio
import json
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import click

from cli.printing import Doing, inert
from compare import Judge, RunPlan, Side, Spent, estimate, report, rooms, run_probe
from probes import Condition, Probe
from sessions import Answer, Failure, Recorder

DONE, SOME_FAILED, UNREACHABLE, INTERRUPTED = 0, 1, 3, 130
_NOBODY = {"unreachable", "not ready"}
_UNLIMITED = 500
"""Tokens that are taken for the longest answer where a probe sets no limit."""
_VALUES = 4
"""The commonest values that the table tells; the document has more."""


async def run_headless(
    pair: str,
    sides: tuple[Side, ...],
    probe: Probe,
    samples: int,
    concurrency: int,
    as_json: bool,
    title: str | None,
    store: Path,
    judge: Side | None,
) -> int:
    """Run, print, and return the exit code; `judge` is asked what the probe's judges ask. Raises StoreError."""
    recorder = Recorder(store)
    judges = tuple(Judge(spec, judge) for spec in probe.judges) if judge is not None else ()
    plan = RunPlan(pair, sides, probe, samples, concurrency, judges)
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        taken = await rooms(sides, probe)
        for room in taken:
            if not room.fits:
                click.echo(inert(f"⚠ {room.words}"), err=True)
        if judge is not None and judges:
            click.echo(inert(_cost_before(plan, judge)), err=True)
        answers = await run_probe(plan, recorder, title, _show_progress, Doing(), _show_judging)
    except asyncio.CancelledError:
        click.echo(f"\ninterrupted; what was finished is in session {recorder.session}", err=True)
        return INTERRUPTED
    finally:
        asked = (*sides, judge) if judge is not None else sides
        for backend in {id(side.backend): side.backend for side in asked}.values():
            await backend.close()
        recorder.close()
    click.echo("", err=True)
    assert recorder.session is not None
    document = report(plan, recorder.session, answers, taken)
    if judges:
        spent = sum((each.spent for each in judges), Spent())
        document["judging"] = {"model": judges[0].side.model, **asdict(spent)}
    elif probe.judges:
        names = ", ".join(spec.name for spec in probe.judges)
        document["warnings"].append(f"not judged ({names}): name a model under [judge] in config.toml")
    failures = [a.failure for a in answers if a.failure is not None]
    if failures:
        _tell_failures(failures, len(answers))
    click.echo(json.dumps(document, indent=2) if as_json else inert(_table(document)))
    if len(failures) == len(answers) and all(f.kind in _NOBODY for f in failures):
        return UNREACHABLE
    return SOME_FAILED if failures else DONE


def _tell_failures(failures: Sequence[Failure], asked: int) -> None:
    from tui import visible  # late: it brings the whole console

    for failure, count in Counter(failures).most_common():
        said = f"{count} of {asked} answers failed: {failure.message}; {failure.mend}"
        click.echo(visible(f"diptych: {said}"), err=True)


def _show_progress(answer: Answer, done: int, total: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{done}/{total} answers", err=True, nl=False)
    elif done == total or done % 10 == 0:
        click.echo(f"{done}/{total} answers", err=True)


def _show_judging(answer: Answer, done: int, total: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{done}/{total} judged ", err=True, nl=False)
    elif done == total or done % 10 == 0:
        click.echo(f"{done}/{total} judged", err=True)


def _cost_before(plan: RunPlan, judge: Side) -> str:
    """What judging costs at most, were every answer as long as it may be."""
    drafts = [
        Answer(0, side.name, prompt, condition.name, sample, {}, "done", "text" * (_max_tokens(plan, condition)))
        for side in plan.sides
        for condition in plan.probe.conditions
        for sample, prompt in enumerate(islice(cycle(condition.prompts), plan.samples))
    ]
    calls, tokens = estimate(plan.probe.judges, drafts, plan.sides[0].name)
    return f"{judge.model} judges: at most {calls:,} calls, about {tokens:,} tokens"


def _max_tokens(plan: RunPlan, condition: Condition) -> int:
    return plan.probe.sampling_of(condition.name).max_tokens or _UNLIMITED


def _table(document: dict[str, Any]) -> str:
    lines = [f"session {document['session']}  {document['probe']}  {document['pair']}", ""]
    for measure in document["measures"]:
        lines.append(f"{measure['label']}  ({measure['condition']})")
        for side, rate in measure["sides"].items():
            lines.append(f"  {side:8} {_rate(rate)}")
        lines += _difference("Δ", measure["difference"])
    for contrast in document["contrasts"]:
        lines.append(f"{contrast['name']}: {contrast['measure']}, {contrast['of']} − {contrast['minus']}")
        for side, difference in contrast["sides"].items():
            lines += _difference(side, difference)
    if "judging" in document:
        spent = document["judging"]
        tokens = spent["prompt_tokens"] + spent["completion_tokens"]
        lines.append(f"{spent['model']} has judged: {spent['calls']:,} calls, {tokens:,} tokens")
    lines += ["", *(f"⚠ {warning}" for warning in document["warnings"])]
    lines += [f"excluded: {count} {bucket}" for bucket, count in document["excluded"].items()]
    return "\n".join(lines)


def _rate(rate: dict[str, Any]) -> str:
    low, high = rate["interval"]
    said = f"{rate['k']:4}/{rate['n']:<4}  [{low:.2f}, {high:.2f}]"
    if "mean" in rate:
        said += f"  mean {rate['mean']:.3g} of {rate['mean_of']}"
        if rate["mean_interval"]:
            low, high = rate["mean_interval"]
            said += f" [{low:.3g}, {high:.3g}]"
    if "values" in rate:
        common = list(rate["values"].items())[:_VALUES]
        said += "  " + ", ".join(f"{' '.join(value.split())[:24]} {count}" for value, count in common)
    if "excluded" in rate:
        said += "  not counted: " + ", ".join(f"{bucket} {count}" for bucket, count in rate["excluded"].items())
    return said


def _difference(name: str, difference: dict[str, Any]) -> list[str]:
    if difference["estimate"] is None:
        return []
    low, high = difference["interval"]
    estimate = f"{difference['estimate']:+.2f} [{low:+.2f}, {high:+.2f}]"
    return [f"  {name:8} {estimate}  p = {difference['p_value']:.2g}".replace("-", "−")]
