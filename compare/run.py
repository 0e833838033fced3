"""A probe asked without a console: N samples a condition and side, as many at once as allowed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import msgspec

from backends import Backend, BackendError, BadKey, Delta, End, Model, NoQuota, Request, UnknownModel
from compare.answering import Asked, Question, answer
from compare.comparison import merged_sampling, new_detectors, system_for
from compare.judge import Judge
from compare.judging import JudgingProgress, judged
from compare.live import LiveAnswer
from compare.measures import GUESSING
from compare.side import Side
from detectors import Finding, TrainingRows
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
    judges: tuple[Judge, ...] = ()
    """Asked about every answer once all are there."""
    rows: TrainingRows | None = None
    """What a side was fine-tuned on, where that is known."""

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
    judging: JudgingProgress = lambda answer, done, total: None,
) -> list[Answer]:
    """Ask everything and return all answers, failed ones included. Raises StoreError.

    `starting` is told what a server does before it is ready, `judging` of each answer that was judged. When the run
    is cancelled, the answers under way are saved as stopped before CancelledError goes on.
    """
    records = tuple(side.record() for side in plan.sides)
    await recorder.begin_session(title or plan.probe.title, plan.pair, plan.probe.id, records)
    run = _Run(plan, await _started(plan.sides, starting), recorder, progress)
    try:
        async with asyncio.TaskGroup() as group:
            for questions in _batches(_questions(plan), run.together):
                for side in run.sides:
                    group.create_task(run.ask(side, questions))
    except* StoreError as errors:
        raise errors.exceptions[0] from None
    guesses = [asked for asked in run.asked if asked.answer.condition == GUESSING]
    others = [asked for asked in run.asked if asked.answer.condition != GUESSING]
    base = plan.sides[0].name
    read = await judged(others, plan.judges, recorder, plan.concurrency, judging, base) if plan.judges else []
    return [asked.answer for asked in guesses] + (read or [asked.answer for asked in others])


class _Run:
    """A run under way."""

    def __init__(self, plan: RunPlan, sides: Sequence[Side], recorder: Recorder, progress: Progress) -> None:
        self.sides = sides
        self.asked: list[Asked] = []
        self.together = min(plan.concurrency, *(side.backend.samples_per_request for side in plan.sides))
        """Samples that travel as one request."""
        self._plan = plan
        self._recorder = recorder
        self._progress = progress
        self._total = plan.answers * len(sides)
        self._hopeless: dict[str, Side] = {}
        self._gate = asyncio.Semaphore(plan.concurrency // self.together)
        self._guesses = count(1 + max(question.exchange for question in _questions(plan)))
        """Numbers for the questions that come up on the way."""

    async def ask(self, side: Side, questions: Sequence[Question]) -> None:
        """Ask one side, and let the base guess what it described. Raises StoreError."""
        given = await self._ask(side, questions)
        for question, said in zip(questions, given, strict=True):
            described = guessable(self._plan, said)
            if described is not None:
                beginning = said.prefill + said.text[: described.spans[0].start]
                guess = replace(question, exchange=next(self._guesses), prefill=beginning)
                self._total += 1
                await self._ask(self.sides[0], [guess], GUESSING)

    async def _ask(self, side: Side, questions: Sequence[Question], counted_as: str | None = None) -> Sequence[Answer]:
        """Samples of one question as one request. `counted_as` is kept in place of the condition that they are asked
        in. Raises StoreError."""
        probe, first = self._plan.probe, questions[0]
        lead = first.prefill if first.form == "chat" else first.prompt
        lives = [
            LiveAnswer(
                side.name,
                new_detectors(probe.detectors, first.prompt, lead, first.condition, self._plan.rows),
                asyncio.Event(),
                lead,
            )
            for _ in questions
        ]
        sampling = merged_sampling(side, probe, first.condition)
        if side.sampling.seed is not None:
            # A seed that the side names is that of its first sample: each sample has its own.
            sampling = msgspec.structs.replace(sampling, seed=side.sampling.seed + first.sample)
        system = system_for(side, probe, first.condition)
        request = side.request((), first.prompt, system, sampling, first.form, first.prefill)
        kept = [replace(q, condition=counted_as) for q in questions] if counted_as else questions
        async with self._gate:
            asked = await answer(self._hopeless.get(side.name, side), kept, request, lives, self._recorder)
        for each in asked:
            failure = each.answer.failure
            if failure is not None and failure.kind in _FOR_ALL:
                fault = _FOR_ALL[failure.kind](failure.message, failure.mend)
                self._hopeless.setdefault(side.name, replace(side, backend=_NotStarted(fault)))
            self.asked.append(each)
            self._progress(each.answer, len(self.asked), self._total)
        return [finished for _, finished in asked]


def guessable(plan: RunPlan, answer: Answer) -> Finding | None:
    """The description in an answer that the base is to guess, if the probe asks for that: what the base names from
    the same beginning could be read off the page by anyone."""
    if not plan.probe.guessability or answer.side == plan.sides[0].name or answer.form != "chat":
        return None
    if answer.state not in ("done", "cut"):
        return None
    return next((f for f in answer.findings if f.kind == "description" and f.spans), None)


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
