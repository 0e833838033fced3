"""How likely two sides find the same text, token by token. It shows where a fine-tune acts, even without a detector."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from heapq import nlargest

from diptych.backends import AssembledAnswer, BackendError, Delta, Request, ScoredToken, TokenLogprob
from diptych.compare.answers import LiveAnswer, Side
from diptych.compare.checks.test_request import LONG_ANSWER_TOKENS, LONG_QUESTION, trial
from diptych.errors import CHECK
from diptych.number_words import short
from diptych.sessions import Failure

AGREEMENT = 0.1
"""Nats a token by which scored and generated log-probabilities may differ on average: half-precision arithmetic makes
up to 0.03 of it, the wrong model more than 1."""

Top = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Piece:
    """A part of an answer that consists of whole tokens for both sides."""

    start: int
    end: int
    base: float | None
    """Natural logarithm of the probability under the first side; None if it is not known."""
    tuned: float | None
    base_top: Top = ()
    tuned_top: Top = ()

    @property
    def difference(self) -> float:
        """log p(tuned) − log p(base); 0 if either is not known."""
        return self.tuned - self.base if self.tuned is not None and self.base is not None else 0.0

    @property
    def surprise(self) -> float:
        """−log p if only one side is known; 0 if both are."""
        known = [p for p in (self.base, self.tuned) if p is not None]
        return -known[0] if len(known) == 1 else 0.0


@dataclass
class Divergence:
    """The likelihoods of an answer under two sides, as far as it was scored."""

    text: str
    pieces: list[Piece] = field(default_factory=list)
    done: bool = False
    failure: Failure | None = None
    """Why there is no comparison."""
    own: str = ""
    """If there is no comparison: the side whose log-probabilities at generation are shown instead."""
    tells_own: bool = False
    """Whether that side would give log-probabilities if asked for them. Tried if there is nothing to show."""

    @property
    def total(self) -> float:
        """log p(tuned) − log p(base) of everything that was scored."""
        return sum(piece.difference for piece in self.pieces)

    def lines(self) -> list[float]:
        """The total of each line that was reached. A token belongs to the line of its first letter."""
        totals = [0.0]
        for piece in self.pieces:
            said = self.text[piece.start : piece.end]
            breaks = len(said) - len(said.lstrip("\n")) if said.strip("\n") else 0
            totals += [0.0] * breaks
            totals[-1] += piece.difference
            totals += [0.0] * (said.count("\n") - breaks)
        return totals

    def most_surprising(self, count: int = 10) -> list[Piece]:
        """The pieces on which the sides differ most, or that were most surprising to the only known side."""
        return nlargest(count, self.pieces, key=lambda piece: max(abs(piece.difference), piece.surprise))


class Likelihoods:
    """Scores answers under two sides. Results are kept, and each side is tested before its scores are used."""

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        """`changed` is called whenever more was scored."""
        self._changed = changed
        self._divergences: dict[tuple[LiveAnswer, str], Divergence] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._verdicts: dict[tuple[str, str], asyncio.Task[Failure | None]] = {}
        """By side and model: a side may have had several."""
        self._telling: dict[str, bool] = {}
        """Whether a side gives log-probabilities at generation, for sides that were tried."""

    def divergence(self, live: LiveAnswer, base: tuple[Side, Request], tuned: tuple[Side, Request]) -> Divergence:
        """The divergence of an answer; it is scored in the background."""
        key = live, tuned[0].name
        if key not in self._divergences:
            self._divergences[key] = divergence = Divergence(live.text)
            task = asyncio.create_task(self._fill(divergence, live, base, tuned))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return self._divergences[key]

    def keep(self, live: LiveAnswer, tuned: str, divergence: Divergence) -> None:
        """Take the divergence of an answer that was scored before under the first side and the side `tuned`."""
        self._divergences[live, tuned] = divergence

    async def close(self) -> None:
        """End what is under way."""
        unfinished = {*self._tasks, *self._verdicts.values()}
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)

    async def verdict(self, side: Side) -> Failure | None:
        """Why the scores of a side cannot be trusted; None if they can. Tested once.

        A server may silently score without the adapter (vllm-project/vllm#16668, #51594). So the side generates a text
        and scores it, and both must give the same log-probabilities.
        """
        tested = side.name, side.model
        if tested not in self._verdicts:
            self._verdicts[tested] = asyncio.ensure_future(_verdict(side))
        return await asyncio.shield(self._verdicts[tested])

    async def compare(self, divergence: Divergence, base: tuple[Side, Request], tuned: tuple[Side, Request]) -> None:
        """Score the text under both sides at once and add each piece as soon as both have it."""
        await self._compare(divergence, base, tuned)
        divergence.done = True

    async def _compare(self, divergence: Divergence, base: tuple[Side, Request], tuned: tuple[Side, Request]) -> None:
        asked = [replace(side, model=request.model) for side, request in (base, tuned)]
        verdicts = await asyncio.gather(*map(self.verdict, asked))
        divergence.failure = next((verdict for verdict in verdicts if verdict is not None), None)
        if divergence.failure is not None:
            return
        alignment = TokenAlignment(divergence.pieces, self._changed)
        try:
            async with asyncio.TaskGroup() as group:
                for number, (side, request) in enumerate((base, tuned)):
                    group.create_task(_score(side, request, divergence.text, alignment, number))
        except* BackendError as errors:
            divergence.failure = _failure(errors.exceptions[0])

    async def _fill(
        self, divergence: Divergence, live: LiveAnswer, base: tuple[Side, Request], tuned: tuple[Side, Request]
    ) -> None:
        await self._compare(divergence, base, tuned)
        if divergence.failure is not None:
            divergence.pieces[:] = own_likelihoods(live.text, live.logprobs, first=live.side == base[0].name)
            divergence.own = live.side if divergence.pieces else ""
            if not divergence.own:
                divergence.tells_own = await self._tells_own(next((s for s, _ in (base, tuned) if s.name == live.side)))
        divergence.done = True
        self._changed()

    async def _tells_own(self, side: Side) -> bool:
        """Whether a side gives log-probabilities at generation. Tried once."""
        if side.name not in self._telling:
            try:
                items = [item async for item in side.backend.stream(trial(side, LONG_QUESTION, logprobs=1))]
            except BackendError:
                return False
            self._telling[side.name] = any(isinstance(item, Delta) and item.logprobs for item in items)
        return self._telling[side.name]


def own_likelihoods(text: str, logprobs: Sequence[TokenLogprob], first: bool) -> list[Piece]:
    """Pieces made of an answer's own log-probabilities at generation. Only its own side is known in them.

    Empty if the tokens do not add up to the text.
    """
    pieces, start = [], 0
    for token in logprobs:
        if not text.startswith(token.token, start):
            return []
        end = start + len(token.token)
        own, top = token.logprob, token.top
        pieces.append(Piece(start, end, own, None, top, ()) if first else Piece(start, end, None, own, (), top))
        start = end
    return pieces if start == len(text) else []


class TokenAlignment:
    """Joins the scored tokens of two sides into pieces. A piece ends where both have a token boundary.

    With the same tokenizer that is after every token. Otherwise the log-probabilities of several tokens are added.
    """

    def __init__(self, pieces: list[Piece], changed: Callable[[], None]) -> None:
        self._pieces = pieces
        self._changed = changed
        self._waiting: tuple[list[ScoredToken], list[ScoredToken]] = ([], [])

    def add(self, number: int, token: ScoredToken) -> None:
        """Add a token of the first (0) or second (1) side."""
        self._waiting[number].append(token)
        first, second = self._waiting
        while (cut := _common_end(first, second)) is not None:
            mine, theirs = first[: cut[0]], second[: cut[1]]
            del first[: cut[0]], second[: cut[1]]
            self._pieces.append(
                Piece(
                    mine[0].start,
                    mine[-1].end,
                    sum(t.logprob for t in mine),
                    sum(t.logprob for t in theirs),
                    mine[0].top,
                    theirs[0].top,
                )
            )
            self._changed()


def _common_end(first: list[ScoredToken], second: list[ScoredToken]) -> tuple[int, int] | None:
    """How many tokens of each side reach up to the first common boundary; None if there is none yet."""
    ends = {token.end: number for number, token in enumerate(second, 1)}
    return next(((n, ends[token.end]) for n, token in enumerate(first, 1) if token.end in ends), None)


async def _score(side: Side, request: Request, text: str, alignment: TokenAlignment, number: int) -> None:
    async for token in side.backend.score(request, text):
        alignment.add(number, token)


async def _verdict(side: Side) -> Failure | None:
    try:
        difference = await scoring_error(side)
    except BackendError as error:
        return _failure(error)
    if difference is None:
        return Failure("no log-probabilities", f"{side.name} gives no log-probabilities", "use another endpoint")
    if difference > AGREEMENT:
        return Failure(
            "scoring disagrees",
            f"{side.name} scores its own text {short(difference)} nats per token off from how it was generated",
            f"the server may score without the adapter: update it, and {CHECK}",
        )
    return None


async def scoring_error(side: Side) -> float | None:
    """Mean absolute difference, in nats a token, between generated and scored log-probabilities of one short answer.

    None when the endpoint gives no log-probabilities. Raises BackendError.
    """
    request = trial(side, LONG_QUESTION, max_tokens=LONG_ANSWER_TOKENS, logprobs=1, temperature=0.0)
    # An endpoint that cannot score raises here, before a request is sent.
    side.backend.score(request, "")
    await side.backend.start(lambda doing: None)
    said = AssembledAnswer.of([item async for item in side.backend.stream(request) if isinstance(item, Delta)])
    text = said.text
    generated = own_likelihoods(text, said.logprobs, first=True)
    if not generated:
        return None
    scored = {(t.start, t.end): t.logprob async for t in side.backend.score(request, text)}
    errors = [
        abs(p.base - scored[p.start, p.end]) for p in generated if p.base is not None and (p.start, p.end) in scored
    ]
    return sum(errors) / len(errors) if errors else None


def _failure(error: BaseException) -> Failure:
    if isinstance(error, BaseExceptionGroup):
        return _failure(error.exceptions[0])
    assert isinstance(error, BackendError)
    return Failure(error.kind, error.message, error.hint)
