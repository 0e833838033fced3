"""Checks whether every member of a family can be asked, at little cost for many members of one endpoint."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple

from diptych.backends import BackendError, Model, NotReady, Progress, Unreachable
from diptych.compare.answers import Side, backends_of
from diptych.compare.checks.side_check import Fact, gives_answer, reachable, tried
from diptych.errors import MODELS

LOOK_SECONDS = 20.0
"""How long an endpoint may take to say whether it has a model."""
_AT_ONCE = 8
"""Models of an endpoint that are looked for at the same time."""


class MemberFact(NamedTuple):
    """What was found out about a member."""

    member: Side
    fact: Fact


async def check_members(members: Sequence[Side], progress: Progress = lambda doing: None) -> AsyncIterator[MemberFact]:
    """Yield a fact about each member, in the order of the family within an endpoint.

    Each endpoint is started and asked for its models once. The first member of each arm gives a short answer; of the
    others only the model is looked for.
    """
    for backend in backends_of(members):
        own = [member for member in members if member.backend is backend]
        reached = await tried("reachable", reachable(progress), own[0], needed=True)
        if reached.works is False:
            for member in own:
                yield MemberFact(member, reached)
            continue
        listed, gate = await backend.models(), asyncio.Semaphore(_AT_ONCE)
        found = await asyncio.gather(*(_has_model(member, listed, gate) for member in own))
        seen: set[str] = set()
        for member, fact in zip(own, found, strict=True):
            if fact.works and member.arm_name not in seen:
                seen.add(member.arm_name)
                progress(f"asking {member.name}")
                yield MemberFact(member, await tried("answers", gives_answer, member, needed=True))
            else:
                yield MemberFact(member, fact)


async def _has_model(member: Side, listed: Sequence[Model], gate: asyncio.Semaphore) -> Fact:
    """Whether the endpoint has the model of a member."""
    if member.listed(listed) is not None:
        return Fact("model", True, "the endpoint has it", needed=True)
    try:
        async with gate, asyncio.timeout(LOOK_SECONDS):
            await member.backend.check_model(member.model)
    except TimeoutError:
        return Fact("model", None, f"no reply for {LOOK_SECONDS:g} s", MODELS, needed=True)
    except BackendError as error:
        reached = not isinstance(error, Unreachable | NotReady)
        return Fact("model", False, error.message, error.hint, needed=True, reached=reached)
    return Fact("model", True, "the endpoint has it", needed=True)
