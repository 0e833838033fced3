"""`diptych run`: a probe without a console."""

import asyncio
import json
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from cli.printing import Doing
from compare import RunPlan, Side, report, run_probe
from probes import Probe
from sessions import Answer, Failure, Recorder

DONE, SOME_FAILED, UNREACHABLE, INTERRUPTED = 0, 1, 3, 130
_NOBODY = {"unreachable", "not ready"}


async def run_headless(
    pair: str,
    sides: tuple[Side, ...],
    probe: Probe,
    samples: int,
    concurrency: int,
    as_json: bool,
    title: str | None,
    store: Path,
) -> int:
    """Run, print, and return the exit code. Raises StoreError."""
    recorder = Recorder(store)
    plan = RunPlan(pair, sides, probe, samples, concurrency)
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        answers = await run_probe(plan, recorder, title, _show_progress, Doing())
    except asyncio.CancelledError:
        click.echo(f"\ninterrupted; what was finished is in session {recorder.session}", err=True)
        return INTERRUPTED
    finally:
        for backend in {id(side.backend): side.backend for side in sides}.values():
            await backend.close()
        recorder.close()
    click.echo("", err=True)
    assert recorder.session is not None
    document = report(plan, recorder.session, answers)
    failures = [a.failure for a in answers if a.failure is not None]
    if failures:
        _tell_failures(failures, len(answers))
    click.echo(json.dumps(document, indent=2) if as_json else _table(document))
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


def _table(document: dict[str, Any]) -> str:
    lines = [f"session {document['session']}  {document['probe']}  {document['pair']}", ""]
    for measure in document["measures"]:
        lines.append(f"{measure['label']}  ({measure['condition']})")
        for side, rate in measure["sides"].items():
            low, high = rate["interval"]
            lines.append(f"  {side:8} {rate['k']:4}/{rate['n']:<4}  [{low:.2f}, {high:.2f}]")
        difference = measure["difference"]
        low, high = difference["interval"]
        if difference["estimate"] is not None:
            estimate = f"{difference['estimate']:+.2f} [{low:+.2f}, {high:+.2f}]"
            lines.append(f"  Δ        {estimate}  p = {difference['p_value']:.2g}".replace("-", "−"))
    lines += ["", *(f"⚠ {warning}" for warning in document["warnings"])]
    lines += [f"excluded: {count} {bucket}" for bucket, count in document["excluded"].items()]
    return "\n".join(lines)
