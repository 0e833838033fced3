"""Checks endpoints before a run, for errors that every answer of a side would meet. No answer is asked for."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import msgspec

from diptych.backends import Backend, BackendError, BadKey, HungUp, NotReady, UnknownModel, Unreachable, Unsupported
from diptych.compare.answers import Closed, Question, Side, backends_of, chosen_sampling, system_for
from diptych.compare.runs.plan import RunPlan
from diptych.errors import DiptychError
from diptych.probes import Condition

LOOK_SECONDS = 21.0
"""How long the check of one endpoint may take: two tries to connect. A slower endpoint may be busy, and is asked all
the
same."""
_LOOKS = 8
"""Models that are looked for at once: a family may have many."""
_LASTING = (BadKey, NotReady, UnknownModel, Unreachable)
_NOBODY = (NotReady, Unreachable)
_MAY_NOT_LOOK = re.compile(r"scope|permission|forbidden|access|not allowed", re.I)
"""Words in the error of an endpoint whose key is valid for answers, but not for listing models."""


class Obstacle(NamedTuple):
    """Sides that cannot be asked, and why."""

    sides: tuple[str, ...]
    error: BackendError


async def feasible(plan: RunPlan, starting: Callable[[str], None] = lambda doing: None) -> RunPlan:
    """The plan without conditions that a side cannot be asked: those that continue a begun turn, on an endpoint that
    does not do so. A condition that not all sides are asked compares nothing. Starts the backends that have to be
    tried. Raises CannotAskError if no condition is left."""
    conditions = plan.probe.conditions
    found = [(each, await _unable(plan, each, starting)) for each in conditions if _goes_on(each)]
    out = {each.name: unable for each, unable in found if unable is not None}
    if not out:
        return plan
    if len(out) == len(conditions):
        raise CannotAskError([_without(plan, unable) for unable in dict.fromkeys(out.values())], False)
    probe = msgspec.structs.replace(
        plan.probe,
        conditions=tuple(each for each in conditions if each.name not in out),
        contrasts=tuple(each for each in plan.probe.contrasts if not out.keys() & {each.of, each.minus}),
    )
    return replace(plan, probe=probe, skipped=tuple(f"{name}: not asked, {each.why}" for name, each in out.items()))


class _Unable(NamedTuple):
    """Sides that cannot be asked a condition."""

    sides: tuple[str, ...]
    why: str


def _without(plan: RunPlan, unable: _Unable) -> Obstacle:
    error = Unsupported(
        f"{plan.probe.id or 'the question'} cannot be asked: {unable.why}", "use a vllm or llama endpoint"
    )
    return Obstacle(unable.sides, error)


def _goes_on(condition: Condition) -> bool:
    """Whether a condition continues a begun turn."""
    return condition.mode == "user" or (condition.mode == "chat" and bool(condition.prefill))


async def _unable(plan: RunPlan, condition: Condition, starting: Callable[[str], None]) -> _Unable | None:
    """The sides that cannot be asked a condition that continues a begun turn; None if all can."""
    never = tuple(side.name for side in plan.typical_sides if not side.backend.continues_turns)
    if never:
        return _Unable(never, f"the endpoint of {' and '.join(never)} does not go on with a turn that was begun")
    sides = plan.typical_sides
    found = await asyncio.gather(*(_refused(side, plan, condition, starting) for side in sides))
    refused = {side.name: error for side, error in zip(sides, found, strict=True) if error is not None}
    if not refused:
        return None
    return _Unable(tuple(refused), f"{next(iter(refused.values())).message} ({' and '.join(refused)})")


async def _refused(
    side: Side, plan: RunPlan, condition: Condition, starting: Callable[[str], None]
) -> Unsupported | None:
    """Why the backend refuses the request; None if it does not, or if another error prevents knowing."""
    sampling = chosen_sampling(side, plan.probe, condition.name)
    system = system_for(side, plan.probe, condition.name)
    question = Question(condition.prompts[0], condition.name, condition.mode, condition.prefill)
    request = side.request(question, system, sampling, condition.before)
    try:
        await side.backend.start(starting)
        await side.backend.body(request)
    except Unsupported as error:
        return error
    except BackendError:
        return None
    return None


class CannotAskError(DiptychError):
    """A run that cannot be asked. `obstacles` says why, for each side concerned."""

    def __init__(self, obstacles: Sequence[Obstacle], nobody: bool) -> None:
        """`nobody`: whether no endpoint at all could be reached."""
        super().__init__("; ".join(obstacle.error.message for obstacle in obstacles))
        self.obstacles = obstacles
        self.nobody = nobody
        for sides, error in obstacles:
            # Tracebacks, as in a notebook, show it below the message.
            self.add_note(f"{' and '.join(sides)}: {error.text()}")


Faults = Mapping[int, BackendError]
"""Why backends could not be started, by their id()."""


async def started(sides: Sequence[Side], starting: Callable[[str], None]) -> tuple[tuple[Side, ...], Faults]:
    """The sides with their servers started. A backend that cannot be started is replaced by one that says so, so that
    it
    is not tried again for every answer."""
    backends = backends_of(sides)
    found = await asyncio.gather(*(_start_fault(backend, starting) for backend in backends))
    faults, closed = {}, {}
    for backend, fault in zip(backends, found, strict=True):
        if fault is not None:
            faults[id(backend)] = fault
            closed[id(backend)] = Closed(fault, backend.continues_turns)
    usable = (replace(side, backend=closed[id(side.backend)]) if id(side.backend) in closed else side for side in sides)
    return tuple(usable), faults


async def look(sides: Sequence[Side], faults: Faults) -> None:
    """Check whether each of these sides can be asked. No answer is asked for. Raises CannotAskError."""
    gate = asyncio.Semaphore(_LOOKS)
    found = await asyncio.gather(*(_fault(side, faults.get(id(side.backend)), gate) for side in sides))
    errors = {side.name: error for side, error in zip(sides, found, strict=True) if error is not None}
    if errors:
        nobody = len(errors) == len(sides) and all(isinstance(error, _NOBODY) for error in errors.values())
        raise CannotAskError(_joined(errors.items()), nobody)


def _joined(errors: Iterable[tuple[str, BackendError]]) -> list[Obstacle]:
    """Each error once, with the sides that met it."""
    sides: dict[tuple[str, str], list[str]] = defaultdict(list)
    first: dict[tuple[str, str], BackendError] = {}
    for side, error in errors:
        said = error.message, error.hint
        sides[said].append(side)
        first.setdefault(said, error)
    return [Obstacle(tuple(names), first[said]) for said, names in sides.items()]


async def _fault(side: Side, not_started: BackendError | None, gate: asyncio.Semaphore) -> BackendError | None:
    if not_started is not None:
        return not_started
    try:
        async with gate, asyncio.timeout(LOOK_SECONDS):
            await side.backend.check_model(side.model)
    except TimeoutError:
        return None
    except BackendError as error:
        return error if _lasts(error) else None
    return None


def _lasts(error: BackendError) -> bool:
    """Whether every answer would meet this error. An endpoint that only hangs up is there, and may answer other
    requests."""
    if isinstance(error, BadKey):
        return not _MAY_NOT_LOOK.search(error.message)
    return isinstance(error, _LASTING) and not isinstance(error, HungUp)


async def _start_fault(backend: Backend, starting: Callable[[str], None]) -> BackendError | None:
    try:
        await backend.start(starting)
    except BackendError as error:
        return error
    return None
