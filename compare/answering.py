"""One answer from request to record: the same path for the console and for headless runs."""

import asyncio
import time
from contextlib import aclosing, suppress
from dataclasses import dataclass

import msgspec

from backends import BackendError, End, Request
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


async def answer(side: Side, question: Question, request: Request, live: LiveAnswer, recorder: Recorder) -> Answer:
    """Ask, feed `live`, keep what comes; returns the answer as it was saved.

    A fault of the endpoint ends in an answer whose state is "failed"; a cancelled task in one that is "stopped".
    Raises StoreError when the answer cannot be saved.
    """
    draft = Answer(question.exchange, side.name, question.prompt, question.condition, question.sample, {})
    refusal: BackendError | None = None
    try:
        draft = msgspec.structs.replace(draft, request=side.backend.body(request))
    except BackendError as error:
        refusal = error
    # Shielded: when the task is cancelled here, the row is there all the same and must not stay unfinished.
    beginning = asyncio.ensure_future(recorder.begin(draft))
    try:
        if refusal is not None:
            raise refusal
        answer_id = await asyncio.shield(beginning)
        live.say("waiting for the endpoint")
        await side.backend.start(live.say)
        live.say("waiting for the first token")
        end = await _read(side, request, live, recorder, answer_id, draft)
        live.finish("cut" if end.finish_reason == "length" else "done", end)
    except BackendError as error:
        live.finish("failed", failure=Failure(error.kind, error.message, error.mend))
    except asyncio.CancelledError:
        live.finish("stopped")
    finished = _snapshot(draft, live)
    await recorder.save(await beginning, finished)
    return finished


async def _read(
    side: Side, request: Request, live: LiveAnswer, recorder: Recorder, answer_id: int, draft: Answer
) -> End:
    saved = time.monotonic()
    async with aclosing(side.backend.stream(request)) as stream:  # type: ignore[type-var]
        async for item in stream:
            if isinstance(item, End):
                return item
            live.take(item)
            if time.monotonic() - saved > SAVE_SECONDS:
                # What cannot be saved now is tried again at the end, where the fault is told.
                with suppress(StoreError):
                    await recorder.save(answer_id, _snapshot(draft, live))
                saved = time.monotonic()
    raise AssertionError("a backend ends its stream with an End or an error")


def _snapshot(draft: Answer, live: LiveAnswer) -> Answer:
    """The answer as it stands, for the record."""
    end = live.end
    state: State = "streaming" if live.state == "waiting" else live.state
    return msgspec.structs.replace(
        draft,
        state=state,
        text=live.text,
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
