"""A probe asked without a console: N samples a condition and side, and then the judges."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import msgspec

from diptych.compare.answers import GUESSING
from diptych.compare.judges import JudgingProgress, judged
from diptych.compare.runs.plan import Questions, RunPlan, in_order
from diptych.compare.runs.preflight import Faults, look, started
from diptych.compare.runs.scheduler import Sampler
from diptych.sessions import Answer, Recorder, SavedAnswer, Session

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
    preflight: bool = False,
) -> list[Answer]:
    """Ask everything that is not there and return all answers of the plan, failed ones included. Raises StoreError.

    With `preflight`, CannotAskError is raised before a session is made if it is known that a side of which something
    is missing cannot be asked: its key is missing, say, or nobody answers there. Otherwise such answers fail.

    `starting` is told what a server does before it is ready, `prepared` of the sampler when it is known what will be
    asked, `judging` of each answer that was judged. When the run is cancelled, the answers under way are saved as
    stopped before CancelledError goes on.
    """
    saved = resumed.saved if resumed is not None else ()
    sides, faults = await started(plan.sides, starting)
    ready = replace(plan, sides=sides)
    questions = Questions(ready, saved)

    def finished(asked: SavedAnswer) -> None:
        standing = sampler.progress
        progress(asked.answer, standing.done, standing.total)

    sampler = Sampler(
        ready.sides,
        questions,
        plan.samples,
        recorder,
        concurrency=plan.concurrency,
        saved=saved,
        seed=plan.seed,
        finished=finished,
    )
    await sampler.prepare()
    if preflight:
        await _look(plan, sampler, faults, starting)
    await _begin(plan, recorder, title, resumed)
    prepared(sampler)
    asked = await sampler.run()
    guesses = [each.answer for each in asked if each.answer.condition == GUESSING]
    others = [each for each in asked if each.answer.condition != GUESSING]
    base = plan.sides[0].name
    read = await judged(others, plan.judges, recorder, plan.concurrency, judging, base) if plan.judges else []
    return in_order(plan, guesses + (read or [each.answer for each in others]))


async def _look(plan: RunPlan, sampler: Sampler, faults: Faults, starting: Callable[[str], None]) -> None:
    """See whether those who are going to be asked can be. Raises CannotAskError."""
    to_ask = [side for side in plan.sides if side.name in sampler.sides_to_ask]
    if not to_ask:
        return
    if plan.judges:
        judge = plan.judges[0].side
        if id(judge.backend) not in faults:
            _, more = await started([judge], starting)
            faults = {**faults, **more}
        to_ask.append(judge)
    await look(to_ask, faults)


async def _begin(plan: RunPlan, recorder: Recorder, title: str | None, resumed: Resumed | None) -> None:
    """Begin a session, or go on in one."""
    records = tuple(side.record() for side in plan.sides)
    if resumed is None:
        await recorder.begin_session(
            title or plan.probe.title, plan.pair, plan.probe.id or None, records, plan.record()
        )
    else:
        await recorder.continue_session(msgspec.structs.replace(resumed.session, sides=records, run=plan.record()))
