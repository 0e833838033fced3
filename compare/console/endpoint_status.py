"""Starts the endpoints of a comparison, and asks its servers for their load."""

import asyncio
from collections.abc import Callable, Sequence

from diptych.backends import BackendError, check_reachable
from diptych.compare.answers import Side, backends_of
from diptych.sessions import Failure


async def start_endpoints(
    sides: Sequence[Side], progress: Callable[[str, str], None], failed: Callable[[str, Failure], None]
) -> None:
    """Start every backend and see whether it answers. `progress` is called with the name of a side and what is done for
    it, "" at the end; `failed` with the name of a side and why it cannot be had."""

    async def start(side: Side) -> None:
        try:
            progress(side.name, "starting")
            await side.backend.start(lambda doing: progress(side.name, doing))
            await check_reachable(side.base_url.split(", ") if side.base_url is not None else [])
            if (fault := side.backend.model_fault(side.model)) is not None:
                raise fault
            progress(side.name, "")
        except BackendError as error:
            failed(side.name, Failure(error.kind, error.message, error.hint))

    await asyncio.gather(*(start(side) for side in sides))


async def server_load(sides: Sequence[Side]) -> str:
    """The load of the servers, in a few words for each; "" where none reports it."""
    words = await asyncio.gather(*(backend.vitals() for backend in backends_of(sides)))
    return "   ".join(word for word in words if word)
