"""The HTTP client under the official one. Imported late, together with it: that takes half a second."""

import os
import ssl
from functools import cache
from typing import Any

import httpx2
import openai

from backends.reaching import may_pass


class HttpClient(openai.DefaultAsyncHttpxClient):
    """Lets the official client try again what can pass, and no more than that."""

    async def send(self, request: httpx2.Request, **kwargs: Any) -> httpx2.Response:
        """Send. A server that stays silent is not asked again, since that would multiply the timeout by four, nor is
        one whose name or certificate is wrong."""
        try:
            return await super().send(request, **kwargs)
        except (httpx2.ReadTimeout, httpx2.WriteTimeout) as error:
            raise openai.APITimeoutError(request=request) from error
        except httpx2.ConnectError as error:
            if may_pass(error):
                raise
            raise openai.APIConnectionError(request=request) from error


def new_client(
    base_url: str,
    key: str,
    timeout: float,
    retries: int,
    through_proxy: bool,
    hooks: dict[str, list[Any]],
    **billed: Any,
) -> openai.AsyncOpenAI:
    """The official client of an endpoint; `timeout` in seconds, to the first byte and between bytes."""
    return openai.AsyncOpenAI(
        base_url=base_url,
        api_key=key,
        timeout=timeouts(timeout, timeout),
        max_retries=retries,
        http_client=HttpClient(
            trust_env=through_proxy,
            verify=_trusted(*map(os.environ.get, _NAMED)),
            follow_redirects=False,
            event_hooks=hooks,
        ),
        **billed,
    )


def timeouts(timeout: float, patience: float) -> httpx2.Timeout:
    """The limits of a request: `patience` in seconds to the first byte and between bytes, `timeout` for the rest."""
    return httpx2.Timeout(timeout, connect=min(timeout, _CONNECT_SECONDS), read=patience)


@cache
def _trusted(file: str | None, folder: str | None) -> ssl.SSLContext:
    """The certificates that are trusted, also on this machine; the environment may name a `file` or a `folder` of them.
    Read once for all endpoints, for there are many."""
    return httpx2.create_ssl_context()


_NAMED = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_CONNECT_SECONDS = 10.0
