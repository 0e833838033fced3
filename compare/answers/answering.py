"""Asks for answers and records them. The console and headless runs both do it this way."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from typing import Any

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
from diptych.compare.answers.live_answer import LiveAnswer, State
from diptych.compare.answers.question import Question
from diptych.compare.answers.side import Side
from diptych.errors import AGAIN, FRESH
from diptych.sessions import Answer, Failure, Recorder, SavedAnswer, StoreError, Tick

SAVE_SECONDS = 1.0
"""Seconds after which what was received of an unfinished answer is saved again."""


@dataclass(frozen=True)
class PlannedAnswer:
    """One answer that is to be asked for: its question, and its numbers in the session."""

    question: Question
    """As the answer is kept."""
    exchange: int
    sample: int
    position: int | None = None
    """The column, from 1, in which the answer is shown while the sides are hidden."""
    planned: int | None = None
    """How many samples each side is to have of this question, if that was decided before it was asked."""
    guessed_side: str = ""
    """Of a guess in a run: the side whose answer is guessed."""
    guessed_condition: str | None = None
    """Of a guess in a run: the condition of the answer that is guessed."""

    @property
    def as_asked(self) -> Question:
        """The question with the condition whose system prompt, sampling parameters and detectors apply: a guess in a
        run has those of the answer that is guessed."""
        return replace(self.question, condition=self.guessed_condition) if self.guessed_side else self.question


async def answer(
    side: Side,
    planned: Sequence[PlannedAnswer],
    request: Request,
    lives: Sequence[LiveAnswer],
    recorder: Recorder,
    earlier: Sequence[Sequence[int]] = (),
    read: Callable[[], None] = lambda: None,
    refused: Callable[[StoreError], None] = lambda error: None,
) -> list[SavedAnswer]:
    """Ask a side for the planned answers, which differ in their sample number only. Feeds the live answers, records
    everything, and returns the answers as they were saved.

    `earlier`: for each planned answer the numbers of tries that came to nothing; they are deleted when this one has
    ended. `read` is called when nothing more comes, while the last of it may still be on its way to the disk;
    `refused` with the reason, when a part of an unfinished answer cannot be saved for now.

    An error of the endpoint gives answers whose state is "failed"; cancelling the task gives "stopped" ones. Raises
    StoreError if an answer cannot be saved; nothing is under way any more then.
    """
    wanted = msgspec.to_builtins(request)
    drafts = [
        Answer(
            one.exchange,
            side.name,
            one.question.prompt,
            one.question.condition,
            one.sample,
            wanted,
            mode=one.question.mode,
            prefill=one.question.prefill,
            position=one.position,
            endpoint=side.address,
            planned=one.planned,
        )
        for one in planned
    ]
    asking = _Asking(side, request, lives, recorder, drafts, earlier, refused)
    try:
        await asking.run()
    except BackendError as error:
        asking.fail(error, range(len(lives)))
    except asyncio.CancelledError:
        for live in lives:
            if not live.ended:
                live.finish("stopped")
    read()
    return await asking.settle()


class _Asking:
    """One call of `answer`: one request, and further ones for answers that it did not bring."""

    def __init__(
        self,
        side: Side,
        request: Request,
        lives: Sequence[LiveAnswer],
        recorder: Recorder,
        drafts: Sequence[Answer],
        earlier: Sequence[Sequence[int]],
        refused: Callable[[StoreError], None],
    ) -> None:
        self._side = side
        self._request = request
        self._lives = lives
        self._recorder = recorder
        self._drafts = drafts
        self._earlier = earlier
        self._refused = refused
        self._bodies: dict[int, dict[str, Any]] = {}
        """The body of each answer's request, as it is sent."""
        # Requests do not wait for the disk.
        self._beginning = asyncio.gather(*(recorder.begin(draft) for draft in drafts))
        self._settling: dict[int, asyncio.Task[SavedAnswer]] = {}
        self._keeping: dict[int, asyncio.Task[None]] = {}
        """Unfinished answers that are being saved, by the first answer of each request."""

    async def run(self) -> None:
        """Ask until every answer has ended. Raises BackendError if the endpoint cannot be started."""
        self._tell("waiting for the endpoint")
        await self._side.backend.start(self._tell)
        # The number of answers that the endpoint gives at once may turn out on the way.
        while waiting := [index for index, live in enumerate(self._lives) if live.state == "waiting"]:
            size = self._side.backend.samples_per_request
            groups = [waiting[at : at + size] for at in range(0, len(waiting), size)]
            if len(groups) == 1:
                await self._ask(groups[0])
                continue
            async with asyncio.TaskGroup() as tasks:
                for group in groups:
                    tasks.create_task(self._ask(group))

    async def _ask(self, group: Sequence[int]) -> None:
        """One request for a group. Afterwards none of them is waiting, unless the endpoint gives fewer at once."""

        async def send(samples: int) -> BatchResult:
            error = await self._send(group[:samples])
            ended = sum(self._lives[index].ended for index in group)
            begun = sum(self._lives[index].state != "waiting" for index in group)
            return BatchResult(ended, begun, error)

        result = await self._side.backend.negotiate_samples(len(group), send)
        if result.error is not None:
            self.fail(result.error, group)
        elif not result.ended:
            self.fail(Dropped("no answer was received", AGAIN), group)
        for index in group:
            # It has text but no end: ask for it again.
            if self._lives[index].state == "streaming":
                self._lives[index].restart()

    async def _send(self, group: Sequence[int]) -> BackendError | None:
        """One request; if a whole answer cannot be had, one more that streams it. Returns the error, if there was
        one."""
        error = await self._try(group)
        if self._request.whole and _has_to_stream(error) and not self._begun(group):
            self._side.backend.whole_answers = False
            self._request = msgspec.structs.replace(self._request, whole=False)
            error = await self._try(group)
        return error

    def _begun(self, group: Sequence[int]) -> bool:
        return any(self._lives[index].state != "waiting" for index in group)

    async def _try(self, group: Sequence[int]) -> BackendError | None:
        """Read one request. Returns the error, if there was one."""

        def say(doing: str) -> None:
            for index in group:
                self._lives[index].say(doing or self._waiting_for)

        try:
            with heard_by(say):
                await self._read(group)
        except BackendError as error:
            return error
        return None

    @property
    def _waiting_for(self) -> str:
        return "waiting for the answer" if self._request.whole else "waiting for the first token"

    def fail(self, error: BackendError, indices: Sequence[int]) -> None:
        """Let the answers that have not ended fail with this error."""
        failure = Failure(error.kind, error.message, _hint(error, self._request))
        for index in indices:
            if not self._lives[index].ended:
                self._lives[index].finish("failed", failure=failure)

    async def settle(self) -> list[SavedAnswer]:
        """Save what is not saved yet, even when cancelled, and return all answers as they were saved. Raises
        StoreError."""
        self._settle(range(len(self._lives)))
        settled = asyncio.gather(*(self._settling[index] for index in range(len(self._lives))))
        saving = asyncio.gather(settled, *self._keeping.values())
        while not saving.done():
            with suppress(asyncio.CancelledError):
                await asyncio.shield(saving)
        return settled.result()

    async def _read(self, group: Sequence[int]) -> None:
        """Send one request for a group and feed its live answers. Raises BackendError."""
        backend, request = self._side.backend, of_sample(self._request, group[0])
        await self._note_body(group, request)
        lives = [self._lives[index] for index in group]
        for live in lives:
            live.say(self._waiting_for)
        saved = 0.0
        try:
            async with aclosing(backend.stream(request, len(group))) as stream:  # type: ignore[type-var]
                async for item in stream:
                    if isinstance(item, End):
                        _end(lives[item.sample], item)
                        continue
                    lives[item.sample].take(item)
                    if item.at - saved > SAVE_SECONDS:
                        self._keep_unfinished(group)
                        saved = item.at
        finally:
            with suppress(BackendError):
                await self._note_body(group, request)
            # The answers of a request end together: one write to the disk saves them all.
            self._settle([index for index in group if self._lives[index].ended])

    async def _note_body(self, group: Sequence[int], request: Request) -> None:
        """Note the body of a request. It may change while it is sent, if the model refuses one of its fields."""
        body = await self._side.backend.body(request, len(group))
        self._bodies.update(dict.fromkeys(group, body))

    def _keep_unfinished(self, group: Sequence[int]) -> None:
        """Save in the background, one write at a time."""
        if group[0] not in self._keeping:
            self._keeping[group[0]] = task = asyncio.create_task(self._save_unfinished(group))
            task.add_done_callback(lambda _: self._keeping.pop(group[0]))

    async def _save_unfinished(self, indices: Sequence[int]) -> None:
        """Save what was received so far. If that fails, it is saved at the end."""
        try:
            ids = await asyncio.shield(self._beginning)
            for index in indices:
                if self._lives[index].state == "streaming":
                    await self._recorder.save(ids[index], self._snapshot(index))
        except StoreError as error:
            self._refused(error)

    def _settle(self, indices: Iterable[int]) -> None:
        """Begin to save these as they are now, each once."""
        for index in indices:
            if index not in self._settling:
                self._settling[index] = asyncio.create_task(self._save(index, self._snapshot(index)))

    async def _save(self, index: int, snapshot: Answer) -> SavedAnswer:
        number = await self._number(index)
        replaced = self._earlier[index] if self._earlier and snapshot.finished else ()
        await self._recorder.save(number, snapshot, replaced)
        return SavedAnswer(number, snapshot)

    async def _number(self, index: int) -> int:
        """The number of an answer in the store. If it could not be entered there, this tries once more."""
        try:
            return (await asyncio.shield(self._beginning))[index]
        except StoreError as error:
            self._refused(error)
            return await self._recorder.begin(self._drafts[index])

    def _snapshot(self, index: int) -> Answer:
        return _snapshot(self._drafts[index], self._lives[index], self._bodies.get(index))

    def _tell(self, doing: str) -> None:
        for live in self._lives:
            live.say(doing)


