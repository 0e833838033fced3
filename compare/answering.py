"""Answers from request to record: the same path for the console and for headless runs."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any

import msgspec

from backends import BackendError, BadRequest, End, Form, Request
from compare.live import LiveAnswer, State
from compare.side import Side
from sessions import Answer, Failure, Recorder, StoreError

SAVE_SECONDS = 1.0
"""How old the saved part of an unfinished answer may be."""


@dataclass(frozen=True)
class Question:
    """What an answer is an answer to."""

    exchange: int
    prompt: str
    condition: str | None
    sample: int
    form: Form = "chat"
    prefill: str = ""
    place: int | None = None
    """The number under which the answer is shown while the sides are hidden."""


@dataclass(frozen=True)
class Asked:
    """An answer with its number in the store."""

    id: int
    answer: Answer


async def answer(
    side: Side, questions: Sequence[Question], request: Request, lives: Sequence[LiveAnswer], recorder: Recorder
) -> list[Asked]:
    """Ask one thing, once for each of `questions`, which differ in their sample only; feed the live answers and keep
    what comes. Returns the answers as they were saved.

    A fault of the endpoint ends in answers whose state is "failed"; a cancelled task in such as are "stopped".
    Raises StoreError when an answer cannot be saved.
    """
    wanted = msgspec.to_builtins(request)
    drafts = [
        Answer(
            q.exchange,
            side.name,
            q.prompt,
            q.condition,
            q.sample,
            wanted,
            form=q.form,
            prefill=q.prefill,
            place=q.place,
        )
        for q in questions
    ]
    # Shielded: when the task is cancelled here, the rows are there all the same and must not stay unfinished.
    beginning = asyncio.gather(*(recorder.begin(draft) for draft in drafts))
    asking = _Asking(side, request, lives, recorder, drafts)
    try:
        await asking.run(await asyncio.shield(beginning))
    except BackendError as error:
        asking.fail(error, range(len(lives)))
    except asyncio.CancelledError:
        for live in lives:
            if not live.ended:
                live.finish("stopped")
    return await asking.settle(await beginning)


class _Asking:
    """One request, or several for what one did not bring."""

    def __init__(
        self, side: Side, request: Request, lives: Sequence[LiveAnswer], recorder: Recorder, drafts: Sequence[Answer]
    ) -> None:
        self._side = side
        self._request = request
        self._lives = lives
        self._recorder = recorder
        self._drafts = drafts
        self._body: dict[str, Any] | None = None
        """The request as it is sent."""
        self._settled: dict[int, Answer] = {}

    async def run(self, ids: Sequence[int]) -> None:
        """Bring every answer to its end. Raises BackendError."""
        self._tell("waiting for the endpoint")
        await self._side.backend.start(self._tell)
        everything = range(len(self._lives))
        try:
            await self._read(everything, ids)
        except BadRequest:
            # An endpoint that does not know `n` may refuse it; then it is asked one by one.
            if len(self._lives) == 1 or any(live.state != "waiting" for live in self._lives):
                raise
        for index in everything:
            if self._lives[index].state == "waiting":
                try:
                    await self._read([index], ids)
                except BackendError as error:
                    self.fail(error, [index])

    def fail(self, error: BackendError, indices: Sequence[int]) -> None:
        """End what has not ended, with the reason."""
        for index in indices:
            if not self._lives[index].ended:
                self._lives[index].finish("failed", failure=Failure(error.kind, error.message, error.mend))

    async def settle(self, ids: Sequence[int]) -> list[Asked]:
        """Save what is not saved yet and return all answers as they were saved. Raises StoreError."""
        for index in range(len(self._lives)):
            await self._settle(index, ids)
        return [Asked(ids[index], self._settled[index]) for index in range(len(self._lives))]

    async def _read(self, indices: Sequence[int], ids: Sequence[int]) -> None:
        """One request for some of the answers."""
        backend, samples = self._side.backend, len(indices)
        self._body = await backend.body(self._request, samples)
        self._tell("waiting for the first token")
        saved = time.monotonic()
        async with aclosing(backend.stream(self._request, samples)) as stream:  # type: ignore[type-var]
            async for item in stream:
                index = indices[item.sample]
                live = self._lives[index]
                if isinstance(item, End):
                    live.finish("cut" if item.finish_reason == "length" else "done", item)
                    # Asked again: a model that wants its limit under another name has said so by now.
                    self._body = await backend.body(self._request, samples)
                    await self._settle(index, ids)
                    continue
                live.take(item)
                if time.monotonic() - saved > SAVE_SECONDS:
                    # What cannot be saved now is tried again at the end, where the fault is told.
                    with suppress(StoreError):
                        await self._save_unfinished(indices, ids)
                    saved = time.monotonic()

    async def _save_unfinished(self, indices: Sequence[int], ids: Sequence[int]) -> None:
        for index in indices:
            if self._lives[index].state == "streaming":
                await self._recorder.save(ids[index], self._snapshot(index))

    async def _settle(self, index: int, ids: Sequence[int]) -> None:
        if index not in self._settled:
            self._settled[index] = snapshot = self._snapshot(index)
            await self._recorder.save(ids[index], snapshot)

    def _snapshot(self, index: int) -> Answer:
        return _snapshot(self._drafts[index], self._lives[index], self._body)

    def _tell(self, doing: str) -> None:
        for live in self._lives:
            live.say(doing)


def _snapshot(draft: Answer, live: LiveAnswer, body: dict[str, Any] | None) -> Answer:
    """The answer as it stands, for the record."""
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
