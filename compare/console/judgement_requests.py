"""What judges and people say of answers: asked for, stored and counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diptych.compare.console.blind_labels import label_of
from diptych.sessions import Label, SavedAnswer, StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from diptych.compare.answers import Side
    from diptych.compare.console.exchange import Exchange
    from diptych.compare.console.session_state import SessionState
    from diptych.compare.judges import Judge
    from diptych.probes import JudgeSpec


class JudgementRequests:
    """The judges of a session, and the labels that people give."""

    def __init__(self, state: SessionState, judge: Side | None, own_judges: Sequence[JudgeSpec]) -> None:
        """`judge` answers the questions of a probe's judges; where no probe is chosen, those of `own_judges`."""
        self._state = state
        self._judge = judge
        self._own_judges = tuple(own_judges)

    def judges(self, exchange: Exchange) -> list[Judge]:
        """The judges of the answers of an exchange; none where no model is named for them."""
        from diptych.compare.judges import Judge

        side = self._judge
        if side is None:
            return []
        return [Judge(spec, side) for spec in self.specs if spec.reads(exchange.condition)]

    @property
    def specs(self) -> tuple[JudgeSpec, ...]:
        """What the judges of the chosen probe ask, or the user's own judges where none is chosen."""
        probe = self._state.probe
        return probe.judges if probe is not None else self._own_judges

    async def judge(self, answers: Sequence[SavedAnswer], judges: Sequence[Judge]) -> None:
        """Ask judges about finished answers; verdicts that are there already stay."""
        from diptych.compare.judges import judged

        state = self._state
        try:
            after = await judged(answers, judges, state.recorder, base=state.sides[0].name)
        except StoreError as error:
            state.not_saved(error)
            return
        asked = {exchange.number: exchange for exchange in state.exchanges}
        for before, answer in zip(answers, after, strict=True):
            if answer is not before.answer and before.answer.exchange in asked:
                state.keep_verdicts(asked[before.answer.exchange], before, SavedAnswer(before.id, answer))
        state.changes.announce()

    async def reveal(self, exchange: Exchange, taken: int | None) -> bool | None:
        """Label every answer of an exchange blindly and show its sides. Returns whether the person was right."""
        state = self._state
        exchange.hidden = False
        for side in exchange.asked:
            value = label_of(exchange, side, taken)
            if side in exchange.kept:
                await self.label(Label(exchange.kept[side].id, value, blind=True))
            if side == state.tuned:
                state.given_labels.count(value)
        state.changes.announce()
        return None if taken is None else exchange.order[taken - 1] == state.tuned

    async def label(self, label: Label) -> None:
        """Store what a person said of an answer, if that is possible."""
        state = self._state
        try:
            await state.recorder.label(label)
        except StoreError as error:
            state.not_saved(error)
        else:
            state.take_labels([label])
            state.changes.announce()
