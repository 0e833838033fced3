"""A run from its plan to its document: the same for `diptych run`, `diptych ask` and the Python API."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from diptych.backends import Backend, heard_by
from diptych.compare.answers import backends_of
from diptych.compare.checks import ContextNeed, context_needs
from diptych.compare.counts import FamilyDocument, RegisteredResult, registered_result
from diptych.compare.judges import JudgingProgress
from diptych.compare.runs.plan import RunPlan
from diptych.compare.runs.preflight import feasible
from diptych.compare.runs.probe_run import Progress, Resumed, run_probe
from diptych.compare.runs.run_document import RunDocument
from diptych.compare.runs.run_report import family_report, report
from diptych.compare.runs.scheduler import Sampler
from diptych.sessions import Answer, Recorder, Store


class Prepared(NamedTuple):
    """What is known just before the first answer is asked for."""

    plan: RunPlan
    """Without the conditions that cannot be asked."""
    needs: Sequence[ContextNeed]
    sampler: Sampler
    """Its `progress` says at any time how far the run has come."""


@dataclass(frozen=True)
class RunListener:
    """Callbacks that follow a run. By default they do nothing."""

    doing: Callable[[str], None] = lambda doing: None
    """Called with what the run is waiting for, and "" when the wait is over."""
    prepared: Callable[[Prepared], None] = lambda prepared: None
    answered: Progress = lambda answer, done, total: None
    judged: JudgingProgress = lambda answer, done, total: None


_Document = TypeVar("_Document")


class CompleteRun(NamedTuple, Generic[_Document]):
    """A finished run."""

    plan: RunPlan
    """As it was asked."""
    answers: Sequence[Answer]
    document: _Document


class _AskedRun(NamedTuple):
    """A run whose answers are there, not yet counted."""

    plan: RunPlan
    session: int
    answers: Sequence[Answer]
    needs: Sequence[ContextNeed]
    notices: Sequence[str]
    resumed: Resumed | None
    registered: RegisteredResult | None


async def complete_run(
    plan: RunPlan,
    recorder: Recorder,
    title: str | None = None,
    listener: RunListener = RunListener(),
    resumed: Resumed | None = None,
) -> CompleteRun[RunDocument]:
    """Ask all that a plan asks and count it. Servers that were started are ended and the recorder is closed, however
    this ends. For a family see `complete_family_run`.

    Raises CannotAskError before a session is made if a side cannot be asked, and StoreError. When it is cancelled, the
    answers under way are saved as stopped before CancelledError goes on.
    """
    asked = await _asked(plan, recorder, title, listener, resumed)
    return CompleteRun(asked.plan, asked.answers, report(*asked))


async def complete_family_run(
    plan: RunPlan,
    recorder: Recorder,
    title: str | None = None,
    listener: RunListener = RunListener(),
    resumed: Resumed | None = None,
) -> CompleteRun[FamilyDocument]:
    """The same as `complete_run` for the plan of a family."""
    asked = await _asked(plan, recorder, title, listener, resumed)
    return CompleteRun(asked.plan, asked.answers, family_report(*asked))


async def _asked(
    plan: RunPlan, recorder: Recorder, title: str | None, listener: RunListener, resumed: Resumed | None
) -> _AskedRun:
    backends = backends_of((*plan.sides, *(judge.side for judge in plan.judges)))
    try:
        plan = await feasible(plan, listener.doing)
        needs = await context_needs(plan.typical_sides, plan.probe)
        with heard_by(listener.doing):
            answers = await run_probe(
                plan,
                recorder,
                title,
                listener.answered,
                listener.doing,
                listener.judged,
                resumed,
                lambda sampler: listener.prepared(Prepared(plan, needs, sampler)),
                preflight=True,
            )
    finally:
        for backend in backends:
            await backend.close()
        recorder.close()
    assert recorder.session is not None
    return _AskedRun(plan, recorder.session, answers, needs, notices_of(backends), resumed, _registered(plan, recorder))


def _registered(plan: RunPlan, recorder: Recorder) -> RegisteredResult | None:
    """What became of the registration of a run that is stored. Raises StoreError."""
    if plan.registered is None or recorder.session is None:
        return None
    store = Store(recorder.path)
    try:
        session = store.session(recorder.session)
        return registered_result(store, session, plan.probe) if session is not None else None
    finally:
        store.close()


def notices_of(backends: Sequence[Backend]) -> list[str]:
    """Notices about how the endpoints were asked, each once."""
    return list(dict.fromkeys(notice for backend in backends for notice in backend.notices))
