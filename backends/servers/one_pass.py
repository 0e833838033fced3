"""Scores many tokens in one pass of llama.cpp, in a child process of its own, as far as that can be trusted.

The server of llama.cpp tells log-probabilities of the next token only: a request a token. Its C API tells all of them
at once, but does not promise to stay as it is. So what it says of a short text is compared with what the server says.
When they differ, or when the child fails, the log says so, and nothing is scored in this way any more.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial

import msgspec

from diptych.backends.servers.child_process import ChildProcess
from diptych.backends.servers.scoring_child import Further, Likelihood, Scores, ScoringSettings, Text

CHILD = "diptych.backends.servers.scoring_child"
TOLERANCE = 0.1
"""Nats by which the log-probabilities of the likeliest tokens may differ on average. In batches of other sizes a
quantized model differs from itself by about half of that."""
_TRIAL = 24
"""Tokens of the short text."""
_TRIED_AFTER = (8, 16, 24)
"""Numbers of its tokens after which server and child are both asked for the next one."""

Likeliest = Callable[[list[int]], Awaitable[Sequence[float]]]
"""Asks the server: the log-probabilities of the likeliest tokens after these tokens, the highest first."""
ScoreInOnePass = Callable[[Sequence[int], Sequence[int], Likeliest], AsyncIterator[Likelihood]]
"""`OnePass.score` of a certain model."""


class OnePass:
    """Scores with a model: the weights of one file, and certain adapters. Its child starts when it is first needed."""

    def __init__(
        self, settings: ScoringSettings, passes: asyncio.Semaphore, lacking: Callable[[], str] = lambda: ""
    ) -> None:
        """`passes`: as many as may be under way at the same time, of this model and others. `lacking` says what the
        machine lacks to start the child now, "" where it has it."""
        self._settings = settings
        self._passes = passes
        self._lacking = lacking
        self._child = ChildProcess(CHILD)
        self._turn = asyncio.Lock()
        self._exchange: asyncio.Task[list[Likelihood]] | None = None
        self._agrees: bool | None = None
        """Whether it says what the server says; None before that was tried."""
        self._failed = False
        self.log: list[str] = []
        """Why it does not score, if it does not."""

    async def score(
        self, prompt: Sequence[int], answer: Sequence[int], likeliest: Likeliest
    ) -> AsyncIterator[Likelihood]:
        """Yield the likelihood of each token of the answer, in order, as far as they can be had.

        Tokens that do not fit into the context are left out. All are left out when there is no prompt, and when the
        child failed or disagrees with the server.
        """
        async with self._turn:
            if prompt and answer and await self._trusted(prompt, likeliest):
                async for likelihood in self._read(prompt, answer):
                    yield likelihood

    async def close(self) -> None:
        """End the child."""
        if self._exchange is not None:
            self._exchange.cancel()
            await asyncio.wait([self._exchange])
        await self._child.end()

    async def _trusted(self, prompt: Sequence[int], likeliest: Likeliest) -> bool:
        if self._agrees is None and not self._failed:
            text = list(prompt[-_TRIAL:])
            # Only the likeliest tokens are compared. So any token may stand for the one after the last.
            found = [likelihood async for likelihood in self._read(text[:1], [*text[1:], text[0]])]
            places = [place for place in _TRIED_AFTER if place <= len(found)] or [len(found)]
            if found:
                pairs = [
                    (mine, theirs)
                    for place in places
                    for (_, mine), theirs in zip(found[place - 1].top, await likeliest(text[:place]), strict=True)
                ]
                self._judge(sum(abs(mine - theirs) for mine, theirs in pairs) / len(pairs))
        return bool(self._agrees) and not self._failed

    def _judge(self, difference: float) -> None:
        # Asked the other way round, a difference that is not a number would pass.
        self._agrees = difference <= TOLERANCE
        if not self._agrees:
            self._note(f"one pass differs from the server by {difference:.2g} nats a token")

    async def _read(self, prompt: Sequence[int], answer: Sequence[int]) -> AsyncIterator[Likelihood]:
        # Nothing is asked after the last token, so it need not fit.
        room = self._settings.context - len(prompt) + 1
        text = Text(tuple(prompt), tuple(answer[: max(room, 0)]))
        line: Text | Further = text
        found = 0
        while found < len(text.answer) and (likelihoods := await self._ask(line)):
            for likelihood in likelihoods:
                yield likelihood
            found += len(likelihoods)
            line = Further()

    async def _ask(self, line: Text | Further) -> list[Likelihood]:
        if self._exchange is not None:
            await asyncio.wait([self._exchange])
        if not self._child.running and not self._failed:
            if lacking := self._lacking():
                self._fail(lacking)
            else:
                await self._until_answered(partial(self._child.start, self._settings))
        return [] if self._failed else await self._until_answered(partial(self._child.ask, line))

    async def _until_answered(self, ask: Callable[[], Awaitable[bytes]]) -> list[Likelihood]:
        self._exchange = asyncio.create_task(self._received(ask))
        # Shielded: a task that is cancelled must not leave the child's answer to the next one.
        return await asyncio.shield(self._exchange)

    async def _received(self, ask: Callable[[], Awaitable[bytes]]) -> list[Likelihood]:
        async with self._passes:
            line = await ask()
        scores = msgspec.json.decode(line, type=Scores) if line else Scores(error=self._last_words())
        if scores.error:
            self._fail(scores.error)
        return scores.likelihoods

    def _last_words(self) -> str:
        last = self._child.log[-1].strip()[:160] if self._child.log else "it said nothing"
        return f"the process that reads in one pass has ended: {last}"

    def _fail(self, why: str) -> None:
        self._failed = True
        self._note(why)

    def _note(self, why: str) -> None:
        self.log.append(f"likelihoods take a request for each token, which is slow: {why}")
