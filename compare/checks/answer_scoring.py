"""Lets sides score the answers of a session, in the background: how likely each finds them, and how sure it was."""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from diptych.backends import BackendError, Request, ScoredToken, TooLong
from diptych.compare.answers import ABOUT_ANSWERS, CHARACTERS_PER_TOKEN, Side
from diptych.compare.counts import OWN_TEXT, own_text_findings, score_findings, scored_by
from diptych.sessions import Answer, Failure, Recorder, SavedAnswer, SideScores, StoreError, TokenScore

_DIGITS = 4
"""Of the nats that are kept: the same text scored twice differs by more."""


class ScoringCost(NamedTuple):
    """What it takes."""

    passes: int
    """An answer that a side reads is one."""
    tokens: int
    """Of these answers together, without the questions; a token is taken as four characters where it was not
    counted."""


class AnswerScoring:
    """Scores some answers under all sides. What is scored already by the same model is not scored again.

    Each side scores one answer after the other, all sides at once, and each result is stored as soon as it is there.
    """

    def __init__(
        self,
        answers: Sequence[SavedAnswer],
        sides: Sequence[Side],
        request: Callable[[Side, Answer], Request],
        verdict: Callable[[Side], Awaitable[Failure | None]],
        recorder: Recorder,
        changed: Callable[[SavedAnswer, SavedAnswer], None] = lambda before, after: None,
    ) -> None:
        """`request`: what a side is asked where the answer is the reply to it. `verdict` says why the scores of a side
        cannot be trusted, or None (Likelihoods.verdict). `changed` is called with each answer before and after it has
        new scores or findings."""
        self.done = 0
        """Answers that were scored, by all sides together."""
        self.under_way = True
        self.failures: dict[str, Failure] = {}
        """Why a side did not score all of them, by side."""
        self._sides, self._request, self._verdict = tuple(sides), request, verdict
        self._recorder, self._changed = recorder, changed
        self._answers = {row.id: row.answer for row in answers}
        self._to_do = {
            side.name: [row.id for row in answers if _is_wanted(row.answer, self._as_asked(side, row.answer))]
            for side in sides
        }
        wanted = [self._answers[number] for numbers in self._to_do.values() for number in numbers]
        self.cost = ScoringCost(len(wanted), sum(map(_tokens, wanted)))
        """What all of it takes."""
        self._work: asyncio.Task[None] | None = None
        self._stopped = False

    async def run(self) -> None:
        """Score them, and apply the own-text test to all that have scores then. Raises StoreError."""
        try:
            if not self._stopped:
                self._work = asyncio.create_task(self._score())
                await asyncio.wait([self._work])
                if not self._work.cancelled():
                    self._work.result()
            await self._test_own_texts()
        finally:
            if self._work is not None:
                self._work.cancel()
            self.under_way = False

    def stop(self) -> None:
        """Score no more; what is scored is kept."""
        self._stopped = True
        if self._work is not None:
            self._work.cancel()

    async def _score(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for side in self._sides:
                    group.create_task(self._score_under(side))
        except* StoreError as errors:
            raise errors.exceptions[0] from None

    async def _score_under(self, side: Side) -> None:
        for number in self._to_do[side.name]:
            answer = self._answers[number]
            asked = self._as_asked(side, answer)
            if (failure := await self._verdict(asked)) is not None:
                self.failures[side.name] = failure
                return
            try:
                tokens = [token async for token in side.backend.score(self._request(side, answer), answer.text)]
            except BackendError as error:
                self.failures[side.name] = Failure(error.kind, error.message, error.hint)
                if isinstance(error, TooLong):
                    continue
                return
            await self._keep(number, SideScores(side.name, asked.model, side.address, _kept(tokens)))

    def _as_asked(self, side: Side, answer: Answer) -> Side:
        """A side with the model that it has for this answer: it may have had others."""
        return dataclasses.replace(side, model=self._request(side, answer).model)

    async def _keep(self, number: int, scores: SideScores) -> None:
        before = self._answers[number]
        places = {side.name: place for place, side in enumerate(self._sides)}
        detectors = {scored_by(name): place for name, place in places.items()}
        others = (one for one in before.scores if one.side != scores.side)
        kept = (finding for finding in before.findings if finding.detector != scored_by(scores.side))
        # In the order of the sides, whichever of them is faster: measures stand in the order of the findings.
        after = replace(
            before,
            scores=tuple(sorted((*others, scores), key=lambda one: places.get(one.side, len(places)))),
            findings=tuple(
                sorted((*kept, *score_findings(scores)), key=lambda finding: detectors.get(finding.detector, -1))
            ),
        )
        self.done += 1
        await self._store(number, after, *detectors)

    async def _test_own_texts(self) -> None:
        first, *others = (side.name for side in self._sides)
        rows = [SavedAnswer(number, answer) for number, answer in self._answers.items() if answer.scores]
        for number, found in own_text_findings(rows, first, others).items():
            before = self._answers[number]
            if [finding for finding in before.findings if finding.detector == OWN_TEXT] != found:
                kept = (finding for finding in before.findings if finding.detector != OWN_TEXT)
                await self._store(number, replace(before, findings=(*kept, *found)), OWN_TEXT)

    async def _store(self, number: int, after: Answer, *detectors: str) -> None:
        before, self._answers[number] = self._answers[number], after
        await self._recorder.keep_scores(number, after, detectors)
        self._changed(SavedAnswer(number, before), SavedAnswer(number, after))


def _is_wanted(answer: Answer, side: Side) -> bool:
    """Whether a side has an answer to score: one that finished, is no guess, and was not scored by this model."""
    if not answer.finished or not answer.text.strip() or answer.condition in ABOUT_ANSWERS:
        return False
    known = [(one.side, one.model, one.endpoint) for one in answer.scores]
    return (side.name, side.model, side.address) not in known


def _tokens(answer: Answer) -> int:
    return answer.tokens if answer.tokens_known else -(-len(answer.text) // CHARACTERS_PER_TOKEN)


def _kept(tokens: Sequence[ScoredToken]) -> tuple[TokenScore, ...]:
    return tuple(
        TokenScore(
            token.end,
            token.tokens,
            round(-token.logprob, _DIGITS),
            None if token.entropy is None else round(token.entropy, _DIGITS),
        )
        for token in tokens
    )
