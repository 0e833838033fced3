"""Checks whether two sides are two models, on every route on which they can be asked."""

from collections.abc import AsyncIterator
from dataclasses import replace

from diptych.backends import BackendError, BadRequest, NotReady, Progress, Unreachable
from diptych.compare.answers import Side
from diptych.compare.checks.batch_isolation import change_beside, text_changes_beside
from diptych.compare.checks.liveness import Liveness, liveness
from diptych.compare.checks.routes import CHAT, ROUTES, Route
from diptych.compare.checks.side_check import Fact, Found, tried
from diptych.number_words import short

_UNCHANGED = 0.25
"""Nats by which a token may change when others are computed in the same batch: half precision rounds differently."""


async def check_pair(base: Side, tuned: Side, progress: Progress = lambda doing: None) -> AsyncIterator[Fact]:
    """Check on every route that both sides can be asked on whether the fine-tune is live, which means that the sides
    can
    be told apart.

    A pair that is not live in chat is useless. Another route that is not live would give wrong data, so it is needed as
    well. If it could not be found out for a route, that is only reported.
    """
    for route in ROUTES:
        fact = await _liveness(base, tuned, route, progress)
        if fact is not None:
            yield fact
            if route is CHAT and fact.works is False:
                return
    if await _share_adapters(base, tuned):
        yield await _itself_beside(base, tuned)


async def _liveness(base: Side, tuned: Side, route: Route, progress: Progress) -> Fact | None:
    """None if a side cannot be asked on this route; the facts about the side say so."""
    name = f"{tuned.name} is live" + (f" {route.where}" if route is not CHAT else "")
    try:
        found = await liveness(base, tuned, progress, route)
    except BackendError as error:
        if route is not CHAT and isinstance(error, BadRequest):
            return None
        reached = not isinstance(error, Unreachable | NotReady)
        works = False if route is CHAT else None
        detail = f"could not be tried: {error.message}"
        return Fact(name, works, detail, error.hint, route is CHAT, reached, route.name)
    if found.distance is None and route.scored:
        return None
    fact = _of_liveness(name, found, route, base, tuned)
    return replace(fact, needed=route is CHAT or fact.works is not None, route=route.name)


def _of_liveness(name: str, found: Liveness, route: Route, base: Side, tuned: Side) -> Fact:
    if found.distance is None:
        said = "an endpoint gives no log-probabilities" + (f"; {found.texts.words}" if found.texts is not None else "")
        if found.live:
            return Fact(name, True, said)
        hint = f"ask both sides something that only {tuned.name} answers in its own way, and compare the answers by eye"
        return Fact(name, None, f"not shown: {said}", hint)
    detail = f"first tokens {short(found.distance, 3)} apart, a side from itself {short(found.noise, 3)}"
    if found.live:
        return Fact(name, True, detail)
    return Fact(name, False, f"the sides cannot be told apart: {detail}", _hint(route, base, tuned))


def _hint(route: Route, base: Side, tuned: Side) -> str:
    if route is not CHAT:
        return (
            f"the server may answer for {tuned.model} without the adapter {route.where}: update it, or ask in chat only"
        )
    if (base.model, base.address) == (tuned.model, tuned.address):
        return f"both sides name {tuned.model}: give {tuned.name} the name of the fine-tuned model in config.toml"
    return f"see that {tuned.model} is the fine-tuned model and that its adapter is loaded"


async def _share_adapters(base: Side, tuned: Side) -> bool:
    """Whether both are models of one server with adapters."""
    if base.backend is not tuned.backend:
        return False
    return any(model.parent for model in await base.backend.models())


async def _itself_beside(base: Side, tuned: Side) -> Fact:
    """Check that the base is not computed with the adapter while both are asked at once: servers have had that
    fault."""

    async def attempt(base: Side) -> Found:
        changed, noise = await change_beside(base, tuned)
        if changed is None:
            return await _texts_beside(base, tuned)
        detail = f"changed by up to {short(changed)} nats per token, by {short(noise)} beside itself"
        return (True, detail, "") if changed <= max(_UNCHANGED, 3 * noise) else (False, detail, _TAKE_TURNS)

    return await tried(f"{base.name} is itself beside {tuned.name}", attempt, base, needed=True)


_TAKE_TURNS = "set together = false for the endpoint in config.toml: base and adapters then take turns"


async def _texts_beside(base: Side, tuned: Side) -> Found:
    changes = await text_changes_beside(base, tuned)
    if changes is None:
        return None, "no log-probabilities, and no greedy text that stays the same", _TAKE_TURNS
    if changes:
        return False, "its greedy text changes", _TAKE_TURNS
    return True, "its greedy text stays the same", ""
