"""What a pair can do, tried out on its endpoints."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

from backends import BackendError, Delta, End, Message, NotReady, Request, Sampling, Unreachable
from compare.likelihoods import AGREEMENT, scoring_error
from compare.liveness import Liveness, liveness
from compare.side import Side

_QUESTION = (Message("user", "Name three rivers."),)


@dataclass(frozen=True)
class Fact:
    """One thing that was tried."""

    name: str
    works: bool | None
    """None: it could not be found out."""
    detail: str = ""
    mend: str = ""
    needed: bool = False
    """Whether a side is of no use without it."""
    reached: bool = True
    """Whether somebody answered at all."""


async def check_side(side: Side) -> AsyncIterator[Fact]:
    """Try a side; yields what is found, and stops at what makes the rest impossible."""
    for name, attempt in _NEEDS:
        fact = await _tried(name, attempt, side, needed=True)
        yield fact
        if fact.works is False:
            return
    for name, attempt in _FEATURES:
        yield await _tried(name, attempt, side, needed=False)


async def check_pair(base: Side, tuned: Side) -> AsyncIterator[Fact]:
    """Whether the fine-tune is live, and whether scores can be believed."""
    try:
        found = await liveness(base, tuned)
    except BackendError as error:
        yield Fact("fine-tune is live", None, error.message, error.mend)
        return
    yield _of_liveness(found, tuned)
    for side in (base, tuned):
        yield await _tried(f"{side.name} scores as it generates", _scores_as_it_generates, side, needed=False)


_Attempt = Callable[[Side], Awaitable[tuple[bool | None, str, str]]]
"""Whether it works, the detail and the mend."""


async def _tried(name: str, attempt: _Attempt, side: Side, needed: bool) -> Fact:
    try:
        works, detail, mend = await attempt(side)
    except BackendError as error:
        reached = not isinstance(error, Unreachable | NotReady)
        return Fact(name, False, error.message, error.mend, needed, reached)
    return Fact(name, works, detail, mend, needed)


async def _reachable(side: Side) -> tuple[bool | None, str, str]:
    await side.backend.start(lambda doing: None)
    await side.backend.models()
    return True, side.base_url or "", ""


async def _model(side: Side) -> tuple[bool | None, str, str]:
    models = {model.name: model for model in await side.backend.models()}
    if not models:
        return None, "the endpoint lists no models", ""
    known = models.get(side.model) or models.get(side.model.rpartition(":")[2])
    if known is None:
        listed = ", ".join(sorted(models)[:8])
        return False, f"{side.model} is not among the endpoint's models: {listed}", "check model in config.toml"
    return True, f"context {known.context:,} tokens" if known.context else "context length not told", ""


async def _answers(side: Side) -> tuple[bool | None, str, str]:
    text, _ = await _ask(side, Sampling(temperature=0.0, max_tokens=1))
    return bool(text), "one token" if text else "no text came", "" if text else "check the model's chat template"


async def _logprobs(side: Side) -> tuple[bool | None, str, str]:
    _, deltas = await _ask(side, Sampling(temperature=0.0, max_tokens=1, logprobs=5))
    found = any(delta.logprobs for delta in deltas)
    return found, "" if found else "asked for, and none came", ""


async def _n(side: Side) -> tuple[bool | None, str, str]:
    request = _request(side, Sampling(max_tokens=1))
    ends = [item async for item in side.backend.stream(request, samples=2) if isinstance(item, End)]
    return len(ends) == 2, "" if len(ends) == 2 else "one answer came for two", "samples_per_request = 1"


async def _seed(side: Side) -> tuple[bool | None, str, str]:
    sampling = Sampling(temperature=1.0, seed=11, max_tokens=16)
    one, other = [(await _ask(side, sampling))[0] for _ in range(2)]
    return one == other, "" if one == other else "the same seed gave two answers", ""


async def _likelihoods(side: Side) -> tuple[bool | None, str, str]:
    tokens = [token async for token in side.backend.score(_request(side, Sampling()), "The Nile")]
    return bool(tokens), "", ""


async def _prefill(side: Side) -> tuple[bool | None, str, str]:
    request = Request(side.model, _QUESTION, Sampling(temperature=0.0, max_tokens=4), prefill="The three rivers are")
    return await _goes_on(side, request)


async def _text(side: Side) -> tuple[bool | None, str, str]:
    sampling = Sampling(temperature=0.0, max_tokens=4)
    return await _goes_on(side, Request(side.model, (), sampling, "text", "Once upon a"))


async def _user_turn(side: Side) -> tuple[bool | None, str, str]:
    return await _goes_on(side, Request(side.model, (), Sampling(temperature=0.0, max_tokens=4), "user"))


async def _scores_as_it_generates(side: Side) -> tuple[bool | None, str, str]:
    difference = await scoring_error(side)
    if difference is None:
        return None, "no log-probabilities to compare with", ""
    mend = "the server may score without the adapter: update it; there is no divergence view until then"
    agrees = difference <= AGREEMENT
    return agrees, f"{difference:.3f} nats a token apart", "" if agrees else mend


_NEEDS: Sequence[tuple[str, _Attempt]] = (("reachable", _reachable), ("model", _model), ("answers", _answers))
_FEATURES: Sequence[tuple[str, _Attempt]] = (
    ("log-probabilities", _logprobs),
    ("several samples (n)", _n),
    ("seed", _seed),
    ("prompt likelihoods", _likelihoods),
    ("prefill", _prefill),
    ("text completion", _text),
    ("user's turn", _user_turn),
)


def _of_liveness(found: Liveness, tuned: Side) -> Fact:
    name = "fine-tune is live"
    if found.distance is None:
        return Fact(name, None, "an endpoint gives no log-probabilities, so it cannot be found out")
    detail = f"first tokens {found.distance:.3f} apart, a side from itself {found.noise:.3f}"
    if found.live:
        return Fact(name, True, detail)
    mend = f"see that {tuned.model} is the fine-tuned model and that its adapter is loaded"
    return Fact(name, False, f"the sides cannot be told apart: {detail}", mend, needed=True)


async def _goes_on(side: Side, request: Request) -> tuple[bool | None, str, str]:
    deltas = [item async for item in side.backend.stream(request) if isinstance(item, Delta)]
    return bool(deltas), "" if deltas else "no text came", ""


async def _ask(side: Side, sampling: Sampling) -> tuple[str, list[Delta]]:
    stream = side.backend.stream(_request(side, sampling))
    deltas = [item async for item in stream if isinstance(item, Delta)]
    return "".join(delta.text + delta.reasoning for delta in deltas), deltas


def _request(side: Side, sampling: Sampling) -> Request:
    return Request(side.model, _QUESTION, sampling)
