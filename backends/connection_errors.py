"""Errors of connections: what is wrong when a server gives no response."""

import re
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from diptych.backends.backend_errors import BackendError, HungUp, Unreachable
from diptych.backends.url_schemes import WrongSchemeError
from diptych.errors import AGAIN

CHECK_URL = "check base_url in config.toml: most end in /v1"
_WANTS_HTTPS = re.compile(r"http request (was )?(sent )?to (an )?https|plain http to an ssl", re.I)
PROXY_VARIABLES = "HTTP_PROXY, HTTPS_PROXY and ALL_PROXY"


def on_this_machine(base_url: str) -> bool:
    """Whether a server is on this machine. No proxy is used for it."""
    return urlsplit(base_url).hostname in ("127.0.0.1", "localhost", "::1")


def proxy_for(base_url: str) -> str | None:
    """The proxy that the environment names for an address, without its password."""
    from urllib.request import getproxies, proxy_bypass

    parts, proxies = urlsplit(base_url), getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or on_this_machine(base_url) or proxy_bypass(parts.hostname or ""):
        return None
    return proxy.rpartition("@")[2].rpartition("//")[2]


def from_connection_error(error: Exception, base_url: str) -> BackendError:
    """The error for a request without a response: no server listens, or it closed the connection before the first byte,
    or it speaks another protocol."""
    import httpx2

    for inner in _chain(error):
        if isinstance(inner, WrongSchemeError):
            return _of_scheme(inner.speaks, base_url)
        if isinstance(inner, ssl.SSLError):
            return _of_tls(inner, base_url)
        if isinstance(inner, socket.gaierror):
            host = urlsplit(base_url).hostname
            return Unreachable(
                f"no address is known for the name {host}", f"check base_url and the network, then {AGAIN}"
            )
    cause = error.__cause__
    if isinstance(cause, httpx2.RemoteProtocolError) and "disconnected" not in str(cause):
        return Unreachable(
            f"the server at {base_url} did not follow HTTP", f"check base_url and the server, then {AGAIN}"
        )
    if isinstance(cause, httpx2.ReadError | httpx2.WriteError | httpx2.RemoteProtocolError):
        return HungUp(
            f"{base_url} closed the connection before it answered", f"check that the server runs, then {AGAIN}"
        )
    if proxy := proxy_for(base_url):
        return Unreachable(
            f"{base_url} was not reached through the proxy {proxy}",
            f"check that the proxy runs, or unset {PROXY_VARIABLES}, then start diptych again",
        )
    return Unreachable(f"no response from {base_url}", f"start the server or fix base_url, then {AGAIN}")


def from_setup_error(error: Exception, base_url: str) -> BackendError:
    """The error for a client that cannot be made with the settings in the environment."""
    if isinstance(error, OSError):
        return Unreachable(
            "the certificates that the environment names cannot be read",
            "fix or unset SSL_CERT_FILE and SSL_CERT_DIR, then start diptych again",
        )
    if isinstance(error, ImportError | ValueError) and (proxy := proxy_for(base_url)):
        return Unreachable(
            f"the proxy {proxy} is of a kind that diptych cannot use",
            f"let {PROXY_VARIABLES} name an http proxy, or unset them, then start diptych again",
        )
    return Unreachable(f"{base_url} is not the address of a server", CHECK_URL)


def from_plain_http_reply(text: str, url: str) -> BackendError | None:
    """The error for a response which says that the server expects https; None for other responses."""
    if not _WANTS_HTTPS.search(text):
        return None
    return Unreachable(f"the server at {url.partition('?')[0]} speaks https", "write https:// in base_url")


def may_pass(error: Exception) -> bool:
    """Whether a failed connection may succeed in a moment."""
    for inner in _chain(error):
        if isinstance(inner, WrongSchemeError):
            return False
        if isinstance(inner, ssl.SSLError):
            return isinstance(inner, ssl.SSLEOFError)
        if isinstance(inner, socket.gaierror):
            return inner.errno == socket.EAI_AGAIN
    return True


def _of_scheme(speaks: str, base_url: str) -> BackendError:
    if speaks == "http":
        return Unreachable(f"the server at {base_url} does not speak https", "write http:// in base_url")
    return Unreachable(
        f"{base_url} closed the connection before it answered: it speaks https",
        f"write https:// in base_url, or check that the server runs without TLS, then {AGAIN}",
    )


def _of_tls(error: ssl.SSLError, base_url: str) -> BackendError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return Unreachable(
            f"the certificate of {base_url} is not trusted: {error.verify_message}",
            "check base_url; or name the certificate in the variable SSL_CERT_FILE, then start diptych again",
        )
    if error.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST"):
        return _of_scheme("http", base_url)
    if isinstance(error, ssl.SSLEOFError):
        return HungUp(
            f"{base_url} closed the connection before it answered", f"check that the server runs, then {AGAIN}"
        )
    reason = (error.reason or "it broke").lower().replace("_", " ")
    return Unreachable(f"no secure connection to {base_url}: {reason}", "check base_url and the server")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and its causes, one after the other."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
