"""The HTTP client below the official client. Both are imported late: that takes half a second."""

import asyncio
import os
import ssl
from functools import cache
from typing import Any

import httpx2
import openai

from diptych.backends.base_url import BaseURL
from diptych.backends.connection_errors import may_pass, on_this_machine, proxy_for
from diptych.backends.credentials import Credentials
from diptych.backends.url_schemes import Handshake, WrongSchemeError, speaks_https


class HttpClient(openai.DefaultAsyncHttpxClient):
    """Adds the query of base_url and the headers of the endpoint to each request; lets the official client retry only
    faults that may pass; and finds out when base_url says http for https, or the other way round."""

    def __init__(self, address: BaseURL, access: Credentials, **settings: Any) -> None:
        super().__init__(**settings)
        self._query = address.query.encode("ascii", "ignore")
        self._access = access
        self._scheme_is_right = proxy_for(address.base) is not None
        """Whether the scheme need not be checked: behind a proxy, and after the first response."""

    async def send(self, request: httpx2.Request, **kwargs: Any) -> httpx2.Response:
        """Send a request. It is not retried when the server stays silent, as that would multiply the timeout by four,
        nor when the server's name, certificate or scheme is wrong."""
        self._complete(request)
        try:
            response = await self._send_checked(request, **kwargs)
        except (httpx2.ReadTimeout, httpx2.WriteTimeout) as error:
            raise openai.APITimeoutError(request=request) from error
        except WrongSchemeError as error:
            raise openai.APIConnectionError(request=request) from error
        except httpx2.ConnectError as error:
            if may_pass(error):
                raise
            raise openai.APIConnectionError(request=request) from error
        self._scheme_is_right = True
        return response

    def _complete(self, request: httpx2.Request) -> None:
        """Add query and headers. The official client would put the query into the middle of the address, and would
        write the headers into its log."""
        if self._query:
            request.url = request.url.copy_with(query=b"&".join(filter(None, (self._query, request.url.query))))
        if not self._access.has_key and self._access.secrets:
            # The key is in another header. A server would read a wrong one in the usual header first.
            request.headers.pop("authorization", None)
        for name, value in self._access.headers.items():
            request.headers[name] = value

    async def _send_checked(self, request: httpx2.Request, **kwargs: Any) -> httpx2.Response:
        if self._scheme_is_right:
            return await super().send(request, **kwargs)
        host, port = request.url.host, request.url.port or (443 if request.url.scheme == "https" else 80)
        if request.url.scheme == "https":
            return await self._send_watched(request, Handshake(host, port), **kwargs)
        try:
            return await super().send(request, **kwargs)
        except (httpx2.RemoteProtocolError, httpx2.ReadError) as error:
            # Checked once: a server that speaks no https now speaks none later.
            self._scheme_is_right = True
            if await speaks_https(host, port):
                raise WrongSchemeError("https") from error
            raise

    async def _send_watched(self, request: httpx2.Request, handshake: Handshake, **kwargs: Any) -> httpx2.Response:
        request.extensions = {**request.extensions, "trace": handshake.trace}
        watching = asyncio.create_task(handshake.watch())
        try:
            return await super().send(request, **kwargs)
        except Exception as error:
            if handshake.speaks_http:
                raise WrongSchemeError("http") from error
            raise
        finally:
            watching.cancel()


def new_client(
    address: BaseURL,
    access: Credentials,
    timeout: float,
    retries: int,
    hooks: dict[str, list[Any]],
    **billed: Any,
) -> openai.AsyncOpenAI:
    """The official client for an endpoint; `timeout` in seconds, to the first byte and between bytes."""
    return openai.AsyncOpenAI(
        base_url=address.base,
        api_key=access.key,
        timeout=timeouts(timeout, timeout),
        max_retries=retries,
        http_client=HttpClient(
            address,
            access,
            trust_env=not on_this_machine(address.base),
            verify=_trusted(*map(os.environ.get, _CERTIFICATE_VARIABLES)),
            follow_redirects=False,
            event_hooks=hooks,
        ),
        **billed,
    )


def timeouts(timeout: float, patience: float) -> httpx2.Timeout:
    """The time limits of a request: `patience` seconds to the first byte and between bytes, `timeout` seconds for the
    rest."""
    return httpx2.Timeout(timeout, connect=min(timeout, CONNECT_SECONDS), read=patience)


def wait_between_bytes(response: httpx2.Response, seconds: float) -> None:
    """Change how long the next bytes of a response are waited for."""
    response.request.extensions["timeout"]["read"] = seconds


@cache
def _trusted(file: str | None, folder: str | None) -> ssl.SSLContext:
    """The trusted certificates. The environment may name a `file` or a `folder` of further ones. They are read once for
    all endpoints, because there are many."""
    return httpx2.create_ssl_context()


_CERTIFICATE_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
CONNECT_SECONDS = 10.0
