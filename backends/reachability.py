"""Whether a server listens at an address, found out without a request."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from diptych.backends.backend_errors import Unreachable
from diptych.errors import AGAIN

_CONNECT_SECONDS = 2.0
"""After this time the address counts as slow, not as absent."""


async def check_reachable(base_urls: Sequence[str]) -> None:
    """Raises Unreachable where no server listens at any of the addresses."""
    if base_urls and not any([await _may_listen(base_url) for base_url in base_urls]):
        addresses = " nor at ".join(base_urls)
        raise Unreachable(f"no response from {addresses}", f"start the server or fix base_url, then {AGAIN}")


async def _may_listen(base_url: str) -> bool:
    """Whether a server listens there, or might: the first question finds out about servers that are slow or behind a
    proxy."""
    from urllib.request import getproxies, proxy_bypass

    address = urlsplit(base_url)
    host = address.hostname or ""
    if address.scheme in getproxies() and not proxy_bypass(host):
        return True
    try:
        port = address.port or (443 if address.scheme == "https" else 80)
        async with asyncio.timeout(_CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
    except ConnectionRefusedError:
        return False
    except (OSError, ValueError, TimeoutError):
        return True
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True