def _end(live: LiveAnswer, end: End) -> None:
    """End an answer in the way that its endpoint reports."""
    if (fault := end.fault) is not None:
        live.finish("failed", end, Failure(fault.kind, fault.message, fault.hint))
    else:
        live.finish("cut" if end.cut else "done", end)


def of_sample(request: Request, number: int) -> Request:
    """The request with the seed of a later sample: the same seed would give the same answer again."""
    seed = request.sampling.seed
    if seed is None or not number:
        return request
    sampling = msgspec.structs.replace(request.sampling, seed=seed + number)
    return msgspec.structs.replace(request, sampling=sampling)


def _has_to_stream(error: BackendError | None) -> bool:
    """Whether an answer cannot be had in one piece: it takes longer than a server or proxy keeps a silent connection,
    or the model only streams. It is then asked for once more, as a stream. Only once, because a request that timed out
    may be billed."""
    return isinstance(error, TimedOut) or (isinstance(error, BadRequest) and "stream" in error.message.lower())


def _hint(error: BackendError, request: Request) -> str:
    """What to do about an error. A conversation that became too long can be left for a fresh instance."""
    conversation = any(message.role == "assistant" for message in request.messages)
    return f"{error.hint}, or {FRESH}" if isinstance(error, TooLong) and conversation else error.hint


def _snapshot(draft: Answer, live: LiveAnswer, body: dict[str, Any] | None) -> Answer:
    """The answer as it stands, to be recorded."""
    end = live.end
    state: State = "streaming" if live.state == "waiting" else live.state
    return msgspec.structs.replace(
        draft,
        request=body if body is not None else draft.request,
        state=state,
        text=live.text,
        reasoning=live.reasoning,
        timeline=tuple(live.timeline),
        logprobs=tuple(live.logprobs),
        finish_reason=end.finish_reason if end else None,
        model=end.model if end else None,
        fingerprint=end.fingerprint if end else None,
        request_id=end.request_id if end else None,
        usage=end.usage if end else None,
        ended_at=end.at if end else None,
        failure=live.failure,
        findings=live.findings if live.ended else (),
    )


def slim(said: Answer) -> Answer:
    """The answer with a timeline of one tick, to save memory. The store has the whole timeline."""
    if len(said.timeline) < 2:
        return said
    tick = Tick(said.timeline[-1].at, len(said.text), said.tokens)
    return msgspec.structs.replace(said, timeline=(tick,))
