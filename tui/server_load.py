"""Asks the servers for their load as long as it may be shown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diptych.compare import Comparison


_SECONDS = 2.0
"""How often servers are asked for their load."""


async def watch_server_load(comparison: Comparison, show: Callable[[str], None]) -> None:
    """Call `show` with the load of the servers, until cancelled. It is "" while a side is hidden: the load could show
    which side is which. Servers that report no load are asked again only after a change."""
    view = comparison.view
    with view.changes.subscribe() as changes:
        while True:
            hidden = view.blind or any(exchange.hidden for exchange in view.exchanges)
            load = "" if hidden else await comparison.server_load()
            show(load)
            await asyncio.sleep(_SECONDS)
            if not load:
                await changes.wait()
