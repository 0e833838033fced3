"""What a look at the endpoints finds before anything is asked: faults that every answer of a side would meet."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import msgspec

from backends import Backend, BackendError, BadKey, HungUp, NotReady, UnknownModel, Unreachable, Unsupported
from compare.closed import Closed
from compare.plan import RunPlan
from compare.side import Side, backends_of
from probes import Condition

LOOK_SECONDS = 21.0
"""How long the look at one endpoint may take: two tries to connect. One that is silent for longer may be busy, and is
asked all the same."""
_LASTING = (BadKey, NotReady, UnknownModel, Unreachable)
_NOBODY = (NotReady, Unreachable)
_MAY_NOT_LOOK = re.compile(r"scope|permission|forbidden|access|not allowed", re.I)
"""Words of an endpoint whose key is good for answers, but not for the list of models."""


class Obstacle(NamedTuple):
    """Why sides cannot be asked."""

    sides: tuple[str, ...]
    error: BackendError


def feasible(plan: RunPlan) -> RunPlan:
    """The plan without the conditions that go on with a begun turn, where the endpoint of any side does not do so: what
    is not asked of all sides compares nothing. Raises CannotAskError when nothing is left."""
    unable = tuple(side.name for side in plan.sides if not side.backend.continues_turns)
    out = [condition for condition in plan.probe.conditions if _goes_on(condition)] if unable else []
    if not out:
        return plan
    where = f"the endpoint of {' and '.join(unable)} does not go on with a turn that was begun"
    if len(out) == len(plan.probe.conditions):
        mend = "use a vllm endpoint or the embedded one"
        raise CannotAskError([Obstacle(unable, Unsupported(f"{plan.probe.id} cannot be asked: {where}", mend))], False)
    names = {condition.name for condition in out}
    probe = msgspec.structs.replace(
        plan.probe,
        conditions=tuple(each for each in plan.probe.conditions if each.name not in names),
        contrasts=tuple(each for each in plan.probe.contrasts if not names & {each.of, each.minus}),
    )
    return replace(plan, probe=probe, skipped=tuple(f"{each.name}: not asked, {where}" for each in out))


def _goes_on(condition: Condition) -> bool:
    """Whether it is asked with a begun turn."""
    return condition.form == "user" or (condition.form == "chat" and bool(condition.prefill))


class CannotAskError(Exception):
    """A run that would not bring what is missing of it: of every side in question, why it cannot be asked."""

    def __init__(self, obstacles: Sequence[Obstacle], nobody: bool) -> None:
        """`nobody`: whether no endpoint at all could be reached."""
        super().__init__("; ".join(obstacle.error.message for obstacle in obstacles))
        self.obstacles = obstacles
        self.nobody = nobody


Faults = Mapping[int, BackendError]
"""Why backends could not be started, by their identity."""


async def started(sides: Sequence[Side], starting: Callable[[str], None]) -> tuple[tuple[Side, ...], Faults]:
    """The sides, their servers started; one that cannot be started is not started anew for every answer."""
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
    """See whether each of these sides can be asked. Costs nothing: no answer is asked for. Raises CannotAskError."""
    found = await asyncio.gather(*(_fault(side, faults.get(id(side.backend))) for side in sides))
    errors = {side.name: error for side, error in zip(sides, found, strict=True) if error is not None}
    if errors:
        nobody = len(errors) == len(sides) and all(isinstance(error, _NOBODY) for error in errors.values())
        raise CannotAskError(_joined(errors.items()), nobody)


def _joined(errors: Iterable[tuple[str, BackendError]]) -> list[Obstacle]:
    """What several sides have met is told once."""
    sides: dict[tuple[str, str], list[str]] = defaultdict(list)
    first: dict[tuple[str, str], BackendError] = {}
    for side, error in errors:
        said = error.message, error.mend
        sides[said].append(side)
        first.setdefault(said, error)
    return [Obstacle(tuple(names), first[said]) for said, names in sides.items()]


async def _fault(side: Side, not_started: BackendError | None) -> BackendError | None:
    if not_started is not None:
        return not_started
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            await side.backend.check_model(side.model)
    except TimeoutError:
        return None
    except BackendError as error:
        return error if _lasts(error) else None
    return None


def _lasts(error: BackendError) -> bool:
    """Whether every answer would meet it. Somebody who hangs up is there, and may do so at what is asked rarely."""
    if isinstance(error, BadKey):
        return not _MAY_NOT_LOOK.search(error.message)
    return isinstance(error, _LASTING) and not isinstance(error, HungUp)


async def _start_fault(backend: Backend, starting: Callable[[str], None]) -> BackendError | None:
    try:
        await backend.start(starting)
    except BackendError as error:
        return error
    return None
