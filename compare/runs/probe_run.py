"""Runs a probe without a console: N samples of each condition and side, and then the judges."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import msgspec

from diptych.compare.answers import GUESSING
from diptych.compare.judges import JudgingProgress, judged
from diptych.compare.runs.plan import Questions, RunPlan, in_order
from diptych.compare.runs.preflight import Faults, look, started
from diptych.compare.runs.scheduler import Sampler
from diptych.sessions import Answer, Label, Recorder, SavedAnswer, Session

Progress = Callable[[Answer, int, int], None]
"""Called with each finished answer, how many are done, and how many there will be."""


class Resumed(NamedTuple):
    """A session in which a run continues."""

    session: Session
    saved: Sequence[SavedAnswer]
    labels: Sequence[Label] = ()


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
    """Ask for all missing answers and return all answers of the plan, failed ones included. Raises StoreError.

    With `preflight`, CannotAskError is raised before a session is made if a side with missing answers cannot be asked,
    for example because its key is missing or its endpoint does not respond. Otherwise such answers fail.

    `starting` is called with what a server does before it is ready, `prepared` with the sampler when it is known what
    will be asked, and `judging` with each answer that was judged. When the run is cancelled, the answers under way are
    saved as stopped before CancelledError is raised.
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
    """Check whether the sides that will be asked can be. Raises CannotAskError."""
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
    """Begin a session, or continue one."""
    records = tuple(side.record() for side in plan.sides)
    if resumed is None:
        await recorder.begin_session(
            title or plan.probe.title, plan.pair, plan.probe.id or None, records, plan.record(), plan.family
        )
    else:
        await recorder.continue_session(msgspec.structs.replace(resumed.session, sides=records, run=plan.record()))
