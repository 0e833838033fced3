"""Finds out whether a server speaks http or https, when it does not answer as base_url says."""

import asyncio
import ssl
from contextlib import suppress
from typing import Any

SILENT_SECONDS = 2.0
"""After this time without a reply to a TLS handshake, the server is tried with http: a server that speaks http may take
the handshake for the beginning of a line, and wait for its end."""
_PROBE_SECONDS = 1.0


class WrongSchemeError(Exception):
    """The server speaks http where base_url says https, or the other way round."""

    def __init__(self, speaks: str) -> None:
        super().__init__(speaks)
        self.speaks = speaks


async def speaks_http(host: str, port: int) -> bool:
    """Whether the server answers a request in plain HTTP."""
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(_PROBE_SECONDS):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(f"HEAD / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n".encode())
                return (await reader.read(5)).startswith(b"HTTP/")
            finally:
                writer.close()
    return False


async def speaks_https(host: str, port: int) -> bool:
    """Whether the server answers a TLS handshake, with any certificate."""
    anyone = ssl.create_default_context()
    anyone.check_hostname, anyone.verify_mode = False, ssl.CERT_NONE
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(_PROBE_SECONDS):
            _, writer = await asyncio.open_connection(host, port, ssl=anyone)
            writer.transport.abort()
            return True
    return False


class Handshake:
    """Watches the TLS handshake of one request, as the HTTP client reports it."""

    def __init__(self, host: str, port: int) -> None:
        self.speaks_http = False
        """Whether the server was found to speak http, so that the handshake cannot succeed."""
        self._host = host
        self._port = port
        self._stream: Any = None
        self._begun = asyncio.Event()
        self._over = False

    async def trace(self, name: str, info: dict[str, Any]) -> None:
        """Called by the HTTP client for each step of the request."""
        if name.endswith("connect_tcp.complete"):
            self._stream = info["return_value"]
        elif name.endswith("start_tls.started"):
            self._begun.set()
        elif "start_tls." in name:
            self._over = True

    async def watch(self) -> None:
        """Close the connection when the server stays silent because it speaks http."""
        await self._begun.wait()
        await asyncio.sleep(SILENT_SECONDS)
        if not self._over and await speaks_http(self._host, self._port) and not self._over:
            self.speaks_http = True
            await self._stream.aclose()
