"""Runs and free questions from Python, the same as `diptych run` and `diptych ask`."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar, overload

from diptych.api.answer_divergence import TokenDivergence
from diptych.api.argument_checks import at_least_one
from diptych.api.blocking import wait_for
from diptych.api.claim_cards import Claim
from diptych.api.file_locations import PathLike, Places, places
from diptych.api.progress import OnProgress, listener_for
from diptych.api.saved_sessions import SavedSession, SessionStore
from diptych.api.session_recognition import SessionRecognition
from diptych.api.session_scoring import SessionScores
from diptych.backends import Mode, Sampling
from diptych.cli import (
    ASK_SAMPLES,
    CONCURRENCY,
    RECOGNITION_PAIRS,
    RUN_SAMPLES,
    plan_family_run,
    plan_question,
    plan_run,
)
from diptych.compare import (
    FamilyDocument,
    FamilyMeasure,
    FreeQuestion,
    MeasureResult,
    RunDocument,
    RunPlan,
    complete_family_run,
    complete_run,
)
from diptych.sessions import Answer, Recorder

if TYPE_CHECKING:
    import pandas as pd


_Document = TypeVar("_Document")


class _SavedRun(Generic[_Document]):
    """What every finished run has: its document, and its session."""

    def __init__(self, document: _Document, session: SavedSession) -> None:
        """Both belong to the same run."""
        self.document = document
        """All that `diptych run --json` prints, typed."""
        self.session = session
        """The session that it was saved as."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: session {self.session.id}, {self.session.record.title}>"

    @property
    def answers(self) -> Sequence[Answer]:
        """All answers in the order in which they were asked for, failed ones included."""
        return self.session.answers

    def to_frame(self) -> "pd.DataFrame":
        """A row an answer, with the columns of the CSV export. Raises TransferError without pandas."""
        return self.session.to_frame()

    def score(self, *, progress: bool = False) -> SessionScores:
        """Surprise and entropy of every answer under every side: see SavedSession.score. `measures` stay as they were
        when the run ended; those of `session` have the scores."""
        return self.session.score(progress=progress)

    async def ascore(self, *, progress: bool = False) -> SessionScores:
        """The same, to be awaited."""
        return await self.session.ascore(progress=progress)

    def recognise(
        self, *, pairs: int = RECOGNITION_PAIRS, concurrency: int = CONCURRENCY, progress: bool = False
    ) -> SessionRecognition:
        """Which answers each side takes for its own: see SavedSession.recognise."""
        return self.session.recognise(pairs=pairs, concurrency=concurrency, progress=progress)

    async def arecognise(
        self, *, pairs: int = RECOGNITION_PAIRS, concurrency: int = CONCURRENCY, progress: bool = False
    ) -> SessionRecognition:
        """The same, to be awaited."""
        return await self.session.arecognise(pairs=pairs, concurrency=concurrency, progress=progress)

    def claim(self, text: str = "", *, side: str = "", rows: PathLike | None = None) -> Claim:
        """On which legs a claim of self-knowledge stands: see SavedSession.claim."""
        return self.session.claim(text, side=side, rows=rows)

    def divergence(self, answer: Answer, base: str | None = None, tuned: str | None = None) -> TokenDivergence:
        """How likely two sides find an answer, token by token: see SavedSession.divergence."""
        return self.session.divergence(answer, base, tuned)

    async def adivergence(self, answer: Answer, base: str | None = None, tuned: str | None = None) -> TokenDivergence:
        """The same, to be awaited."""
        return await self.session.adivergence(answer, base, tuned)


class Run(_SavedRun[RunDocument]):
    """A finished run: its document, and its session in the store. Made by `run` and `ask`."""

    @property
    def measures(self) -> Sequence[MeasureResult]:
        """Every measure, with rates, intervals, differences and tests."""
        return self.document.measures


class FamilyRun(_SavedRun[FamilyDocument]):
    """A finished run of a family: its document, and its session in the store. Made by `run` with `family`."""

    @property
    def measures(self) -> Sequence[FamilyMeasure]:
        """Every measure, with the rates of members and arms, differences of arms, and curves."""
        return self.document.measures


@overload
def run(
    probe: str,
    *,
    family: None = None,
    pair: str | None = None,
    n: int = RUN_SAMPLES,
    concurrency: int = CONCURRENCY,
    title: str | None = None,
    rows: PathLike | None = None,
    judge: bool = True,
    progress: bool | OnProgress = False,
    config: PathLike | None = None,
    store: PathLike | None = None,
) -> Run: ...


@overload
def run(
    probe: str | None = None,
    *,
    family: str,
    n: int = RUN_SAMPLES,
    concurrency: int = CONCURRENCY,
    title: str | None = None,
    judge: bool = True,
    progress: bool | OnProgress = False,
    config: PathLike | None = None,
    store: PathLike | None = None,
) -> FamilyRun: ...


