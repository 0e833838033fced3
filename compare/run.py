"""A probe asked without a console: N samples a condition and side, and then the judges."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import msgspec

from backends import Backend, BackendError
from compare.answering import Asked
from compare.closed import Closed
from compare.judging import JudgingProgress, judged
from compare.measures import GUESSING
from compare.plan import Questions, RunPlan, in_order
from compare.sampler import Sampler
from compare.side import Side, backends_of
from sessions import Answer, Recorder, SavedAnswer, Session

Progress = Callable[[Answer, int, int], None]
"""Told of each finished answer, how many are done, and how many there will be."""


class Resumed(NamedTuple):
    """A session in which a run goes on."""

    session: Session
    saved: Sequence[SavedAnswer]


async def run_probe(
    plan: RunPlan,
    recorder: Recorder,
    title: str | None,
    progress: Progress,
    starting: Callable[[str], None] = lambda doing: None,
    judging: JudgingProgress = lambda answer, done, total: None,
    resumed: Resumed | None = None,
    prepared: Callable[[Sampler], None] = lambda sampler: None,
) -> list[Answer]:
    """Ask everything that is not there and return all answers of the plan, failed ones included. Raises StoreError.

    `starting` is told what a server does before it is ready, `prepared` of the sampler when it is known what will be
    asked, `judging` of each answer that was judged. When the run is cancelled, the answers under way are saved as
    stopped before CancelledError goes on.
    """
    saved = resumed.saved if resumed is not None else ()
    await _begin(plan, recorder, title, resumed)
    started = replace(plan, sides=await _started(plan.sides, starting))
    questions = Questions(started, saved)

    def finished(asked: Asked) -> None:
        standing = sampler.progress
        progress(asked.answer, standing.done, standing.total)

    sampler = Sampler(
        started.sides,
        questions.of_sample,
        plan.samples,
        questions.request,
        questions.detectors,
        recorder,
        concurrency=plan.concurrency,
        saved=saved,
        seed=plan.seed,
        finished=finished,
        follow_ups=questions.follow_ups,
    )
    await sampler.prepare()
    prepared(sampler)
    asked = await sampler.run()
    guesses = [each.answer for each in asked if each.answer.condition == GUESSING]
    others = [each for each in asked if each.answer.condition != GUESSING]
    base = plan.sides[0].name
    read = await judged(others, plan.judges, recorder, plan.concurrency, judging, base) if plan.judges else []
    return in_order(plan, guesses + (read or [each.answer for each in others]))


async def _begin(plan: RunPlan, recorder: Recorder, title: str | None, resumed: Resumed | None) -> None:
    """Begin a session, or go on in one."""
    records = tuple(side.record() for side in plan.sides)
    if resumed is None:
        await recorder.begin_session(title or plan.probe.title, plan.pair, plan.probe.id, records, plan.record())
    else:
        await recorder.continue_session(msgspec.structs.replace(resumed.session, sides=records, run=plan.record()))


async def _started(sides: Sequence[Side], starting: Callable[[str], None]) -> tuple[Side, ...]:
    """The sides, their servers started; one that cannot be started is not started anew for every answer."""
    backends = backends_of(sides)
    found = await asyncio.gather(*(_start_fault(backend, starting) for backend in backends))
    faults = {id(backend): fault for backend, fault in zip(backends, found, strict=True) if fault is not None}
    closed = {key: Closed(fault) for key, fault in faults.items()}
    return tuple(
        replace(side, backend=closed[id(side.backend)]) if id(side.backend) in closed else side for side in sides
    )


async def _start_fault(backend: Backend, starting: Callable[[str], None]) -> BackendError | None:
    try:
        await backend.start(starting)
    except BackendError as error:
        return error
    return None
