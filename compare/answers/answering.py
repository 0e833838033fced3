"""Asks for answers and records them. The console and headless runs both do it this way."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing, suppress

import msgspec

from diptych.backends import (
    BackendError,
    BadRequest,
    BatchResult,
    Dropped,
    End,
    Request,
    TimedOut,
    TooLong,
    heard_by,
)
from diptych.compare.answers.answer_in_flight import AnswerInFlight
from diptych.compare.answers.live_answer import LiveAnswer
from diptych.compare.answers.side import Side
from diptych.errors import AGAIN, FRESH
from diptych.sessions import Answer, Failure, Recorder, SavedAnswer, StoreError, Tick

SAVE_SECONDS = 1.0
"""Seconds after which the text so far of an unfinished answer is saved again."""


async def answer(
    side: Side,
    answers: Sequence[AnswerInFlight],
    request: Request,
    recorder: Recorder,
    received: Callable[[], None] = lambda: None,
    not_saved: Callable[[StoreError], None] = lambda error: None,
) -> list[SavedAnswer]:
    """Ask one thing, once for each of `answers`, which differ in their sample only. Feed their live answers, and save
    what is received. Returns the answers as they were saved.

    `received` is called when nothing more is to be received, while the last of it may not be on the disk yet.
    `not_saved` is called with the reason when a part of an unfinished answer cannot be saved for now.

    After a fault of the endpoint the state of an answer is "failed", after a cancellation "stopped". Raises StoreError
    when an answer cannot be saved; all answers have ended then.
    """
    wanted = msgspec.to_builtins(request)
    for each in answers:
        each.begin(side, wanted, recorder, not_saved)
    asking = _Asking(side, request, answers)
    try:
        await asking.run()
    except BackendError as error:
        asking.fail(error, answers)
    except asyncio.CancelledError:
        unfinished = [each.live for each in answers if not each.live.ended]
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*(live.read_to_end() for live in unfinished))
        for live in unfinished:
            live.finish("stopped")
    received()
    return await asking.save()


class _Asking:
    """Asks for the answers with one request, and with more requests for those that it did not bring."""

    def __init__(self, side: Side, request: Request, answers: Sequence[AnswerInFlight]) -> None:
        self._side = side
        self._request = request
        self._answers = answers
        self._savings: set[asyncio.Task[None]] = set()
        """Texts of unfinished answers that are being saved."""

    async def run(self) -> None:
        """Bring every answer to its end. Raises BackendError when the endpoint is not ready."""
        await self._side.backend.start(self._say)
        # As many at once as the endpoint gives, which may become fewer on the way.
        while waiting := [each for each in self._answers if each.live.state == "waiting"]:
            size = self._side.backend.samples_per_request
            groups = [waiting[at : at + size] for at in range(0, len(waiting), size)]
            if len(groups) == 1:
                await self._ask(groups[0])
                continue
            async with asyncio.TaskGroup() as tasks:
                for group in groups:
                    tasks.create_task(self._ask(group))

    async def save(self) -> list[SavedAnswer]:
        """Save what is not saved yet, even when this task is cancelled, and return all answers as they were saved.
        Raises StoreError."""
        saved = asyncio.gather(*(each.save() for each in self._answers))
        all_tasks = asyncio.gather(saved, *self._savings)
        while not all_tasks.done():
            with suppress(asyncio.CancelledError):
                await asyncio.shield(all_tasks)
        return saved.result()

    def fail(self, error: BackendError, answers: Sequence[AnswerInFlight]) -> None:
        """End those of the answers that have not ended, with the error as the reason."""
        failure = Failure(error.kind, error.message, _hint(error, self._request))
        for each in answers:
            if not each.live.ended:
                each.live.finish("failed", failure=failure)

    async def _ask(self, group: Sequence[AnswerInFlight]) -> None:
        """Ask for a group of answers. Afterwards none of them waits, unless the endpoint gives fewer at once."""

        async def send(samples: int) -> BatchResult:
            error = await self._send(group[:samples])
            ended = sum(each.live.ended for each in group)
            begun = sum(each.live.state != "waiting" for each in group)
            return BatchResult(ended, begun, error)

        result = await self._side.backend.negotiate_samples(len(group), send)
        if result.error is not None:
            self.fail(result.error, group)
        elif not result.ended:
            self.fail(Dropped("no answer was received", AGAIN), group)
        for each in group:
            # Text without its end: it is asked for again.
            if each.live.state == "streaming":
                each.live.restart()

    async def _send(self, group: Sequence[AnswerInFlight]) -> BackendError | None:
        """Send one request, and send it once more as a stream where whole answers do not come; returns why it
        failed."""
        error = await self._try(group)
        begun = any(each.live.state != "waiting" for each in group)
        if self._request.whole and _has_to_stream(error) and not begun:
            self._side.backend.whole_answers = False
            self._request = msgspec.structs.replace(self._request, whole=False)
            error = await self._try(group)
        return error

    async def _try(self, group: Sequence[AnswerInFlight]) -> BackendError | None:
        """Send one request; returns why it failed."""

        def say(doing: str) -> None:
            for each in group:
                each.live.say(doing)

        try:
            with heard_by(say):
                await self._read(group)
        except BackendError as error:
            return error
        return None

    async def _read(self, group: Sequence[AnswerInFlight]) -> None:
        """Send one request, and read its response. Raises BackendError."""
        backend, request = self._side.backend, of_sample(self._request, self._answers.index(group[0]))
        await self._note_body(group, request)
        lives = [each.live for each in group]
        for live in lives:
            live.say("")
        saving: asyncio.Task[None] | None = None
        saved_at = 0.0
        try:
            async with aclosing(backend.stream(request, len(group))) as stream:  # type: ignore[type-var]
                async for item in stream:
                    if isinstance(item, End):
                        await _end(lives[item.sample], item)
                        continue
                    lives[item.sample].take(item)
                    if item.at - saved_at > SAVE_SECONDS:
                        saved_at = item.at
                        # Nobody waits for this. While the disk is slow it is not asked for more.
                        if saving is None or saving.done():
                            saving = self._save_unfinished(group)
        finally:
            with suppress(BackendError):
                await self._note_body(group, request)
            # The answers of a request end together. Saved together, they wait for the disk once.
            for each in group:
                if each.live.ended:
                    each.save()

    async def _note_body(self, group: Sequence[AnswerInFlight], request: Request) -> None:
        """Note the body as it is sent: before, and afterwards again, as the model may have refused a field of it."""
        body = await self._side.backend.body(request, len(group))
        for each in group:
            each.body = body

    def _save_unfinished(self, group: Sequence[AnswerInFlight]) -> asyncio.Task[None]:
        async def save() -> None:
            for each in group:
                await each.save_unfinished()

        task = asyncio.create_task(save())
        self._savings.add(task)
        task.add_done_callback(self._savings.discard)
        return task

    def _say(self, doing: str) -> None:
        for each in self._answers:
            each.live.say(doing)


def of_sample(request: Request, number: int) -> Request:
    """The request with the seed of a later sample: the same seed again would be the same answer again."""
    seed = request.sampling.seed
    if seed is None or not number:
        return request
    sampling = msgspec.structs.replace(request.sampling, seed=seed + number)
    return msgspec.structs.replace(request, sampling=sampling)


def slim(answer: Answer) -> Answer:
    """The answer with a timeline of two ticks, when it began and when it ended: thousands are held in memory, and the
    store has the whole."""
    if len(answer.timeline) <= 2:
        return answer
    first, last = Tick(answer.timeline[0].at, 0, 0), Tick(answer.timeline[-1].at, len(answer.text), answer.tokens)
    return msgspec.structs.replace(answer, timeline=(first, last))


async def _end(live: LiveAnswer, end: End) -> None:
    """End an answer as its endpoint says that it has ended, even if it is cancelled while it is read."""
    try:
        await live.read_to_end()
    finally:
        if (fault := end.fault) is not None:
            live.finish("failed", end, Failure(fault.kind, fault.message, fault.hint))
        else:
            live.finish("cut" if end.cut else "done", end)


def _has_to_stream(error: BackendError | None) -> bool:
    """Whether a whole answer does not come because it takes longer than a server or a proxy stays silent, or because
    the model only streams.

    It is then streamed, but only once: a request that timed out may be billed, and a stream delivers at least a part.
    """
    return isinstance(error, TimedOut) or (isinstance(error, BadRequest) and "stream" in error.message.lower())


def _hint(error: BackendError, request: Request) -> str:
    """The hint of an error. A conversation that has become too long can be left."""
    conversation = any(message.role == "assistant" for message in request.messages)
    return f"{error.hint}, or {FRESH}" if isinstance(error, TooLong) and conversation else error.hint
