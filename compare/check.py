"""What a pair can do, tried out on its endpoints."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

from backends import (
    BackendError,
    BadRequest,
    Delta,
    End,
    NotReady,
    Progress,
    Request,
    UnknownModel,
    Unreachable,
    Unsupported,
)
from compare.draws import do_not_vary
from compare.likelihoods import AGREEMENT, scoring_error
from compare.liveness import Liveness, liveness
from compare.mixing import change_beside
from compare.side import Side
from compare.trial import trial

_QUESTION = "Name three rivers."
_INVITING = "Write a short story about anything you like."
_LONG = 80
"""Tokens in which a story shows whether it was drawn."""
_BEGUN = "The three rivers are"
_ANSWER = "The Nile"
_UNCHANGED = 0.25
"""Nats by which a token may change when others are computed beside it: half precision rounds as the batch has it."""


@dataclass(frozen=True)
class Fact:
    """One thing that was tried."""

    name: str
    works: bool | None
    """None: it could not be found out; `detail` says why."""
    detail: str = ""
    mend: str = ""
    needed: bool = False
    """Whether a side, or the pair, is of no use without it."""
    reached: bool = True
    """Whether somebody answered at all."""


_Found = tuple[bool | None, str, str]
"""Whether it works, the detail and the mend."""
_Attempt = Callable[[Side], Awaitable[_Found]]


async def check_side(side: Side, progress: Progress = lambda doing: None) -> AsyncIterator[Fact]:
    """Try a side; yields what is found, and stops at what makes the rest impossible."""
    for name, attempt in (("reachable", _reachable(progress)), ("model", _model), ("answers", _answers)):
        fact = await _tried(name, attempt, side, needed=True)
        yield fact
        if fact.works is False:
            return
    for name, attempt in _FEATURES:
        yield await _tried(name, attempt, side, needed=False)


async def check_pair(base: Side, tuned: Side, progress: Progress = lambda doing: None) -> AsyncIterator[Fact]:
    """Whether the fine-tune is live: whether the sides can be told apart."""
    name = f"{tuned.name} is live"
    try:
        found = await liveness(base, tuned, progress)
    except BackendError as error:
        reached = not isinstance(error, Unreachable | NotReady)
        yield Fact(name, False, f"could not be tried: {error.message}", error.mend, needed=True, reached=reached)
        return
    yield _of_liveness(name, found, tuned)
    if await _share_adapters(base, tuned):
        yield await _tried(f"{base.name} is itself beside {tuned.name}", _itself_beside(tuned), base, needed=True)


async def _share_adapters(base: Side, tuned: Side) -> bool:
    """Whether both are models of one server that has adapters."""
    if base.backend is not tuned.backend:
        return False
    return any(model.parent for model in await base.backend.models())


def _itself_beside(tuned: Side) -> _Attempt:
    """A server may compute the base with the adapter while both are asked at once, and say nothing of it."""

    async def attempt(base: Side) -> _Found:
        changed, noise = await change_beside(base, tuned)
        if changed is None:
            return None, "no log-probabilities to compare with", ""
        detail = f"changed by up to {changed:.2f} nats a token, by {noise:.2f} beside itself"
        if changed <= max(_UNCHANGED, 3 * noise):
            return True, detail, ""
        return False, detail, "set together = false for the endpoint in config.toml: base and adapters then take turns"

    return attempt


async def _tried(name: str, attempt: _Attempt, side: Side, needed: bool) -> Fact:
    try:
        works, detail, mend = await attempt(side)
    except BackendError as error:
        reached = not isinstance(error, Unreachable | NotReady)
        if needed or isinstance(error, BadRequest):
            return Fact(name, False, error.message, error.mend, needed, reached)
        # A fault on the way says nothing of what the endpoint can do.
        return Fact(name, None, f"could not be tried: {error.message}", error.mend, needed, reached)
    return Fact(name, works, detail, mend, needed)


def _reachable(progress: Progress) -> _Attempt:
    async def attempt(side: Side) -> _Found:
        await side.backend.start(progress)
        await side.backend.models()
        return True, side.base_url or "", ""

    return attempt


async def _model(side: Side) -> _Found:
    models = await side.backend.models()
    if not models:
        return None, "the endpoint lists no models", ""
    if side.listed(models) is not None:
        return True, "", ""
    listed = ", ".join(sorted({model.name for model in models})[:8]) + (", …" if len(models) > 8 else "")
    mend = f"set model in config.toml to one of: {listed}"
    try:
        await _ask(side, trial(side, _QUESTION))
    except UnknownModel:
        return False, f"the endpoint has no model {side.model}", mend
    except BackendError:
        return False, f"{side.model} is not among the endpoint's models", mend
    return None, f"{side.model} is not among the endpoint's models, but it answers: an alias, or another model", mend


async def _answers(side: Side) -> _Found:
    try:
        text, deltas, ends = await _ask(side, trial(side, _QUESTION))
    except BadRequest:
        # Some reasoning models refuse a limit that leaves no room for an answer.
        text, deltas, ends = await _ask(side, trial(side, _QUESTION, max_tokens=16))
    if text:
        return True, "one token", ""
    if any(delta.reasoning for delta in deltas) or any(end.finish_reason == "length" for end in ends):
        return True, "one token, of reasoning", ""
    return False, "no text came", "check the model's chat template"


async def _context(side: Side) -> _Found:
    model = side.listed(await side.backend.models())
    if model is None or not model.context:
        return None, "the endpoint does not tell", ""
    return True, f"{model.context:,} tokens", ""


async def _logprobs(side: Side) -> _Found:
    _, deltas, _ = await _ask(side, trial(side, _QUESTION, logprobs=5))
    most = max((len(token.top) for delta in deltas for token in delta.logprobs), default=None)
    if most is None:
        return False, "asked for, and none came", "use another endpoint where they are wanted"
    return True, f"with {most} alternatives" if most else "without alternatives", ""


async def _n(side: Side) -> _Found:
    mend = "set samples_per_request = 1 for the endpoint in config.toml"
    try:
        _, _, ends = await _ask(side, trial(side, _QUESTION, temperature=1.0), samples=2)
    except BadRequest as error:
        return False, error.message, mend
    return (True, "", "") if len(ends) == 2 else (False, "one answer came for two", mend)


async def _seed(side: Side) -> _Found:
    """The same seed twice, and another one: without it, nothing is learnt from two answers that are alike."""
    seeds = (11, 11, 12)
    requests = [trial(side, _QUESTION, max_tokens=16, temperature=1.0, seed=seed) for seed in seeds]
    one, again, other = [_said(deltas) for _, deltas, _ in [await _ask(side, request) for request in requests]]
    if one != again:
        return False, "the same seed gave two answers", "answers of this side cannot be repeated exactly"
    return (True, "", "") if one != other else (None, "answers are alike whatever the seed", "")


async def _samples(side: Side) -> _Found:
    """Whether answers differ that may: a server may decode greedily whatever temperature and seed are sent."""
    requests = [trial(side, _INVITING, max_tokens=_LONG, temperature=1.0, seed=seed) for seed in (21, 22, 23)]
    texts = [_said(deltas) for _, deltas, _ in [await _ask(side, request) for request in requests]]
    identical = do_not_vary(texts)
    if identical is None:
        return None, "the answers are too short to tell", ""
    if not identical:
        return True, f"{len(set(texts))} different answers of {len(texts)}", ""
    mend = "set do_sample = true where the server reads it (generation_config.json), or use another server"
    return False, f"{len(texts)} of {len(texts)} identical: this endpoint does not sample", mend


async def _likelihoods(side: Side) -> _Found:
    tokens = [token async for token in side.backend.score(trial(side, _QUESTION), _ANSWER)]
    return (True, "", "") if tokens else (False, "no token was scored", "update the server")


async def _scores_as_it_generates(side: Side) -> _Found:
    """A server may score without the adapter and say nothing of it."""
    try:
        difference = await scoring_error(side)
    except Unsupported:
        return None, "nothing is scored, see above", ""
    if difference is None:
        return None, "no log-probabilities to compare with", ""
    detail = f"{difference:.3f} nats a token apart"
    if difference <= AGREEMENT:
        return True, detail, ""
    return False, detail, "the server may score without the adapter: update it; there is no divergence view until then"


async def _prefill(side: Side) -> _Found:
    return await _goes_on(side, trial(side, _QUESTION, max_tokens=4, prefill=_BEGUN), _BEGUN)


async def _text(side: Side) -> _Found:
    return await _goes_on(side, trial(side, "Once upon a", max_tokens=4, form="text"), "Once upon a")


async def _user_turn(side: Side) -> _Found:
    return await _goes_on(side, trial(side, "", max_tokens=4, form="user"), "")


_FEATURES: Sequence[tuple[str, _Attempt]] = (
    ("context length", _context),
    ("log-probabilities", _logprobs),
    ("several samples (n)", _n),
    ("seed", _seed),
    ("sampling", _samples),
    ("prompt likelihoods", _likelihoods),
    ("scores as it generates", _scores_as_it_generates),
    ("prefill", _prefill),
    ("text completion", _text),
    ("user's turn", _user_turn),
)


def _of_liveness(name: str, found: Liveness, tuned: Side) -> Fact:
    if found.distance is None:
        why = "an endpoint gives no log-probabilities, so it cannot be found out"
        return Fact(name, None, why, "compare some answers by eye")
    detail = f"first tokens {found.distance:.3f} apart, a side from itself {found.noise:.3f}"
    if found.live:
        return Fact(name, True, detail, needed=True)
    mend = f"see that {tuned.model} is the fine-tuned model and that its adapter is loaded"
    return Fact(name, False, f"the sides cannot be told apart: {detail}", mend, needed=True)


async def _goes_on(side: Side, request: Request, begun: str) -> _Found:
    _, deltas, _ = await _ask(side, request)
    said = _said(deltas)
    if begun and said.lstrip().startswith(begun):
        return False, "the answer began anew instead of going on", "use a vllm endpoint or the embedded one"
    # A user's turn may well be nothing at all.
    return (True, "", "") if said or not begun else (False, "no text came", "use a vllm endpoint or the embedded one")


async def _ask(side: Side, request: Request, samples: int = 1) -> tuple[str, list[Delta], list[End]]:
    items = [item async for item in side.backend.stream(request, samples)]
    deltas = [item for item in items if isinstance(item, Delta)]
    return "".join(delta.text for delta in deltas), deltas, [item for item in items if isinstance(item, End)]


def _said(deltas: Sequence[Delta]) -> str:
    """All that came, thought or said."""
    return "".join(delta.reasoning + delta.text for delta in deltas)
