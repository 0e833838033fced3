"""The HTTP client under the official one. Imported late, together with it: that takes half a second."""

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
    """Adds to each request what base_url and headers say, lets the official client try again what can pass, and no
    more than that, and finds out where http was written for https, or the other way round."""

    def __init__(self, address: BaseURL, access: Credentials, **settings: Any) -> None:
        super().__init__(**settings)
        self._query = address.query.encode("ascii", "ignore")
        self._access = access
        self._scheme_is_right = proxy_for(address.base) is not None
        """Not asked behind a proxy, and no more once a response has come."""

    async def send(self, request: httpx2.Request, **kwargs: Any) -> httpx2.Response:
        """Send. A server that stays silent is not asked again, since that would multiply the timeout by four, nor is
        one whose name, certificate or scheme is wrong."""
        self._complete(request)
        try:
            response = await self._sent(request, **kwargs)
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
        """Here, not in the official client, which puts a query into the middle of an address and writes headers into
        its log."""
        if self._query:
            request.url = request.url.copy_with(query=b"&".join(filter(None, (self._query, request.url.query))))
        if not self._access.has_key and self._access.secrets:
            # The key is in a header of its own, and a wrong one in the usual header would be looked at first.
            request.headers.pop("authorization", None)
        for name, value in self._access.headers.items():
            request.headers[name] = value

    async def _sent(self, request: httpx2.Request, **kwargs: Any) -> httpx2.Response:
        if self._scheme_is_right:
            return await super().send(request, **kwargs)
        host, port = request.url.host, request.url.port or (443 if request.url.scheme == "https" else 80)
        if request.url.scheme == "https":
            return await self._shaken_hands(request, Handshake(host, port), **kwargs)
        try:
            return await super().send(request, **kwargs)
        except (httpx2.RemoteProtocolError, httpx2.ReadError) as error:
            # Once: what is no https now is none when the request is sent again.
            self._scheme_is_right = True
            if await speaks_https(host, port):
                raise WrongSchemeError("https") from error
            raise

    async def _shaken_hands(self, request: httpx2.Request, handshake: Handshake, **kwargs: Any) -> httpx2.Response:
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
    """The official client of an endpoint; `timeout` in seconds, to the first byte and between bytes."""
    return openai.AsyncOpenAI(
        base_url=address.base,
        api_key=access.key,
        timeout=timeouts(timeout, timeout),
        max_retries=retries,
        http_client=HttpClient(
            address,
            access,
            trust_env=not on_this_machine(address.base),
            verify=_trusted(*map(os.environ.get, _NAMED)),
            follow_redirects=False,
            event_hooks=hooks,
        ),
        **billed,
    )


def timeouts(timeout: float, patience: float) -> httpx2.Timeout:
    """The limits of a request: `patience` in seconds to the first byte and between bytes, `timeout` for the rest."""
    return httpx2.Timeout(timeout, connect=min(timeout, CONNECT_SECONDS), read=patience)


def wait_between_bytes(response: httpx2.Response, seconds: float) -> None:
    """Change how long each further piece of a response is waited for."""
    response.request.extensions["timeout"]["read"] = seconds


@cache
def _trusted(file: str | None, folder: str | None) -> ssl.SSLContext:
    """The certificates that are trusted, also on this machine; the environment may name a `file` or a `folder` of them.
    Read once for all endpoints, for there are many."""
    return httpx2.create_ssl_context()


_NAMED = ("SSL_CERT_FILE", "SSL_CERT_DIR")
CONNECT_SECONDS = 10.0