def run(
    probe: str | None = None,
    *,
    family: str | None = None,
    pair: str | None = None,
    n: int = RUN_SAMPLES,
    concurrency: int = CONCURRENCY,
    title: str | None = None,
    rows: PathLike | None = None,
    judge: bool = True,
    progress: bool | OnProgress = False,
    config: PathLike | None = None,
    store: PathLike | None = None,
) -> Run | FamilyRun:
    """Ask a probe `n` times of each side in each condition, as `diptych run` does.

    probe: its id; a family may be asked its own. pair: a pair of config.toml, the default pair where none is named.
    family: a family of config.toml in place of a pair: its members are the sides. concurrency: answers at once from
    each endpoint. title: of the session. rows: a file of fine-tuning rows to hold answers against. judge: whether the
    judges of the probe are asked, if the configuration names a model for them. progress: True shows a bar on standard
    error, a callable is told a SamplingProgress after each answer. config, store: a config.toml and a folder of
    sessions in place of the user's own.

    Where an event loop runs already, as in Jupyter, it runs in a thread of its own. Answers that fail are no error:
    they are in the document. Servers that were started are ended when it returns or raises; after KeyboardInterrupt
    the answers that came are in the store. Raises FileError for what is wrong in a file or not there, CannotAskError
    when a side cannot be asked at all, StoreError, and ValueError for an `n` or `concurrency` below 1, or for a family
    together with a pair or rows.
    """
    return wait_for(_run(probe, family, pair, n, concurrency, title, rows, judge, progress, places(config, store)))


@overload
async def arun(
    probe: str,
    *,
    family: None = None,
    pair: str | None = None,
    n: int = RUN_SAMPLES,
    concurrency: int = CONCURRENCY,
    title: str | None = None,
    rows: PathLike | None = None,
    judge: bool = True,
    progress: bool | OnProgress = False,
    config: PathLike | None = None,
    store: PathLike | None = None,
) -> Run: ...


@overload
async def arun(
    probe: str | None = None,
    *,
    family: str,
    n: int = RUN_SAMPLES,
    concurrency: int = CONCURRENCY,
    title: str | None = None,
    judge: bool = True,
    progress: bool | OnProgress = False,
    config: PathLike | None = None,
    store: PathLike | None = None,
) -> FamilyRun: ...


async def arun(
    probe: str | None = None,
    *,
    family: str | None = None,
    pair: str | None = None,
    n: int = RUN_SAMPLES,
    concurrency: int = CONCURRENCY,
    title: str | None = None,
    rows: PathLike | None = None,
    judge: bool = True,
    progress: bool | OnProgress = False,
    config: PathLike | None = None,
    store: PathLike | None = None,
) -> Run | FamilyRun:
    """The same as `run`, to be awaited."""
    return await _run(probe, family, pair, n, concurrency, title, rows, judge, progress, places(config, store))


async def _run(
    probe: str | None,
    family: str | None,
    pair: str | None,
    n: int,
    concurrency: int,
    title: str | None,
    rows: PathLike | None,
    judge: bool,
    progress: bool | OnProgress,
    where: Places,
) -> Run | FamilyRun:
    at_least_one(n=n, concurrency=concurrency)
    if family is None:
        if probe is None:
            raise ValueError("probe: expected the id of a probe, or a family that has one")
        rows_file = Path(rows) if rows is not None else None
        plan = plan_run(where.load(), probe, pair, n, concurrency, rows_file, judge)
        return await _complete(plan, title, where, progress)
    if pair is not None or rows is not None:
        raise ValueError("family: expected no pair and no rows beside it")
    plan = await asyncio.to_thread(plan_family_run, where.load(), probe, family, n, concurrency, judge)
    complete = await complete_family_run(plan, Recorder(where.store), title, listener_for(progress))
    return FamilyRun(complete.document, SessionStore(where).session(complete.document.session))


def ask(
    question: str,
    *,
    pair: str | None = None,
    n: int = ASK_SAMPLES,
    system: str | None = None,
    prefill: str = "",
    form: Mode = "chat",
    max_tokens: int | None = None,
    temperature: float | None = None,
    concurrency: int = CONCURRENCY,
    title: str | None = None,
    progress: bool | OnProgress = False,
    config: PathLike | None = None,
    store: PathLike | None = None,
) -> Run:
    """Ask all sides a free question `n` times, as `diptych ask` does.

    system: the system prompt in place of that of each side, "" asks without one. prefill: what each answer begins
    with. form: "chat", the model answers; "text", it continues plain text; "user", it continues the user's turn.
    max_tokens, temperature: in place of those of each side. The rest, and what is raised, is as for `run`; ValueError
    also for a question that cannot be asked so.
    """
    return wait_for(
        aask(
            question,
            pair=pair,
            n=n,
            system=system,
            prefill=prefill,
            form=form,
            max_tokens=max_tokens,
            temperature=temperature,
            concurrency=concurrency,
            title=title,
            progress=progress,
            config=config,
            store=store,
        )
    )


async def aask(
    question: str,
    *,
    pair: str | None = None,
    n: int = ASK_SAMPLES,
    system: str | None = None,
    prefill: str = "",
    form: Mode = "chat",
    max_tokens: int | None = None,
    temperature: float | None = None,
    concurrency: int = CONCURRENCY,
    title: str | None = None,
    progress: bool | OnProgress = False,
    config: PathLike | None = None,
    store: PathLike | None = None,
) -> Run:
    """The same as `ask`, to be awaited."""
    where = places(config, store)
    at_least_one(n=n, concurrency=concurrency)
    sampling = Sampling(temperature=temperature, max_tokens=max_tokens)
    asked = FreeQuestion(question, form, prefill, system, sampling)
    plan = plan_question(where.load(), asked, pair, n, concurrency)
    return await _complete(plan, title, where, progress)


async def _complete(plan: RunPlan, title: str | None, where: Places, progress: bool | OnProgress) -> Run:
    complete = await complete_run(plan, Recorder(where.store), title, listener_for(progress))
    return Run(complete.document, SessionStore(where).session(complete.document.session))
