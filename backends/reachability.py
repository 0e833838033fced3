"""Whether anybody listens at an address, found out without a request."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from diptych.backends.errors import Unreachable
from diptych.errors import AGAIN

_PATIENCE = 2.0
"""Seconds after which an address is taken for slow."""


async def check_reachable(base_urls: Sequence[str]) -> None:
    """Raises Unreachable where nobody listens at any of them."""
    if base_urls and not any([await _listens(base_url) for base_url in base_urls]):
        where = " nor at ".join(base_urls)
        raise Unreachable(f"nobody answers at {where}", f"start the server or fix base_url, then {AGAIN}")


async def _listens(base_url: str) -> bool:
    """Whether somebody does, or may: what stands behind a proxy, or takes its time, is left to the first question."""
    address = urlsplit(base_url)
    host = address.hostname or ""
    if address.scheme in getproxies() and not proxy_bypass(host):
        return True
    try:
        port = address.port or (443 if address.scheme == "https" else 80)
        async with asyncio.timeout(_PATIENCE):
            _, writer = await asyncio.open_connection(host, port)
    except ConnectionRefusedError:
        return False
    except (OSError, ValueError, TimeoutError):
        return True
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True
