"""A probe asked without a console: N samples a condition and side, as many at once as allowed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import msgspec

from backends import Backend, BackendError, BadKey, Delta, End, Model, NoQuota, Request, UnknownModel
from compare.answering import Question, answer
from compare.comparison import merged_sampling, new_detectors, system_for
from compare.live import LiveAnswer
from compare.side import Side
from probes import Probe
from sessions import Answer, Recorder, StoreError


@dataclass(frozen=True)
class RunPlan:
    """What is to be asked."""

    pair: str
    sides: tuple[Side, ...]
    probe: Probe
    samples: int
    """Of each side in each condition."""
    concurrency: int

    @property
    def answers(self) -> int:
        """Answers of each side."""
        return self.samples * len(self.probe.conditions)


Progress = Callable[[Answer, int, int], None]
"""Told of each finished answer, how many are done, and how many there will be."""


_FOR_ALL: dict[str, type[BackendError]] = {"bad key": BadKey, "no quota": NoQuota, "unknown model": UnknownModel}
"""What holds for every request of a side: after one, no more of them are sent."""


async def run_probe(
    plan: RunPlan,
    recorder: Recorder,
    title: str | None,
    progress: Progress,
    starting: Callable[[str], None] = lambda doing: None,
) -> list[Answer]:
    """Ask everything and return all answers, failed ones included. Raises StoreError.

    `starting` is told what a server does before it is ready. When the run is cancelled, the answers under way are
    saved as stopped before CancelledError goes on.
    """
    records = tuple(side.record() for side in plan.sides)
    await recorder.begin_session(title or plan.probe.title, plan.pair, plan.probe.id, records)
    sides = await _started(plan.sides, starting)
    total = plan.answers * len(sides)
    answers: list[Answer] = []
    hopeless: dict[str, Side] = {}
    together = min(plan.concurrency, *(side.backend.samples_per_request for side in plan.sides))
    gate = asyncio.Semaphore(plan.concurrency // together)

    async def ask(side: Side, questions: Sequence[Question]) -> None:
        async with gate:
            prompt = questions[0].prompt
            condition, form, prefill = questions[0].condition, questions[0].form, questions[0].prefill
            lead = prefill if form == "chat" else prompt
            lives = [
                LiveAnswer(side.name, new_detectors(plan.probe, prompt, lead, condition), asyncio.Event(), lead)
                for _ in questions
            ]
            sampling = merged_sampling(side, plan.probe, condition)
            if side.sampling.seed is not None:
                # A seed that the side names is that of its first sample: each sample has its own.
                sampling = msgspec.structs.replace(sampling, seed=side.sampling.seed + questions[0].sample)
            system = system_for(side, plan.probe, condition)
            request = side.request((), prompt, system, sampling, form, prefill)
            for asked in await answer(hopeless.get(side.name, side), questions, request, lives, recorder):
                failure = asked.answer.failure
                if failure is not None and failure.kind in _FOR_ALL:
                    fault = _FOR_ALL[failure.kind](failure.message, failure.mend)
                    hopeless.setdefault(side.name, replace(side, backend=_NotStarted(fault)))
                answers.append(asked.answer)
                progress(asked.answer, len(answers), total)

    try:
        async with asyncio.TaskGroup() as group:
            for questions in _batches(_questions(plan), together):
                for side in sides:
                    group.create_task(ask(side, questions))
    except* StoreError as errors:
        raise errors.exceptions[0] from None
    return answers


async def _started(sides: Sequence[Side], starting: Callable[[str], None]) -> Sequence[Side]:
    """The sides, their servers started; one that cannot be started is not started anew for every answer."""
    backends = list({id(side.backend): side.backend for side in sides}.values())
    found = await asyncio.gather(*(_start_fault(backend, starting) for backend in backends))
    faults = {id(backend): fault for backend, fault in zip(backends, found, strict=True) if fault is not None}
    return [
        replace(side, backend=_NotStarted(faults[id(side.backend)])) if id(side.backend) in faults else side
        for side in sides
    ]


async def _start_fault(backend: Backend, starting: Callable[[str], None]) -> BackendError | None:
    try:
        await backend.start(starting)
    except BackendError as error:
        return error
    return None


class _NotStarted(Backend):
    """Stands for a backend that could not be started, or that nothing more is asked of."""

    def __init__(self, error: BackendError) -> None:
        self._error = error

    async def start(self, progress: Callable[[str], None]) -> None:
        raise self._error

    async def body(self, request: Request, samples: int = 1) -> dict[str, Any]:
        raise self._error

    def stream(self, request: Request, samples: int = 1) -> AsyncIterator[Delta | End]:
        raise self._error

    async def models(self) -> list[Model]:
        raise self._error

    async def close(self) -> None:
        """There is nothing to end: the backend that it stands for is closed by its owner."""


def _batches(questions: Sequence[Question], together: int) -> Sequence[Sequence[Question]]:
    """Samples of the same prompt in groups of at most `together`, each to travel as one request."""
    batches: list[list[Question]] = []
    filling: dict[int, list[Question]] = {}
    for question in questions:
        batch = filling.get(question.exchange)
        if batch is None or len(batch) == together:
            batch = filling[question.exchange] = []
            batches.append(batch)
        batch.append(question)
    return batches


def _questions(plan: RunPlan) -> Sequence[Question]:
    """Sample by sample, so that a run that is stopped early has looked at every condition."""
    numbers = count(1)
    exchanges = {(c.name, p): next(numbers) for c in plan.probe.conditions for p in c.prompts}
    questions = []
    for sample in range(plan.samples):
        for condition in plan.probe.conditions:
            prompt = condition.prompts[sample % len(condition.prompts)]
            exchange = exchanges[condition.name, prompt]
            questions.append(Question(exchange, prompt, condition.name, sample, condition.form, condition.prefill))
    return questions
