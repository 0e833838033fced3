"""One answer while it is asked for, with its record in the store."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from diptych.compare.answers.live_answer import LiveAnswer, State
from diptych.compare.answers.question import Question
from diptych.compare.answers.side import Side
from diptych.sessions import Answer, Recorder, SavedAnswer, StoreError


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
    """For a guess in a run: the side whose answer is guessed."""
    guessed_condition: str | None = None
    """For a guess in a run: the condition of the answer that is guessed."""

    @property
    def as_asked(self) -> Question:
        """The question with the condition whose system prompt, sampling parameters and detectors apply: a guess in a
        run has those of the answer that is guessed."""
        return replace(self.question, condition=self.guessed_condition) if self.guessed_side else self.question


class AnswerInFlight:
    """One answer that is asked for: what was planned, what has been received, and its record in the store."""

    def __init__(self, planned: PlannedAnswer, live: LiveAnswer, replaces: Sequence[int] = ()) -> None:
        """`replaces`: the numbers of earlier tries in the store. They are deleted when this answer is finished."""
        self.live = live
        self.body: dict[str, Any] | None = None
        """The body of its request as it is sent; None before that is known."""
        self._planned = planned
        self._replaces = tuple(replaces)
        self._saving: asyncio.Task[SavedAnswer] | None = None

    def begin(
        self, side: Side, wanted: dict[str, Any], recorder: Recorder, not_saved: Callable[[StoreError], None]
    ) -> None:
        """Begin its record in the store. Nobody waits for the disk before the request is sent.

        `wanted` is the request, kept as long as its body is not known. `not_saved` is called with the reason when
        something cannot be saved for now, and is tried again later.
        """
        planned, question = self._planned, self._planned.question
        self._recorder = recorder
        self._not_saved = not_saved
        self._draft = Answer(
            planned.exchange,
            side.name,
            question.prompt,
            question.condition,
            planned.sample,
            wanted,
            mode=question.mode,
            prefill=question.prefill,
            position=planned.position,
            endpoint=side.address,
            planned=planned.planned,
        )
        self._number = asyncio.create_task(recorder.begin(self._draft))

    async def save_unfinished(self) -> None:
        """Save the text so far. What cannot be saved now is saved at the end."""
        try:
            number = await asyncio.shield(self._number)
            if self.live.state == "streaming":
                await self._recorder.save(number, self._snapshot())
        except StoreError as error:
            self._not_saved(error)

    def save(self) -> asyncio.Task[SavedAnswer]:
        """Let it be saved as it is now. Only the first call counts. The task raises StoreError."""
        if self._saving is None:
            self._saving = asyncio.create_task(self._save(self._snapshot()))
        return self._saving

    async def _save(self, answer: Answer) -> SavedAnswer:
        number = await self._number_in_store()
        await self._recorder.save(number, answer, self._replaces if answer.finished else ())
        return SavedAnswer(number, answer)

    async def _number_in_store(self) -> int:
        """Its number. Where its record could not be begun, that is tried once more."""
        try:
            return await asyncio.shield(self._number)
        except StoreError as error:
            self._not_saved(error)
            return await self._recorder.begin(self._draft)

    def _snapshot(self) -> Answer:
        """The answer as it is now, for the record."""
        live, end = self.live, self.live.end
        state: State = "streaming" if live.state == "waiting" else live.state
        return msgspec.structs.replace(
            self._draft,
            request=self.body if self.body is not None else self._draft.request,
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
