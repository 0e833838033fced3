"""Asks questions: new ones, those that go on from an answer, and the same once more."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

from msgspec import structs

from diptych.compare.answers import ASKED_AGAIN, NEW_QUESTION, Question
from diptych.compare.console.exchange import Exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from diptych.backends import Message, Mode
    from diptych.compare.answers import Overrides, Setup
    from diptych.compare.console.answers_under_way import AnswersUnderWay
    from diptych.compare.console.sample_requests import SampleRequests
    from diptych.compare.console.session_state import SessionState
    from diptych.probes import DetectorSpec


class QuestionRequests:
    """The questions that a person asks. The answers to one are under way at a time."""

    def __init__(self, state: SessionState, answers: AnswersUnderWay, samples: SampleRequests) -> None:
        self._state = state
        self._answers = answers
        self._samples = samples

    def ask(self, prompt: str, condition: str | None, mode: Mode, prefill: str, to: Sequence[str] | None) -> Exchange:
        """Ask a new question of every side, or of those named in `to`."""
        state = self._state
        brought = state.probe.condition(condition) if state.probe is not None else None
        if brought is not None and mode == "chat" and not prefill:
            mode, prefill = brought.mode, brought.prefill
        before = brought.before if brought is not None else ()
        histories = {name: before if state.fresh else turns or before for name, turns in state.conversations.items()}
        question = Question(prompt, condition, mode, prefill)
        return self._ask(question, to, histories, state.setups(condition), state.overrides, state.detector_specs)

    def branch(self, exchange: Exchange, beginning: str) -> Exchange:
        """Ask the same, to be answered from `beginning` on."""
        to = None if len(exchange.asked) == len(self._state.sides) else exchange.asked
        question = replace(exchange.question, condition=None)
        if question.mode in ("chat", "quoted"):
            return self._ask_after(exchange, replace(question, prefill=question.prefill + beginning), to)
        return self._ask_after(exchange, replace(question, prompt=question.prompt + beginning, prefill=""), to)

    def guess(self, exchange: Exchange, of: str) -> Exchange | None:
        """Let the first side go on from the answer of the side `of`; None where that describes nothing."""
        from diptych.compare.console.guessing import guess_of

        base = self._state.sides[0]
        if (question := guess_of(exchange, of, base)) is None:
            return None
        guessed = self._ask_after(exchange, question, [base.name])
        guessed.answers[of] = exchange.answers[of]
        return guessed

    def as_chosen_now(self, ask: Callable[[], Exchange]) -> Callable[[], Exchange]:
        """`ask`, to be called later, with what is chosen now."""
        state = self._state
        chosen = state.probe, state.overrides, state.fresh, state.blind

        def later() -> Exchange:
            chosen_then = state.probe, state.overrides, state.fresh, state.blind
            state.probe, state.overrides, state.fresh, state.blind = chosen
            try:
                return ask()
            finally:
                state.probe, state.overrides, state.fresh, state.blind = chosen_then

        return later

    def again(self, exchange: Exchange, side_name: str | None) -> None:
        """Replace the answers of an exchange, or that of one side."""
        for name in exchange.asked:
            if side_name in (None, name):
                self._answers.stop(name, ASKED_AGAIN)
                self._answers.begin(self._state.side(name), exchange)

    def ask_anew(self, exchange: Exchange, side_name: str | None) -> Exchange:
        """The same; in an exchange of its own where a side has another dose now."""
        state = self._state
        to = [name for name in exchange.asked if side_name in (None, name)]
        setups = {name: structs.replace(own, model=state.side(name).model) for name, own in exchange.setups.items()}
        if all(setups[name] == exchange.setups[name] for name in to):
            self.again(exchange, side_name)
            return exchange
        all_sides = None if len(to) == len(state.sides) else to
        anew = self._ask(exchange.question, all_sides, exchange.histories, setups, exchange.overrides, exchange.watched)
        anew.probe = exchange.probe
        return anew

    def _ask_after(self, exchange: Exchange, question: Question, to: Sequence[str] | None) -> Exchange:
        """Ask a question with the conversations, parameters and detectors of an exchange."""
        setups, overrides = dict(exchange.setups), exchange.overrides
        return self._ask(question, to, exchange.histories, setups, overrides, exchange.watched)

    def _ask(
        self,
        question: Question,
        to: Sequence[str] | None,
        histories: Mapping[str, tuple[Message, ...]],
        setups: dict[str, Setup],
        overrides: Overrides,
        watched: tuple[DetectorSpec, ...] | None,
    ) -> Exchange:
        self._answers.stop(None, NEW_QUESTION)
        state = self._state
        # A side that was left out would show who was asked.
        hidden = state.blind and to is None
        exchange = Exchange(
            number=self._samples.next_number(),
            question=question,
            asked=tuple(name for name in state.names if to is None or name in to),
            probe=state.probe.id if state.probe is not None else None,
            order=tuple(random.sample(state.names, len(state.names))) if hidden else state.names,
            hidden=hidden,
            histories=dict(histories),
            setups=state.without_used_seeds(question, histories, setups),
            overrides=overrides,
            watched=watched,
        )
        state.exchanges.append(exchange)
        for name in exchange.asked:
            self._answers.begin(state.side(name), exchange)
        return exchange
