"""Lets the sides of a saved session say which texts are their own, for the command and the Python API."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from diptych.compare.answers import Side, backends_of
from diptych.compare.runs.preflight import look, started
from diptych.compare.runs.recognition_questions import RecognitionQuestions, recognition_questions
from diptych.compare.runs.scheduler import Sampler
from diptych.errors import DiptychError
from diptych.probes import Probe
from diptych.sessions import Failure, Recorder, SavedAnswer, Session


class NothingToRecogniseError(DiptychError):
    """A session has no two answers that could be shown beside each other."""


class Recognition:
    """Own-text recognition in a session, while it is under way and when it has ended."""

    def __init__(self, samplers: Sequence[Sampler]) -> None:
        """`samplers`: one for each side that is compared with the first. What is missing is known."""
        self._samplers = samplers
        self.wanted = sum(sampler.progress.total - sampler.progress.done for sampler in samplers)
        """How many answers were missing when it began."""
        self._before = sum(sampler.progress.done for sampler in samplers)

    @property
    def done(self) -> int:
        """How many of the missing answers have come, failed ones included."""
        return sum(sampler.progress.done for sampler in self._samplers) - self._before

    @property
    def failures(self) -> dict[str, Failure]:
        """Why an answer of a side failed, by side."""
        asked = (row.answer for sampler in self._samplers for row in sampler.asked)
        return {answer.side: answer.failure for answer in asked if answer.failure is not None}

    async def run(self) -> None:
        """Ask for what is missing. Raises StoreError."""
        for sampler in self._samplers:
            await sampler.run()

    def stop(self) -> None:
        """Ask no more; what has come is kept."""
        for sampler in self._samplers:
            sampler.stop()


Listener = Callable[[Recognition], None]


async def recognise_saved(
    store: Path,
    session: Session,
    saved: Sequence[SavedAnswer],
    sides: Sequence[Side],
    probe: Probe | None,
    most: int,
    concurrency: int,
    begins: Listener = lambda recognition: None,
    answered: Listener = lambda recognition: None,
) -> Recognition:
    """Ask each side which of two texts is its own, and keep its answers in the session under "whose words".

    The first side is compared with each of the others. At most `most` pairs of answers to each question are shown, each
    in both orders, to both sides. What was asked before is not asked again. `begins` is called once it is known what is
    missing, `answered` after each answer. Servers that were started are ended.

    Raises NothingToRecogniseError, CannotAskError where a side cannot be asked at all, and StoreError.
    """
    if not recognition_questions(saved, sides, probe, most):
        names = " and ".join(side.name for side in sides)
        raise NothingToRecogniseError(
            f"session {session.id} has no two different answers of {names} to one question in a chat",
            "ask them the same question first",
        )
    recorder = Recorder(store)
    try:
        ready, faults = await started(sides, lambda doing: None)
        seed = session.run.seed if session.run is not None else session.id

        def sampler(questions: RecognitionQuestions) -> Sampler:
            return Sampler(
                questions.sides,
                questions,
                1,
                recorder,
                concurrency=concurrency,
                saved=saved,
                seed=seed,
                finished=lambda asked: answered(recognition),
            )

        samplers = [sampler(questions) for questions in recognition_questions(saved, ready, probe, most)]
        for each in samplers:
            await each.prepare()
        to_ask = {name for each in samplers for name in each.sides_to_ask}
        await look([side for side in sides if side.name in to_ask], faults)
        recognition = Recognition(samplers)
        await recorder.continue_session(session)
        begins(recognition)
        await recognition.run()
        return recognition
    finally:
        for backend in backends_of(sides):
            await backend.close()
        await asyncio.to_thread(recorder.close)
