"""Starts samples in the background for an exchange, and counts them as they come."""

from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING

from diptych.compare import answers
from diptych.sessions import SavedAnswer, StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from diptych.compare.console.answers_under_way import AnswersUnderWay
    from diptych.compare.console.background_samples import BackgroundSamples
    from diptych.compare.console.exchange import Exchange
    from diptych.compare.console.session_state import SessionState


class SampleRequests:
    """The samples that a person asks for. Those of one question are under way at a time."""

    def __init__(self, state: SessionState, answers: AnswersUnderWay) -> None:
        self._state = state
        self._answers = answers
        self._without_answer: list[Exchange] = []
        """Wordings that are asked in the background and have no answer yet: they are not shown."""

    def start(self, exchange: Exchange, count: int, all_wordings: bool, asked: Sequence[str] = ()) -> None:
        """Ask for `count` more samples of a prompt, or of all wordings in turn: the sides that it went to, or those in
        `asked`."""
        from diptych.compare.console.background_samples import BackgroundSamples

        state = self._state
        prompts = state.wordings(exchange) if all_wordings else [exchange.prompt]
        exchanges = tuple(self._exchange_in(prompt, exchange) for prompt in prompts)
        running = state.background
        if running is not None and running.under_way:
            if running.exchanges == exchanges and running.asked == tuple(asked or exchange.asked):
                running.add(count)
                return
            running.stop()
        state.background = BackgroundSamples(
            exchanges,
            count,
            [state.side(name) for name in asked or exchange.asked],
            state.request_of_samples,
            state.detectors_for,
            state.recorder,
            self._keep,
        )
        self._answers.in_background(self._run(state.background))

    def stop(self) -> None:
        """End them; what has come is kept."""
        samples = self._state.background
        if samples is not None and samples.under_way:
            samples.stop()

    def next_number(self) -> int:
        """The number of the next exchange."""
        known = (*self._state.exchanges, *self._without_answer)
        return 1 + max(self._state.last_stored_exchange, *(exchange.number for exchange in known), 0)

    def forget(self) -> None:
        """Show none of the wordings that have no answer yet."""
        self._without_answer.clear()

    def _exchange_in(self, prompt: str, exchange: Exchange) -> Exchange:
        """An exchange that differs from another in its prompt alone: that one, one that was asked, or a new one."""
        for other in (exchange, *self._state.exchanges, *self._without_answer):
            alike = (other.prompt, other.group, other.asked) == (prompt, exchange.group, exchange.asked)
            if alike and other.same_setup_as(exchange):
                return other
        self._without_answer.append(exchange.reworded(self.next_number(), prompt))
        return self._without_answer[-1]

    async def _run(self, samples: BackgroundSamples) -> None:
        try:
            await samples.run(self._answers.begin_session(samples.exchanges[0].prompt))
        except StoreError as error:
            self._state.not_saved(error)
        finally:
            self._state.changes.announce()

    def _keep(self, exchange: Exchange, sample: SavedAnswer) -> None:
        """Count a sample. The first answers to a wording are those that it is shown with."""
        state = self._state
        state.unsaved = None
        if exchange in self._without_answer:
            self._without_answer.remove(exchange)
            insort(state.exchanges, exchange, key=lambda one: one.number)
        if exchange in state.exchanges:
            saved = SavedAnswer(sample.id, answers.slim(sample.answer))
            if saved.answer.side not in exchange.answers:
                exchange.answers[saved.answer.side] = state.replayed(sample.answer)
                exchange.kept[saved.answer.side] = saved
            state.tally.add(saved.answer)
            exchange.keep(saved)
        state.changes.announce()
