"""Tries out what a side can do on its endpoint."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

import msgspec

from diptych.backends import (
    AssembledAnswer,
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
from diptych.compare.answers import Side
from diptych.compare.checks.divergence import AGREEMENT, scoring_error
from diptych.compare.checks.test_request import trial
from diptych.compare.counts import do_not_vary
from diptych.number_words import short

_QUESTION = "Name three rivers."
_INVITING = "Write a short story about anything you like."
_LONG = 80
"""Tokens of a story that show whether it was sampled."""
_BEGUN = "The three rivers are"
_ANSWER = "The Nile"
_LETTER = "A"
_MOST_LETTER_TOKENS = 4
"""Tokens that a text of one letter may have, with marks of beginning and end."""
_ELSEWHERE = "use a vllm or llama endpoint"
_EXPECTED = "vLLM"
"""The software that is expected where it matters."""
_OWN_KIND = "llama.cpp"
"""The software for which there is a kind of endpoint of its own."""


@dataclass(frozen=True)
class Fact:
    """The result of one check."""

    name: str
    works: bool | None
    """None if it could not be found out; `detail` says why."""
    detail: str = ""
    hint: str = ""
    needed: bool = False
    """Whether the side or the pair is useless without it, be it that it does not work or that this could not be found
    out."""
    reached: bool = True
    """Whether the endpoint answered at all."""
    route: str = ""
    """The route that the check is about, if any."""


Found = tuple[bool | None, str, str]
"""Whether it works, the detail and the hint."""
Attempt = Callable[[Side], Awaitable[Found]]


async def check_side(
    side: Side, progress: Progress = lambda doing: None, fine_tunes: Sequence[Side] = ()
) -> AsyncIterator[Fact]:
    """Try out a side. Yields facts, and stops at one that makes the rest impossible. `fine_tunes`: the sides that it is
    compared with; their models are not suggested for it."""
    for name, attempt in (
        ("reachable", reachable(progress)),
        ("model", _model(fine_tunes)),
        ("answers", gives_answer),
    ):
        fact = await tried(name, attempt, side, needed=True)
        # A model that is not listed may still answer. The liveness check tells whether it is the right one.
        yield replace(fact, needed=fact.works is not None)
        if fact.works is False:
            return
        if name == "reachable" and (software := await side.backend.software()) not in ("", _EXPECTED):
            yield _software(software)
        if name == "reachable" and (described := await side.backend.description()):
            yield Fact("server", True, described)
    for name, attempt in _FEATURES:
        yield await tried(name, attempt, side, needed=False)


async def tried(name: str, attempt: Attempt, side: Side, needed: bool) -> Fact:
    """The result of an attempt. An error on the way is only a verdict if nothing works without it."""
    try:
        works, detail, hint = await attempt(side)
    except BackendError as error:
        reached = not isinstance(error, Unreachable | NotReady)
        if needed or isinstance(error, BadRequest):
            return Fact(name, False, error.message, error.hint, needed, reached)
        # An error on the way does not show what the endpoint can do.
        return Fact(name, None, f"could not be tried: {error.message}", error.hint, needed, reached)
    return Fact(name, works, detail, hint, needed)


def _software(name: str) -> Fact:
    if name == _OWN_KIND:
        return Fact("server", None, f"{name}, not {_EXPECTED}", 'set kind to "llama" for it: then it does all of this')
    hint = f'what is refused below needs {_EXPECTED} itself; where only chat is asked, kind = "openai" is enough'
    return Fact("server", None, f"{name}, not {_EXPECTED}", hint)


def reachable(progress: Progress) -> Attempt:
    """Starts the endpoint of a side and asks for its models."""

    async def attempt(side: Side) -> Found:
        await side.backend.start(progress)
        await side.backend.models()
        return True, side.base_url or "", ""

    return attempt


def _model(fine_tunes: Sequence[Side]) -> Attempt:
    async def attempt(side: Side) -> Found:
        models = await side.backend.models()
        if models and side.listed(models) is not None:
            return True, "", ""
        try:
            _, _, ends = await _short_answer(side)
        except UnknownModel:
            return False, f"the endpoint has no model {side.model}", await _other_names(side, fine_tunes)
        # Some endpoints list only loaded models, and have loaded this one now.
        models = await side.backend.models()
        if side.listed(models) is not None:
            return True, "", ""
        if not models:
            return None, "the endpoint lists no models", ""
        served = next((end.model for end in ends if end.model and end.model != side.model), None)
        detail = f"{side.model} is not among the endpoint's models, but it answers: an alias, or another model"
        return None, detail + (f" (it says {served})" if served else ""), await _other_names(side, fine_tunes)

    return attempt


async def _other_names(side: Side, fine_tunes: Sequence[Side]) -> str:
    """The hint for a model that the endpoint does not have: the names that it has, without the fine-tunes of this
    side."""
    models = await side.backend.models()
    theirs = {model.name for other in fine_tunes if (model := other.listed(models)) is not None}
    theirs |= {other.model for other in fine_tunes} | {m.name for m in models if m.parent and fine_tunes}
    names = sorted({model.name for model in models} - theirs)
    if not names:
        return "see under which name the endpoint has it, and set model in config.toml to that"
    return f"set model in config.toml to one of: {', '.join(names[:8])}" + (", …" if len(names) > 8 else "")


async def _short_answer(side: Side) -> "_Answer":
    try:
        return await _ask(side, trial(side, _QUESTION))
    except BadRequest:
        # Some reasoning models refuse a limit that leaves no room for an answer.
        return await _ask(side, trial(side, _QUESTION, max_tokens=16))


async def gives_answer(side: Side) -> Found:
    """Ask for an answer of one token. Raises BackendError."""
    text, deltas, ends = await _short_answer(side)
    if text:
        return True, "one token", ""
    if any(delta.reasoning for delta in deltas) or any(end.cut for end in ends):
        return True, "one token, of reasoning", ""
    return False, "no text was received", "check the model's chat template"


async def _context(side: Side) -> Found:
    model = side.listed(await side.backend.models())
    if model is None or not model.context:
        return None, "the endpoint does not report it", ""
    return True, f"{model.context:,} tokens", ""


async def _logprobs(side: Side) -> Found:
    _, deltas, _ = await _ask(side, trial(side, _QUESTION, logprobs=5))
    most = max((len(token.top) for delta in deltas for token in delta.logprobs), default=None)
    if most is None:
        return False, "requested, but none were received", "use another endpoint where they are wanted"
    return True, f"with {most} alternatives" if most else "without alternatives", ""


async def _n(side: Side) -> Found:
    hint = "set samples_per_request = 1 for the endpoint in config.toml"
    try:
        _, deltas, ends = await _ask(side, trial(side, _QUESTION, temperature=1.0), samples=2)
    except BadRequest as error:
        return False, error.message, hint
    if len(ends) == 2:
        return True, "", ""
    two = len({delta.sample for delta in deltas}) == 2
    return False, "the second of two answers has no end" if two else "one answer was given for two", hint


async def _seed(side: Side) -> Found:
    """Try one seed twice and another seed once. Without the latter, two equal answers would show nothing."""
    seeds = (11, 11, 12)
    requests = [trial(side, _QUESTION, max_tokens=16, temperature=1.0, seed=seed) for seed in seeds]
    one, again, other = [_said(deltas) for _, deltas, _ in [await _ask(side, request) for request in requests]]
    if one != again:
        return False, "the same seed gave two answers", "answers of this side cannot be repeated exactly"
    return (True, "", "") if one != other else (None, "answers are alike whatever the seed", "")


async def _samples(side: Side) -> Found:
    """Try whether answers vary: a server may decode greedily whatever temperature and seed are sent."""
    requests = [trial(side, _INVITING, max_tokens=_LONG, temperature=1.0, seed=seed) for seed in (21, 22, 23)]
    texts = [_said(deltas) for _, deltas, _ in [await _ask(side, request) for request in requests]]
    identical = do_not_vary(texts)
    if identical is None:
        return None, "the answers are too short to tell", ""
    if not identical:
        return True, f"{len(set(texts))} different answers of {len(texts)}", ""
    hint = "set do_sample = true where the server reads it (generation_config.json), or use another server"
    return False, f"{len(texts)} of {len(texts)} identical: this endpoint does not sample", hint


async def _likelihoods(side: Side) -> Found:
    tokens = [token async for token in side.backend.score(trial(side, _QUESTION), _ANSWER)]
    return (True, "", "") if tokens else (False, "no token was scored", "update the server")


async def _scores_as_it_generates(side: Side) -> Found:
    """Compare scores with generation: a server may silently score without the adapter."""
    try:
        difference = await scoring_error(side)
    except Unsupported:
        return None, "nothing is scored, see above", ""
    if difference is None:
        return None, "no log-probabilities to compare with", ""
    detail = f"{short(difference, 3)} nats per token apart"
    if difference <= AGREEMENT:
        return True, detail, ""
    return False, detail, "the server may score without the adapter: update it; there is no divergence view until then"


async def _prefill(side: Side) -> Found:
    """Try both streamed and in one piece: a server may treat them differently."""
    request = trial(side, _QUESTION, max_tokens=4, prefill=_BEGUN)
    for whole in (False, True):
        works, detail, hint = await _goes_on(side, msgspec.structs.replace(request, whole=whole), _BEGUN)
        if works is not True:
            return works, f"{detail}, {'in one piece' if whole else 'streamed'}", hint
    return True, "", ""


async def _text(side: Side) -> Found:
    found = await _goes_on(side, trial(side, "Once upon a", max_tokens=4, mode="text"), "Once upon a")
    if found[0] is not True:
        return found
    _, _, ends = await _ask(side, trial(side, _LETTER, mode="text"))
    read = next((end.usage.prompt_tokens for end in ends if end.usage is not None), 0)
    if read > _MOST_LETTER_TOKENS:
        detail = f"the server puts its chat template around plain text: a letter became {read} tokens"
        return False, detail, f"ask in the chat form, or {_ELSEWHERE}"
    return found


async def _user_turn(side: Side) -> Found:
    return await _goes_on(side, trial(side, "", max_tokens=4, mode="user"), "")


_FEATURES: Sequence[tuple[str, Attempt]] = (
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


async def _goes_on(side: Side, request: Request, begun: str) -> Found:
    _, deltas, _ = await _ask(side, request)
    said = _said(deltas)
    if begun and said.lstrip().startswith(begun):
        return False, "the answer began anew instead of going on", _ELSEWHERE
    # A user's turn may be empty.
    return (True, "", "") if said or not begun else (False, "no text was received", _ELSEWHERE)


_Answer = tuple[str, list[Delta], list[End]]


async def _ask(side: Side, request: Request, samples: int = 1) -> _Answer:
    items = [item async for item in side.backend.stream(request, samples)]
    deltas = [item for item in items if isinstance(item, Delta)]
    return AssembledAnswer.of(deltas).text, deltas, [item for item in items if isinstance(item, End)]


def _said(deltas: Sequence[Delta]) -> str:
    """The whole reply: reasoning and text."""
    return "".join(delta.reasoning + delta.text for delta in deltas)
